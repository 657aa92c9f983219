"""Rules over a plain text that are looked at only where one of their words stands.

A turn is judged before anybody answers, and most words have nothing to do with most rules: looking
for a few letters costs a tenth of trying a pattern.
"""

from __future__ import annotations

import re

Rules = tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]
"""Each pattern with the pieces of text of which one stands wherever it matches."""


def rules(*rows: tuple[str, str]) -> Rules:
    """Patterns from rows of (pieces separated by spaces, pattern)."""
    return tuple((tuple(pieces.split()), re.compile(pattern)) for pieces, pattern in rows)


def put(word: str, these: Rules, said: str) -> str:
    """The text with `word` in place of whatever a rule matches, one rule after another."""
    for pieces, pattern in these:
        if any(piece in said for piece in pieces):
            said = pattern.sub(word, said)
    return said
