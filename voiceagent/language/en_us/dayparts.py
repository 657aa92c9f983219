"""Parts of a day, as callers name them."""

from __future__ import annotations

from enum import StrEnum

from voiceagent.language.en_us.lexicon import words


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


def hear_daypart(text: str) -> Daypart | None:
    """Morning, afternoon or evening, or ``None``; "good morning" is a greeting."""
    tokens = words(text)
    for at, word in enumerate(tokens):
        part = DAYPARTS.get(word)
        if part is not None and (at == 0 or tokens[at - 1] != "good"):
            return part
    return None
