"""Lawyers who are spoken of as people, with a profession, an office, a house: no threat."""

from __future__ import annotations

import re
from typing import Final

_LAWYER = r"(?:lawyer|attorney|attorneys|lawyers)"
_AS_PEOPLE: Final = re.compile(
    rf"\b(?:i am|we are|he is|she is|they are|i'm|we're|he's|she's|husband is|wife is|"
    rf"(?:work|works|working|calling|call|it's|it is|this is) for|as|named|married to) "
    rf"(?:a |an |the |my |our )?(?:\w+ )?{_LAWYER}\b"
    rf"|\b(?:a |an |the |my |our )?{_LAWYER}(?:'s|s')? "
    r"(?:office|offices|house|home|place|building|firm|wife|husband)\b",
    re.IGNORECASE,
)
_THREAT_BESIDE: Final = re.compile(r"\b(?:sue|suing|lawsuit|court|legal action)\b", re.IGNORECASE)


def without_lawyers_as_people(text: str) -> str:
    """A turn without such mentions; one that also speaks of suing stays as it is."""
    return text if _THREAT_BESIDE.search(text) else _AS_PEOPLE.sub("somebody", text)
