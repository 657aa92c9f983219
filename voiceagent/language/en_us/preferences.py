"""What a turn asks for, behind what it tells of a day: "I work today. Friday would be better".

Who tells why a time does not suit names times too. Where a later clause asks for one, its day and
its hour are the wish; a turn that only tells, or asks first, is left whole.
"""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"[.!?;,]+\s+|\s+(?:so|but)\s+", re.IGNORECASE)
_ASKS_FOR = re.compile(
    r"\b(?:can|could|may|might|should) (?:we|i|you|they|it|that|somebody|someone)\b"
    r"|\b(?:let's|make it|how about|what about|instead|rather|prefer|i'd like|we'd like)\b"
    r"|\b(?:would|will|is|are|'d|'ll|might) (?:be |probably |really |suit |work |fit )*better\b"
    r"|\b(?:works?|suits?|fits?)(?: me| us)? (?:much |far |way )?better\b"
    r"|\b(?:i|we) (?:really |only |do |just )?(?:need|want)\b"
    r"|\bbetter (?:for (?:me|us)|on|if)\b|\bhas to be\b|\b(?:must|needs to|should) be\b",
    re.IGNORECASE,
)


def what_is_asked_for(text: str) -> str:
    """The turn from the clause on that asks for a time; all of it where no clause does."""
    starts = (0, *(match.end() for match in _CLAUSE.finditer(text)))
    ends = (*(match.start() for match in _CLAUSE.finditer(text)), len(text))
    for start, end in zip(starts, ends, strict=True):
        if _ASKS_FOR.search(text[start:end]) is not None:
            return text[start:]
    return text


def prefers(text: str) -> bool:
    """Whether a clause of the turn asks for something else than was said."""
    return _ASKS_FOR.search(text) is not None
