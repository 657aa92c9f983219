"""Who the caller is: a name and a number, given, completed or put right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import MOST_DIGITS, Facts
from voiceagent.dialogue.house.hearing.corrections import (
    amended_tail,
    correct_name,
    correct_phone,
)
from voiceagent.domain.accents import without_accents
from voiceagent.domain.business import Business
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES
from voiceagent.language.en_us.dates import WEEKDAYS
from voiceagent.language.en_us.digits import DigitRun, spoken_digits
from voiceagent.language.en_us.english import ENGLISH
from voiceagent.language.en_us.lexicon import split, words
from voiceagent.language.en_us.name_words import NOT_NAMES, ORDINARY
from voiceagent.language.en_us.names import hear_name, same_name
from voiceagent.language.en_us.other_people import name_set_apart, without_others
from voiceagent.language.en_us.phones import PhoneHeard, hear_extension, hear_phone, whole_number
from voiceagent.language.en_us.spelled import spelled_runs
from voiceagent.language.en_us.streets import SUFFIXES

_NAME_ASKS = frozenset({Ask.NAME, Ask.NAME_AND_PHONE})
FIRST_NAMES = frozenset(COMMON_FIRST_NAMES)
PHONE_ASKS = frozenset({Ask.PHONE, Ask.NAME_AND_PHONE, Ask.PHONE_AND_CODE})
_NAME_CUE = re.compile(
    r"\b(?:my name|name is|name's|the name|this is|it's|it is|i am|i'm|here|speaking|call me"
    r"|under)\b"
)
_DIGIT_TALK = re.compile(r"\b(?:number|digits?|phone|ends? (?:in|with)|area code|at the end)\b")
_AGAIN = re.compile(
    r"\b(?:no wait|wait no|sorry,? i mean|i mean|i meant|sorry|no|wait|actually)[, ]+(?=[A-Za-z])",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(
    r"^\W*(?:(?:oh|hi|hello|hey|there|good \w+|yes|yeah|yep|sure|please|ok|okay|um|uh|so|no|sorry|actually|it's|it is|its|my name is|my name's|my name|this is|i'm|"  # noqa: E501
    r"i am|the name is|the name's|name is|name's|call me|that's|that is|(?:put |book |have )?(?:it|this|me|that)?(?:'s)? ?(?:down )?(?:under|as|for)(?: the name(?: of)?)?)[ ,]+)*(?P<first>(?:[^\W\d_]|['-]){2,}) (?P<last>(?:[^\W\d_]|['-]){2,})"  # noqa: E501
    r"(?=$|\W*$|[,.;]| (?:and|with|my|the|at|out|over|on|from|down|here|speaking|phone|number|that's|\d))",  # noqa: E501
    re.IGNORECASE,
)
_NO_LAST_NAMES = frozenset(
    {
        *("and", "my", "the", "at", "here", "speaking", "is", "i", "same", "this", "use", "call"),
        *(
            "number",
            "phone",
            "it",
            "from",
            "sorry",
            "no",
            "wait",
            "you",
            "can",
            "that",
            "for",
            "not",
        ),
    }
)
_INTRODUCES = re.compile(
    r"^\W*(?:(?:oh|hi|hello|hey|yes|yeah|there|good \w+)[ ,.]+)*"
    r"(?:(?:my name is|my name's|this is|i'm|it's) \S+ \S+|\S+ \S+ here\b)",
    re.IGNORECASE,
)
_ALSO_LAST_NAMES = SUFFIXES.keys() | frozenset(WEEKDAYS) - {"st"}
"""Words that are somebody's name where a name was asked for: "Stan Street", "Nadia Monday"."""

_PARTICLES = frozenset(
    {"st", "de", "la", "del", "van", "von", "der", "di", "da", "el", "al", "bin"}
)
_MOST_WORDS = 3
_TWO = 2
_STRONG_NAME_CUE = re.compile(r"\b(?:my name|name is|name's|the name|call me)\b")
_OF_NUMBERS = PHONE_ASKS | {Ask.ADDRESS, Ask.READ_BACK, Ask.CHANGE}
"""Questions at which the number was just said, or is read back."""

_OF_TIMES = re.compile(
    r"\bat (?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|"
    r"\b(?:before|after|until|till|by|around|past|later|earlier|o'?clock|[ap]\.?m\b|noon|\d\s?[ap]m)"
    r"|\b(?:neither|either|this|that|which|first|second|other|last) one\b"
)
"""Digits beside these are an hour's, or count what was offered."""

_PLACES_OF_TWO = ((0, frozenset({"first", "former"})), (1, frozenset({"second", "latter"})))
_PHONE_CUE = re.compile(r"\b(?:number|phone|cell|mobile|reach me|call me (?:at|on|back))\b")


def hear_person(
    text: str,
    business: Business,
    ask: Ask,
    facts: Facts,
    phone: PhoneHeard | None,
    *,
    address: AddressHeard | None,
    corrects: bool,
) -> str | None:
    """A name where it was asked for, announced, corrected, or given along with a number."""
    names = business.vocabulary
    known = facts.name
    if known is not None and " " not in known and ask in PHONE_ASKS | _NAME_ASKS:
        whole = hear_name(text, names.first_names, names.last_names)
        if whole is not None and whole.startswith(f"{known} "):
            return whole
    if known is not None:
        corrects = corrects and address is None  # what is put right is the address
        renamed = ask is not Ask.NOTES and (corrects or _STRONG_NAME_CUE.search(text.lower()))
        return _renamed(known, text, business) if renamed else None
    text = without_others(text)
    given = phone is not None and phone.complete
    announced = given or _NAME_CUE.search(text.lower()) is not None
    if not (ask in _NAME_ASKS or (ask is not Ask.NOTES and announced)):
        return None
    again = _AGAIN.search(text)
    for said in (text[again.end() :], text) if again is not None else (text,):
        named = ask in _NAME_ASKS or _INTRODUCES.match(said) is not None
        found = _two_words(said, business) if named else None
        found = found or _introduced_later(said, business)
        found = found or hear_name(
            said,
            names.first_names,
            names.last_names,
            asked=_brief(said, ask),
            wanted=ask in _NAME_ASKS and not _asks_back(said),
        )
        if found is not None:
            return _in_full(found, said)
    return name_set_apart(text)


def _in_full(name: str, text: str) -> str:
    """A first name with the last name that follows it where it is said again.

    "Dale. 937-555-0110. Dale Rooker."
    """
    if " " in name:
        return name
    later = re.findall(rf"\b{re.escape(name)}[ ]+([^\W\d_][\w'-]+)(?=\s*(?:[.,;!?]|$))", text)
    return f"{name} {later[-1].capitalize()}" if later and later[-1][0].isupper() else name


def _renamed(known: str, text: str, business: Business) -> str | None:
    """The name put right: said anew in two words, or what of it was wrong."""
    names = business.vocabulary
    later = (_two_words(text[end.end() :], business) for end in _SENTENCE_END.finditer(text))
    anew = _introduced_later(text, business) or _two_words(text, business)
    anew = anew or next((name for name in later if name is not None), None)
    first = known.partition(" ")[0]
    announced = _STRONG_NAME_CUE.search(text.lower()) is not None
    if anew is not None and anew != known and (announced or anew.startswith(f"{first} ")):
        return anew
    right = correct_name(known, text, names.first_names, names.last_names)
    if right is None or " " in right:
        return right
    if _LAST_CUE.search(text.lower()) is not None:
        return f"{first} {right}"
    rest = known.partition(" ")[2]
    return f"{right} {rest}".strip() if _FIRST_CUE.search(text.lower()) is not None else right


_LAST_CUE = re.compile(r"\b(?:last|family) name\b|\bsurname\b")
_FIRST_CUE = re.compile(r"\b(?:first|given) name\b")


def _brief(text: str, ask: Ask) -> bool:
    """Whether a name was asked for and little else is said, none of it everyday English."""
    said = words(text)
    if _asks_back(text):
        return False
    return ask in _NAME_ASKS and len(said) <= _MOST_WORDS and ENGLISH.isdisjoint(said)


def _asks_back(text: str) -> bool:
    """Whether a number is asked about, which answers no question for a name: "zip 45424?"."""
    return text.rstrip().endswith("?") and bool(spoken_digits(text))


def _two_words(text: str, business: Business) -> str | None:
    """A known first name with any word behind it: "rose park", "grace monday"."""
    found = _FULL_NAME.match(text)
    if found is None or found["last"].lower() in _NO_LAST_NAMES | _PARTICLES:
        return None
    if _LETTERS.fullmatch(found["last"]):
        return None  # one name, and its letters
    first = found["first"].lower()
    known = {name.lower() for name in business.vocabulary.first_names} | FIRST_NAMES
    last = found["last"].lower()
    both = {first, last}
    strange = both.isdisjoint(ENGLISH) and both.isdisjoint(NOT_NAMES)
    strange = strange or (last in _ALSO_LAST_NAMES | ORDINARY and first not in ENGLISH | NOT_NAMES)
    strange = strange or {first, last} <= ORDINARY  # "May Price", where a name was asked for
    if first not in known and not strange:
        return None
    spelled = (run.letters for run in spelled_runs(words(text)) if len(run.letters) > _TWO)
    last = next((one for one in spelled if same_name(last, one)), found["last"])
    last = found["last"] if last == without_accents(found["last"].lower()) else last
    return f"{found['first'].title()} {last.title()}"


_LETTERS = re.compile(r"(?:[^\W\d_]-)+[^\W\d_]")


def _introduced_later(text: str, business: Business) -> str | None:
    """The whole name in a sentence behind another one: "I called twice. this is Amy West"."""
    later = (end.end() for end in _SENTENCE_END.finditer(text))
    told = (_two_words(text[at:], business) for at in later if _CUED_NAME.match(text, at))
    return next((name for name in told if name is not None), None)


_SENTENCE_END = re.compile(r"[.!?;,]\s+(?:and |so |anyway |look )?")
_CUED_NAME = re.compile(r"(?:this is|my name is|my name's|the name is|the name's)\b", re.IGNORECASE)


def hear_number(  # noqa: PLR0911 - one return per case
    text: str,
    business: Business,
    ask: Ask,
    facts: Facts,
    address: AddressHeard | None,
    *,
    own: Sequence[PhoneHeard],
    corrects: bool,
) -> PhoneHeard | None:
    """A phone number, whole or in part; a known one only put right.

    Of several whole ones it is the caller's own, of which `hear_own_phone` has told (`own`); with
    several of them nothing says which.
    """
    if len(own) > 1:
        return None
    if own:
        return own[0]
    picked = _picked(facts.phone_choices, text) if ask in PHONE_ASKS else None
    if picked is not None:
        return picked
    heard = _gone_on(facts.phone_part, text, business.country) if ask in PHONE_ASKS else None
    heard = heard or hear_phone(text, country=business.country)
    if heard is not None and heard.complete and _is_anothers(text, ask, facts, corrects):
        return None
    if heard is not None and heard.complete:
        number = amended_tail(heard.e164, text) if heard.e164 else heard.e164
        return PhoneHeard(heard.digits, number, complete=True)
    if facts.phone is not None and address is not None:
        return None
    if facts.phone is not None:
        put_right = correct_phone(facts.phone, text) if _is_of_it(text, ask, corrects) else None
        return whole_number(put_right) if put_right else None
    if heard is None or address is not None:
        return None
    if ask not in PHONE_ASKS and not _PHONE_CUE.search(text.lower()):
        return None
    return _joined(facts.phone_part, heard, business.country)


def _is_anothers(text: str, ask: Ask, facts: Facts, corrects: bool) -> bool:
    """Whether a whole number is told of something else once the caller's own is known.

    It is theirs to a question for it, by a correction, or where it is called so; "call Becky on
    937 555 0155" is for whoever comes.
    """
    if facts.phone is None or ask in PHONE_ASKS | {Ask.CHANGE, Ask.CHECK}:
        return False
    return not corrects and _OWN_NUMBER.search(text.lower()) is None


_OWN_NUMBER = re.compile(
    r"\b(?:my|our|the) (?:\w+ )?(?:number|phone|cell|mobile|line)\b|\bnumber(?:'s| is| should be)\b"
    r"|\b(?:reach|call|text|phone|ring) (?:me|us)\b|\b(?:it's|it is|i'm at|that's|use)\W+[\d(]"
)


def _is_of_it(text: str, ask: Ask, corrects: bool) -> bool:
    """Whether digits in a turn are the number's: it is named, or it was just asked for or read.

    To another question the digits of a correction are its own: "neither one, not before 3".
    """
    if _DIGIT_TALK.search(text.lower()) is not None:
        return True
    return corrects and ask in _OF_NUMBERS and _OF_TIMES.search(text.lower()) is None


def _picked(choices: tuple[str, ...], text: str) -> PhoneHeard | None:
    """The one of the numbers asked about that is meant: by its place, or by its last digits."""
    said = set(words(text))
    two = len(choices) == _TWO
    fits = {choices[at] for at, cues in _PLACES_OF_TWO if two and said & cues}
    ends = [run.digits for run in spoken_digits(text) if len(run.digits) > 1]
    fits = fits or {one for one in choices if any(one.endswith(end) for end in ends)}
    if len(fits) != 1:
        return None
    return whole_number(fits.pop())


def hear_extension_of(
    text: str, phone: PhoneHeard | None, facts: Facts, address: AddressHeard | None
) -> str:
    """The extension of a number that is said or known, "" when none is said."""
    given = phone is not None and phone.complete
    if not given and (facts.phone is None or address is not None):
        return ""
    return hear_extension(text) or ""


def without_number(text: str, phone: PhoneHeard | None, part: str = "") -> str:
    """The text without the digits of the number that it gives, which are no hours of a day.

    Args:
        text: the turn.
        phone: the number that was heard in it.
        part: its digits that were known before: the rest of them may be one digit.
    """
    if phone is None:
        return text
    rest = phone.digits.removeprefix(part) if part else ""
    return _without(
        text,
        [
            run
            for run in spoken_digits(text)
            if run.digits in phone.digits
            and (len(run.digits) >= _FEWEST_DIGITS or run.digits in rest)
        ],
    )


def without_house(text: str, address: AddressHeard | None) -> str:
    """The text without the house number that it puts right, and the one that it takes back.

    "It's one-eighteen, not one-eighty" names no hour.
    """
    if address is None or not address.number:
        return text
    tokens = words(text)

    def of_it(run: DigitRun) -> bool:
        denied = run.start > 0 and tokens[run.start - 1] == "not"
        return run.digits == address.number or (denied and len(run.digits) == len(address.number))

    return _without(text, [run for run in spoken_digits(text) if of_it(run)])


def _without(text: str, runs: Sequence[DigitRun]) -> str:
    """The text with a comma for each of these runs of digits."""
    found = split(text)
    for run in reversed(runs):
        start, end = found[run.start].start, found[run.end - 1].end
        text = f"{text[:start]},{text[end:]}"
    return text


_FEWEST_DIGITS = 3


def _gone_on(part: str, text: str, country: str) -> PhoneHeard | None:
    """The number whose beginning is known, when a turn begins with just the rest of its digits.

    Whatever is said behind them: "0161, sorry, the baby's crying".
    """
    opener = _OPENS_DIGITS.match(text)
    whole = (
        hear_phone(f"{part} {text[opener.end() :]}", country=country) if part and opener else None
    )
    goes_on = whole is not None and whole.complete and whole.digits.startswith(part)
    again = hear_phone(text, country=country)
    return whole if goes_on and (again is None or not again.complete) else None


_OPENS_DIGITS = re.compile(
    r"^\W*(?:(?:um|uh|oh yeah|yeah|yes|ok|okay|and|then|sorry|it's|that's|so)\b[ ,.]*)*",
    re.IGNORECASE,
)


def _joined(part: str, heard: PhoneHeard, country: str) -> PhoneHeard:
    """The digits as the rest of the number or, when that gives too many, as all of it once more."""
    joined = hear_phone(f"{part} {heard.digits}", country=country) if part else None
    fits = joined is not None and len(joined.digits) <= MOST_DIGITS
    return joined if joined is not None and fits else heard
