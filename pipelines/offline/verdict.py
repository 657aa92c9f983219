"""What was heard of a turn, and by which part of the ears."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

CHEAP_CONFIDENCE: Final = 0.3
"""Of words that only the cheap part has heard, for want of time: they are worth a question."""


class Ear(StrEnum):
    """Whose words a turn has.

    MIXED: some of each; POCKETSPHINX_ALONE: Whisper had no time; NONE: there were none.
    """

    BOTH = "both"
    WHISPER = "whisper"
    POCKETSPHINX = "pocketsphinx"
    MIXED = "mixed"
    POCKETSPHINX_ALONE = "pocketsphinx_alone"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class HearingVerdict:
    """What was heard.

    Attributes:
        text: in lower case, numbers in words; empty when nothing was said to us.
        confidence: how likely it is right, 0..1; ``None`` when nobody can tell.
        by: whose words they are.
    """

    text: str
    confidence: float | None
    by: Ear

    def written(self) -> bytes:
        """For the pipe."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def read(cls, written: bytes) -> HearingVerdict:
        """From the pipe."""
        found = json.loads(written)
        return cls(found["text"], found["confidence"], Ear(found["by"]))
