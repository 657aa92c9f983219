"""Telephone numbers, spoken and shown.

The North American plan (NANP) has ten digits after the country code 1. Only length and the first
digit are checked: whether a number is in service is the carrier's business, and +15551230000,
which no exchange serves, must pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations, groupby, takewhile

import phonenumbers

from voiceagent.language.en_us.digits import DigitPiece, digit_pieces, spoken_digits
from voiceagent.language.en_us.lexicon import (
    FILLERS,
    is_typed_number,
    vocabulary,
    words,
)
from voiceagent.language.en_us.numbers import say_digits
from voiceagent.language.en_us.streets import SUFFIXES

NANP_LENGTH = 10
_LOCAL_LENGTH = 7
_NANP_COUNTRIES = frozenset({"US", "CA"})
_SOUND_ALIKES = {"for": "four", "to": "two", "too": "two", "ate": "eight", "won": "one"}
_CUES = vocabulary("""
    number phone cell mobile reach call text contact telephone landline digits area
""")
_JOINERS = FILLERS | {"and", "then", "that's", "is", "it's", "dot", "okay", "yeah", "a", "area"}
_LEAD_INS = _JOINERS | _CUES | {"my", "the", "plus", "yes", "sure", "at", "me", "code", "no"}
_MAX_GAP = 3
_MIN_PARTIAL = 3
_MIN_UNCUED = 7
_MAX_SPLITS = 6
_GROUP_ENDS = (3, 6)


@dataclass(frozen=True, slots=True)
class PhoneHeard:
    """A phone number as far as it was heard.

    Attributes:
        digits: all ten without the country code 1 (US, CA); of an unfinished number what was said,
            so that ``hear_phone(f"{heard.digits} {next_text}")`` continues it.
        e164: the number, when complete.
        complete: whether it is a whole number; an unfinished one may be continued.
    """

    digits: str
    e164: str | None
    complete: bool


def points_to(digits: str, number: str) -> bool:
    """Whether dictated digits are `number` without its area code, or nearly.

    Who dictates the last seven digits of the number they call from leaves the area code out, as
    neighbours do; who dictates eleven that are it and a stray one means it too: recognition hears
    strays in pauses and before the number, loses digits, and counts one that comes again ("5555")
    wrongly. A whole number is never taken for another one, and one that merely stops early is
    waited for.

    Args:
        digits: as heard.
        number: E.164, of the North American plan.
    """
    national = number.removeprefix("+1")
    if len(national) != NANP_LENGTH or national.startswith(digits):
        return False
    if digits == national[-_LOCAL_LENGTH:]:
        return True
    if len(digits) > NANP_LENGTH and digits.endswith(national):
        return True
    if len(digits) != NANP_LENGTH and _same_but_for_counts(digits, national):
        return True
    longer, shorter = sorted((digits, national), key=len, reverse=True)
    return len(longer) - len(shorter) == 1 and any(
        longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer))
    )


def _same_but_for_counts(digits: str, number: str) -> bool:
    """Whether they differ only in how often digits that come again do, by one each."""
    heard, known = ([(d, len(list(run))) for d, run in groupby(one)] for one in (digits, number))
    return len(heard) == len(known) and all(
        a == b and abs(often - times) <= (times > 1)
        for (a, often), (b, times) in zip(heard, known, strict=True)
    )


def _divided(run: Sequence[DigitPiece]) -> str | None:
    """The run with some "fifty one" taken as 50, pause, 1, so that ten digits come out.

    People pause between the groups of 3-3-4, so divisions there are likelier than elsewhere.
    """
    open_at = [at for at, piece in enumerate(run) if _tens_and_unit(piece)][:_MAX_SPLITS]
    best: tuple[int, str] | None = None
    for count in range(1, len(open_at) + 1):
        for chosen in combinations(open_at, count):
            digits, score = "", 0
            for at, piece in enumerate(run):
                if at in chosen:
                    digits += piece.digits[0] + "0"
                    national_length = len(digits) - (run[0].digits == "1")
                    score += 1 if national_length in _GROUP_ENDS else -1
                    digits += piece.digits[1]
                else:
                    digits += piece.digits
            if _whole(digits) and (best is None or score > best[0]):
                best = (score, digits)
    return best[1] if best else None


def _tens_and_unit(piece: DigitPiece) -> bool:
    said_in_two = piece.end - piece.start == 2  # noqa: PLR2004
    return said_in_two and len(piece.digits) == 2 and len(set("01") & set(piece.digits[:1])) == 0  # noqa: PLR2004


def _national(digits: str) -> str:
    """`digits` without country code or a leading interjection "oh"."""
    if len(digits) == NANP_LENGTH + 1 and digits[0] in "10":
        return digits[1:]
    return digits


def _whole(digits: str) -> bool:
    national = _national(digits)
    return len(national) == NANP_LENGTH and national[0] not in "01"


def _read_nanp(run: Sequence[DigitPiece]) -> PhoneHeard:
    """The best reading of one run: as it stands, or divided at the group boundaries."""
    plain = "".join(piece.digits for piece in run)
    if not _whole(plain) and len(plain) <= NANP_LENGTH:
        plain = _divided(run) or plain
    if _whole(plain):
        return PhoneHeard(_national(plain), f"+1{_national(plain)}", complete=True)
    return PhoneHeard(plain, None, complete=False)


def _is_house_number(tokens: tuple[str, ...], run: Sequence[DigitPiece]) -> bool:
    """Whether a street follows: such a number belongs to an address.

    A street behind another number is that number's.
    """
    after = tokens[run[-1].end : run[-1].end + 4]
    own = takewhile(lambda word: not (is_typed_number(word) or spoken_digits(word)), after)
    return any(word in SUFFIXES for word in own)


def _before_house(tokens: tuple[str, ...], run: tuple[DigitPiece, ...]) -> tuple[DigitPiece, ...]:
    """The pieces of a run up to ten digits when a street follows: the rest is a house number."""
    if not _is_house_number(tokens, run):
        return run
    for count in range(1, len(run)):
        if _whole("".join(piece.digits for piece in run[:count])):
            return run[:count]
    return run


def _joined(
    tokens: tuple[str, ...], runs: Sequence[tuple[DigitPiece, ...]]
) -> tuple[DigitPiece, ...] | None:
    """Neighbouring runs with little between them that make one whole number together."""
    for first in range(len(runs)):
        together = runs[first]
        for run in runs[first + 1 :]:
            gap = tokens[together[-1].end : run[0].start]
            if len(gap) > _MAX_GAP or not _JOINERS.issuperset(gap):
                break
            longer = together + run
            together = _before_house(tokens, longer)
            houseless = len(together) < len(longer) or not _is_house_number(tokens, run)
            if houseless and _read_nanp(together).complete:
                return together
    return None


def _restored(text: str) -> str:
    """`text` with words that sound like digits turned into digits where digits surround them."""
    tokens = list(words(text))
    known = {
        at for run in digit_pieces(text) for piece in run for at in range(piece.start, piece.end)
    }
    for at, word in enumerate(tokens):
        if word in _SOUND_ALIKES and {at - 1, at + 1} & known:
            tokens[at] = _SOUND_ALIKES[word]
            known.add(at)
    return " ".join(tokens)


def _complete(text: str) -> PhoneHeard | None:
    """The last whole number in `text`; a correction comes after what it corrects."""
    runs = digit_pieces(text)
    tokens = words(text)
    whole = [heard for run in runs if (heard := _read_nanp(_before_house(tokens, run))).complete]
    if whole:
        return whole[-1]
    together = _joined(tokens, runs)
    return _read_nanp(together) if together else None


def _partial(text: str) -> PhoneHeard | None:
    """An unfinished number: long, or after a cue, or all that was said."""
    tokens = words(text)
    runs = [run for run in digit_pieces(text) if not _is_house_number(tokens, run)]
    best: PhoneHeard | None = None
    for run in runs:
        heard = _read_nanp(run)
        before = tokens[max(0, run[0].start - 5) : run[0].start]
        cued = not _CUES.isdisjoint(before)
        alone = _LEAD_INS.issuperset(tokens[: run[0].start] + tokens[run[-1].end :])
        least = _MIN_PARTIAL if cued or alone else _MIN_UNCUED
        if len(heard.digits) >= least and (best is None or len(heard.digits) > len(best.digits)):
            best = heard
    return best


def _international(text: str, country: str) -> PhoneHeard | None:
    """A number outside the NANP, judged by libphonenumber."""
    plus = "+" in text or "plus" in words(text)
    for run in digit_pieces(text):
        digits = "".join(piece.digits for piece in run)
        if len(digits) < _MIN_UNCUED:
            continue
        try:
            number = phonenumbers.parse(("+" if plus else "") + digits, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return PhoneHeard(digits, e164, complete=True)
        return PhoneHeard(digits, None, complete=False)
    return None


_EXTENSION = re.compile(r"(?<=\d{4})\s*(?:#|,{2,}|;|\bx)\s*\d{1,6}\b", re.IGNORECASE)
_ABROAD = re.compile(r"\+\s*[2-9]|\bplus (?:[2-9]|two|three|four|five|six|seven|eight|nine)")
_SAID_EXTENSION = re.compile(
    r"(?:\b(?:extension|ext)\b\.?|(?<=\d{4})\s*(?:#|x))\s*"
    r"(?:number |is |it's |# ?)*(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_MOST_OF_EXTENSION = 6
_MOST_WORDS_TO_OWNER = 6
_MINE = frozenset({"my", "mine", "i", "i'm", "me"})
_THEIRS = vocabulary("his her hers their theirs him them he she they tenant your")
_IS = frozenset({"it's", "that's", "he's", "she's", "there's", "here's", "what's", "let's"})
_TAKES_BACK = vocabulary("no sorry wait actually mean meant correction rather oops")
_ZERO_TWICE = re.compile(r"\bzero oh\b", re.IGNORECASE)


def hear_phone(text: str, *, country: str = "US") -> PhoneHeard | None:
    """The phone number in `text`, whole or unfinished, or ``None``; never raises.

    Args:
        text: recogniser words or typed text. House numbers, prices and times are left alone.
        country: ISO code for numbers said without a country code.
    """
    text = _EXTENSION.sub(" ", text)
    foreign = country not in _NANP_COUNTRIES
    abroad = _ABROAD.search(text.lower()) is not None
    if foreign or abroad:
        heard = _international(text, country)
        if heard is not None or foreign:
            return heard
    whole = _complete(text) or _complete(_restored(text)) or _complete(_zeros_once(text))
    return whole or _partial(text)


def hear_own_phone(text: str, *, country: str = "US") -> tuple[PhoneHeard, ...]:
    """The caller's own number of several whole ones in `text`; all of them where nothing tells.

    Of two numbers the one is theirs that they call theirs ("my cell is … his is …"), or the only
    one that is not somebody else's. What is put right in one breath ("0111, no, 0112") or denied
    ("not 0144") counts no more. Empty when fewer than two different whole numbers are said,
    or the only one is denied.
    """
    if country not in _NANP_COUNTRIES or _ABROAD.search(text.lower()):
        return ()
    text = _EXTENSION.sub(" ", text)
    tokens, start, denied = words(text), 0, False
    said: dict[str, set[_Whose]] = {}
    for run in digit_pieces(text):
        heard = _read_nanp(_before_house(tokens, run))
        if not heard.complete or heard.e164 is None:
            continue
        before = tokens[start : run[0].start]
        start = run[-1].end
        if said and not _TAKES_BACK.isdisjoint(before):
            said.clear()
        denied = denied or before[-1:] == ("not",)
        if before[-1:] != ("not",):
            behind = tokens[start : start + 2]
            said.setdefault(heard.e164, set()).add(_whose(before, behind))
            start += 2 * (behind[:1] == ("is",))  # "is his" says it of this one, not of the next
    if len(said) < 2 and not denied:  # noqa: PLR2004
        return ()
    for fits in (
        [number for number, whose in said.items() if _Whose.CALLERS in whose],
        [number for number, whose in said.items() if _Whose.ANOTHERS not in whose],
    ):
        if len(fits) == 1:
            return (whole_number(fits[0]),)
    return tuple(map(whole_number, said))


def whole_number(e164: str) -> PhoneHeard:
    """A number of the North American plan (``+1`` and ten digits) as one that was heard whole."""
    return PhoneHeard(e164[2:], e164, complete=True)


class _Whose(Enum):
    """To whom a number is said to belong."""

    CALLERS = "callers"
    ANOTHERS = "anothers"
    UNSAID = "unsaid"


def _whose(before: tuple[str, ...], behind: tuple[str, ...]) -> _Whose:
    """By "is mine" right behind the number, else by the last word before it that says it."""
    named = behind[1:2] if behind[:1] == ("is",) else ()
    for word in (*named, *reversed(before[-_MOST_WORDS_TO_OWNER:])):
        if word in _MINE:
            return _Whose.CALLERS
        if word in _THEIRS or (word.endswith("'s") and word not in _IS):
            return _Whose.ANOTHERS
    return _Whose.UNSAID


def hear_extension(text: str) -> str | None:
    """The extension said with a number ("extension 22", "x22"), in digits, or ``None``."""
    found = _SAID_EXTENSION.search(text)
    if found is None:
        return None
    run = next(iter(spoken_digits(found["rest"])), None)
    if run is None or run.start != 0 or len(run.digits) > _MOST_OF_EXTENSION:
        return None
    return run.digits


def _zeros_once(text: str) -> str:
    """The text with each "zero oh" as one zero: a long zero is often recognised as both."""
    return _ZERO_TWICE.sub("zero", text)


def say_phone(e164: str) -> str:
    """The number for the ear: "five five five, one two three, zero zero zero zero"."""
    digits = "".join(c for c in e164 if is_typed_number(c))
    groups: tuple[str, ...]
    national = _national(digits)
    if len(national) == NANP_LENGTH and (not e164.startswith("+") or e164.startswith("+1")):
        groups = (national[:3], national[3:6], national[6:])
    else:
        groups = tuple(digits[at : at + 3] for at in range(0, len(digits), 3))
    return ", ".join(say_digits(group) for group in groups)


def show_phone(e164: str) -> str:
    """The number for the eye: "(555) 123-0000"; other countries as "+44 20 7946 0958"."""
    if e164.startswith("+1") and len(e164) == NANP_LENGTH + 2:
        return f"({e164[2:5]}) {e164[5:8]}-{e164[8:]}"
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
