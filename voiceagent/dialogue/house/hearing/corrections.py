"""Corrections: "no, Oak Lane", "my number ends in 1 not 0", "it's Miller not Mueller"."""

from __future__ import annotations

import re

from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.name_words import NOT_NAMES
from voiceagent.language.en_us.names import hear_name
from voiceagent.language.likeness import within

_MARKS = re.compile(
    r"^(?:(?:hmm|uh|um|oh|well|yes|yeah|ok|okay|sure)[,. ]+)*"
    r"(?:no|nope|not|actually|sorry|wait|oops|hold on|well actually)\b"
    r"|\b(?:would|will|might) (?:be|work) better\b|\bworks better\b|\bother (?:time|one)\b"
    r"|\b(?:i meant|i mean|instead|wrong|not right|incorrect|correction|change (?:it|that|the|my)"
    r"|make (?:it|that)|should be|it's actually|rather|mistake|\w+,? not \w+)\b"
)
_TAIL = re.compile(
    r"\b(?:ends? (?:in|with|on)|ending (?:in|with)"
    r"|last (?:\w+ )?(?:digits? )?(?:is|are|was|should be))\b"
    r"(?P<rest>.*)"
)
_AT_THE_END = re.compile(r"(?P<digits>.+?),? (?:at|on) the end\b")
_SORRY = re.compile(
    r"[,.;]?\s+(?:oh |uh |um )?(?:sorry|no wait|no|i mean|i meant|wait|make that|correction|rather|"
    r"excuse me)\b[,.]?\s+(?:it is |it's |that is |that's |make that |i mean )?(?P<tail>[^a-z]*[\w\s-]+)$"  # noqa: E501
)
_NAMED = re.compile(r"\b(?:my name is|my name's|the name is|name is|name's) (?!not|wrong)")
_NAME_CUE = re.compile(r"\b(?:name|called|i am|i'm|this is)\b")
_TWO, _AREA_DIGITS, _CLOSE = 2, 3, 2
_MOST_TAIL, _NATIONAL = 8, 10
_NOT = re.compile(r"[,\s]*\b(?:and )?not\b\s*")


def is_correction(text: str) -> bool:
    """Whether the turn has the sound of putting something right."""
    return _MARKS.search(text.lower().strip()) is not None


_EXCHANGES = re.compile(
    r"\b(?:make|change|switch|turn|swap) (?:it|that|this|(?:the|my) \w+)(?: \w+)?"
    r"(?: to| into| for)? (?:an? |the )?\w|\binstead\b(?! of)",
    re.IGNORECASE,
)


def exchanges(text: str) -> bool:
    """Whether one thing is asked for in place of another: "make it a repair instead"."""
    return _EXCHANGES.search(text) is not None


def correct_phone(old: str, text: str) -> str | None:
    """The E.164 number put right, or ``None`` when the turn says nothing about its digits.

    Args:
        old: the number as understood, ``+1`` and ten digits.
        text: e.g. "it ends in 1, not 0" or "no, 555 124 not 555 123".
    """
    lower = text.lower()
    national = old.removeprefix("+1")
    ending = _AT_THE_END.search(lower)
    if ending is not None:
        digits = _digits(_NOT.split(ending["digits"])[0])
        if 0 < len(digits) < len(national):
            return f"+1{national[: -len(digits)]}{digits}"
    tail = _TAIL.search(lower)
    if tail is not None:
        digits = _digits(_NOT.split(tail["rest"])[0])
        if 0 < len(digits) < len(national):
            return f"+1{national[: -len(digits)]}{digits}"
    if area := re.search(r"\barea code\b(.*)", lower):
        digits = _digits(_NOT.split(area[1])[0])
        if len(digits) == _AREA_DIGITS:
            return f"+1{digits}{national[3:]}"
    right, wrong = _right_and_wrong(lower)
    if right and wrong and len(right) == len(wrong) and wrong in national:
        at = national.rindex(wrong)
        return f"+1{national[:at]}{right}{national[at + len(wrong) :]}"
    return None


def amended_tail(e164: str, text: str) -> str:
    """A number whose last digits are put right in the same breath: "… 0111, sorry, 0112"."""
    sorry = _SORRY.search(text.lower().strip(" .!?"))
    if sorry is None:
        return e164
    runs = [run.digits for run in spoken_digits(sorry["tail"])]
    national = e164.removeprefix("+1")
    fits = len(runs) == 1 and 0 < len(runs[0]) < _MOST_TAIL and len(national) == _NATIONAL
    return f"+1{national[: -len(runs[0])]}{runs[0]}" if fits else e164


def wrong_digits(text: str) -> str:
    """The digits that a turn takes back: "123" of "it's 125, not 123"; "" when it takes none."""
    return _right_and_wrong(text.lower())[1]


def _right_and_wrong(text: str) -> tuple[str, str]:
    parts = _NOT.split(text, maxsplit=1)
    if len(parts) != _TWO:
        return "", ""
    before, after = _digits(parts[0]), _digits(parts[1])
    if before:
        return before, after
    runs = [run.digits for run in spoken_digits(parts[1])]
    return (runs[1], runs[0]) if len(runs) == _TWO else ("", "")


def _digits(text: str) -> str:
    return "".join(run.digits for run in spoken_digits(text))


def correct_name(  # noqa: PLR0911
    old: str, text: str, first_names: tuple[str, ...], last_names: tuple[str, ...]
) -> str | None:
    """The name put right, or ``None``: "it's Miller not Mueller", "no, Sara", "with an i"."""
    lower = text.lower()
    if _NAMED.search(lower):
        named = hear_name(text, first_names=first_names, last_names=last_names)
        return named if named != old else None
    parts = _NOT.split(lower, maxsplit=1)
    old_words = old.split()
    if len(parts) == _TWO:
        for right, wrong in ((parts[0], parts[1]), (parts[1], parts[1])):
            corrected = _swap(old_words, words(right), words(wrong))
            if corrected is not None:
                return corrected
    spelled = _spelled(lower)
    if spelled:
        return _with_spelled(old_words, spelled)
    heard = hear_name(text, first_names=first_names, last_names=last_names)
    if heard is None or heard == old:
        return None
    likeness = [
        max(_likeness(part.lower(), word.lower()) for word in heard.split()) for part in old_words
    ]
    if not max(likeness) and not _NAME_CUE.search(lower):
        return None
    if " " not in heard and len(old_words) == _TWO:
        close = likeness.index(max(likeness))
        return " ".join([*old_words[:close], heard, *old_words[close + 1 :]])
    return heard


def _swap(old: list[str], right: tuple[str, ...], wrong: tuple[str, ...]) -> str | None:
    """`old`, its part that sounds like a word of `wrong` replaced by the last fit of `right`."""
    for index, part in enumerate(old):
        misheard = next((word for word in wrong if _likeness(part.lower(), word) >= _CLOSE), None)
        if misheard is None:
            continue
        for word in reversed(right):
            if (
                word not in {misheard, part.lower()}
                and word not in NOT_NAMES
                and _likeness(part.lower(), word) >= 1
            ):
                return " ".join([*old[:index], word.title(), *old[index + 1 :]])
    return None


def _likeness(left: str, right: str) -> int:
    """0 for strangers, up to 3 for the same word."""
    if left == right:
        return 3
    if within(left, right, 1):
        return 2
    return 1 if within(left, right, 3) and left[:1] == right[:1] else 0


def _with_spelled(old: list[str], spelled: tuple[str, ...]) -> str:
    """A name with each word that was spelled in the place of the part it is most like."""
    found = dict(enumerate(old))
    free = list(found)
    for word in spelled:
        close = max(free, key=lambda at: _likeness(found[at].lower(), word), default=None)
        if close is not None:
            found[close] = word.title()
            free.remove(close)
    return " ".join(found.values())


def _spelled(text: str) -> tuple[str, ...]:
    """The words spelled out, in order: "m i l l e r", "G-E-O-F-F, and S-M-Y-T-H-E".

    Hyphens between letters hold one word together, and "with a G" tells a letter of a word.
    """
    text = _WITH_A_LETTER.sub(" ; ", text)
    found = _HYPHENED.findall(text)
    loose = [match.group() for match in _LOOSE.finditer(_HYPHENED.sub(" ; ", text))]
    return tuple(re.sub(r"[\W\d_]", "", one) for one in (*found, *loose))


_LETTER = r"[^\W\d_]"
_WITH_A_LETTER = re.compile(rf"\bwith (?:a|an|one|two|the) (?:double )?{_LETTER}(?![\w-])")
_HYPHENED = re.compile(rf"(?<![\w'])(?:{_LETTER}-){{2,}}{_LETTER}(?![\w'])")
_LOOSE = re.compile(rf"(?<!{_LETTER})(?<!')(?:{_LETTER}[\s,.-]+){{2,}}{_LETTER}(?!{_LETTER}|')")
