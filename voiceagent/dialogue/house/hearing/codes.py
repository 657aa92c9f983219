"""Booking codes: digits, dictated or typed."""

from __future__ import annotations

import re

from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.lexicon import split
from voiceagent.language.en_us.matching import words

_CUE = re.compile(
    r"\b(?:(?:booking|confirmation|reservation) )?(?:code|reference|booking number)\b"
    r"(?: number)?(?: is|'s)?"
)
_OTHER_CODE = re.compile(r"\b(?:gate|door|zip|area|access|lock ?box|alarm|garage|country)\s+$")
_OF_A_DOOR = re.compile(
    r" (?:for|to|on|of|at) (?:the|my|our) (?:\w+ )?"
    r"(?:gate|door|garage|lock ?box|key ?box|building|alarm|fence|entry|entrance|lobby|keypad)\b"
)
_SHORTEST, _LONGEST = 4, 8


_LACKS = re.compile(
    r"\b(?:not|never|no longer|nobody|no one) (?:\w+ ){0,2}?(?:have|got|get|find|know|remember|gave|give|given|see|"  # noqa: E501
    r"saved|write|kept|received|sent|send|recall)\b(?: (?!but\b)\w+){0,3}? (?:code|codes|it|one|that|any|number|text)\b"  # noqa: E501
    r"|\b(?:lost|deleted|erased|misplaced|forgot|threw away) (?:it|that|the|my|our)\b"
    r"|\bno (?:booking |confirmation )?code\b|\b(?:what|which) (?:booking |confirmation )?code\b(?! (?:is|was|do i|for))"  # noqa: E501
)


_WANTS = re.compile(
    r"\b(?:text|send|resend|message|sms) (?:(?:me|us|it|over|out|again) )*"
    r"(?:(?:a|the|my|that|this|another|new|one|fresh) )*(?:\w+ )?(?:code|codes|digits)\b"
    r"|\b(?:text|send|resend) it (?:to me|again|over)\b"
)
"""Of "can you text me a code", "send me the code again", "resend it"."""


def wants_code(text: str) -> bool:
    """Whether somebody who was asked for a code asks to be sent one."""
    return _WANTS.search(" ".join(words(text))) is not None


def lacks_code(text: str) -> bool:
    """Whether somebody who was asked for a booking code says that they have none."""
    return _LACKS.search(" ".join(words(text))) is not None


def hear_code(text: str, *, asked: bool) -> str | None:
    """The digits of a booking code, four to eight of them, or ``None``.

    Args:
        text: the caller's turn.
        asked: whether the code was asked for; otherwise the word "code" must lead it.
    """
    cue = _cue(text)
    if cue is not None:
        return _read(text[cue.end() :]) or (_read(text[: cue.start()]) if asked else None)
    if asked:
        return _read(text)
    named = _NAMED.search(text)
    return named["code"] if named is not None else None


def code_beside_number(text: str) -> tuple[str, str] | None:
    """A booking code and a telephone number that are said together, in either order.

    Neither need be called what it is: six digits and ten, or eleven with the country's, are told
    apart by where somebody paused, else by which can be a number, else the number stands first, as
    it was asked for. ``None`` where the digits are no such pair.
    """
    typed = list(_FIGURES.finditer(text))
    whole = "".join(one[0] for one in typed)
    pauses, parted = set[int](), set[int]()
    for at, one in enumerate(typed[:-1]):
        end = sum(len(before[0]) for before in typed[: at + 1])
        pauses.add(end)
        if _PARTS.search(text[one.end() : typed[at + 1].start()]):
            parted.add(end)
    if not whole:
        whole = "".join(run.digits for run in spoken_digits(text))
    if len(whole) - _CODE not in _NUMBER_LENGTHS:
        return None
    last = len(whole) - _CODE
    cuts = [last] if _NUMBER.match(whole[:last]) else []
    cuts += [_CODE] if _NUMBER.match(whole[_CODE:]) else []
    best = next((cut for where in (parted, pauses) for cut in cuts if cut in where), None)
    cut = best or next(iter(cuts), None)
    if cut is None:
        return None
    return (whole[:cut], whole[cut:]) if cut == _CODE else (whole[cut:], whole[:cut])


_FIGURES = re.compile(r"\d+")
_PARTS = re.compile(r"[,;/]|[a-z]", re.IGNORECASE)
_CODE = 6
_NUMBER_LENGTHS = frozenset({10, 11})
_NUMBER = re.compile(r"1?[2-9]\d\d[2-9]\d{6}$")


def without_code(text: str) -> str:
    """The turn without its "code is ..." part, so that its digits are not taken for a number."""
    cue = _cue(text)
    if cue is None:
        return _NAMED.sub(" ", text)
    before, after = text[: cue.start()], text[cue.end() :]
    if not _read(after):
        return after
    code, _, rest = after.partition(" and ")
    if not _read(code):
        return before
    return f"{before}{_behind(code)} {rest}"


def _behind(text: str) -> str:
    """What stands behind a code that is one row of digits: "496383, phone 937 555 0150"."""
    first = next(iter(spoken_digits(text)), None)
    if first is None or not _SHORTEST <= len(first.digits) <= _LONGEST:
        return ""
    found = split(text)
    return text[found[first.end - 1].end :] if first.end < len(found) else ""


_NAMED = re.compile(
    r"\b(?:booking|appointment|visit|reservation|confirmation)(?: number| no\.?| #)?[ :#]+"
    r"(?P<code>\d{6})\b(?! ?\d)",
    re.IGNORECASE,
)
"""Six digits right behind the word for what they are the code of."""


def _cue(text: str) -> re.Match[str] | None:
    lower = text.lower()
    ours = (
        cue
        for cue in _CUE.finditer(lower)
        if not _OTHER_CODE.search(lower[: cue.start()]) and not _OF_A_DOOR.match(lower[cue.end() :])
    )
    return next(ours, None)


_TAKES_BACK = re.compile(
    r"\b(?:sorry|no|wait|i mean|i meant|actually|correction|rather|scratch that)\b[\s,.:;-]*",
    re.IGNORECASE,
)


def _read(text: str) -> str | None:
    taken_back = [match.end() for match in _TAKES_BACK.finditer(text)]
    if taken_back and (put_right := _read(text[taken_back[-1] :])):
        return put_right  # "111111, sorry, no: 276773"
    runs = [run.digits for run in spoken_digits(text)]
    fits = [run for run in (*runs, "".join(runs)) if _SHORTEST <= len(run) <= _LONGEST]
    return fits[0] if fits else None
