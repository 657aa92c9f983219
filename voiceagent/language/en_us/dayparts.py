"""Parts of a day, as callers name them."""

from __future__ import annotations

import re
from enum import StrEnum

from voiceagent.language.en_us.lexicon import vocabulary, words


class Daypart(StrEnum):
    """A stretch of the day: before noon, noon to five, five to midnight."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


DAYPARTS = {
    "morning": Daypart.MORNING, "mornings": Daypart.MORNING, "breakfast": Daypart.MORNING,
    "afternoon": Daypart.AFTERNOON, "afternoons": Daypart.AFTERNOON, "lunchtime": Daypart.AFTERNOON,
    "lunch": Daypart.AFTERNOON, "evening": Daypart.EVENING, "evenings": Daypart.EVENING,
    "night": Daypart.EVENING, "tonight": Daypart.EVENING, "tonite": Daypart.EVENING,
}  # fmt: skip


_FIRST_THING = re.compile(
    r"\bfirst thing\b(?! (?:i|we|you|is|was)\b)|\b(?:early|bright and early)(?: on)? (?:mon|tues|wednes|thurs|fri|satur|sun)day\b"  # noqa: E501
)
_DAYS = vocabulary("""
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    today tomorrow
""")  # noqa: E501
_HALVES = {"am": Daypart.MORNING, "pm": Daypart.AFTERNOON}
"""Behind the name of a day ("Friday AM") and no hour."""


_PART = r"mornings?|afternoons?|evenings?|nights?"
_REFUSED_PART = re.compile(
    r"\b(?:(?:can't|cannot|can not|couldn't|won't|don't|do not) (?:really |ever |usually )?"
    r"(?:do|make|have|like|want|come)|not|never|anything but|any time but|anytime but|except) "
    rf"(?:in |on |at )?(?:the |a |any |an )?(?P<part>{_PART})\b(?! (?:of|like|will|is|are|work))"
    r"|\bno (?P<many>mornings|afternoons|evenings|nights)\b(?! (?:are|work))"
    rf"|\b(?P<also>{_PART}) (?:is|are|don't|doesn't|do not|does not|won't|never|will not) "
    r"(?:really |ever )?(?:out|no good|bad|impossible|work|suit|not possible)\b"
)
"""A part of day that does not suit."""


def refused_daypart(text: str) -> Daypart | None:
    """The part of day of "I can't do mornings", "mornings are out"; ``None`` for none."""
    found = _REFUSED_PART.search(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    if found is None:
        return None
    return DAYPARTS[(found["part"] or found["many"] or found["also"]).removesuffix("s")]


def hear_daypart(text: str) -> Daypart | None:
    """Morning, afternoon or evening, or ``None``; "good morning" is a greeting.

    A part that is refused is not wished for by naming it once more ("that is a morning").
    """
    refused = refused_daypart(text)
    tokens = words(_REFUSED_PART.sub(" ", text.lower()))
    if _FIRST_THING.search(" ".join(tokens)):
        return Daypart.MORNING
    for at, word in enumerate(tokens):
        part = DAYPARTS.get(word)
        if part is not None and part is not refused and (at == 0 or tokens[at - 1] != "good"):
            return part
        if at and word in _HALVES and tokens[at - 1] in _DAYS:
            return _HALVES[word]
    return None
