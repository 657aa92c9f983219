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


def hear_daypart(text: str) -> Daypart | None:
    """Morning, afternoon or evening, or ``None``; "good morning" is a greeting."""
    tokens = words(text)
    if _FIRST_THING.search(" ".join(tokens)):
        return Daypart.MORNING
    for at, word in enumerate(tokens):
        part = DAYPARTS.get(word)
        if part is not None and (at == 0 or tokens[at - 1] != "good"):
            return part
        if at and word in _HALVES and tokens[at - 1] in _DAYS:
            return _HALVES[word]
    return None
