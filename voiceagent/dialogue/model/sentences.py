"""Text that comes in pieces, cut into sentences as soon as each is whole.

Where it is cut depends on the text alone, never on how it came in pieces.
"""

from __future__ import annotations

import re
from typing import Final

_END = re.compile(r"[.?!]+[\"')\]\u201d\u2019]*(?=\s)|\n")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|St|Ave|Rd|Ln|Blvd|Apt|No|vs|approx|[ap]\.m|e\.g|i\.e|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)
_LONGEST: Final = 600
"""Characters after which a text without an end is cut."""


class SentenceCutter:
    """Collects pieces, gives sentences."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, piece: str) -> list[str]:
        """The sentences that are whole with this piece."""
        self._text += piece
        found: list[str] = []
        while (end := self._end()) is not None:
            sentence, self._text = self._text[:end].strip(), self._text[end:].lstrip()
            if sentence:
                found.append(sentence)
        return found

    def rest(self) -> str:
        """What is left when the text is over: its last sentence, or "" ."""
        text, self._text = self._text.strip(), ""
        return text

    def _end(self) -> int | None:
        for match in _END.finditer(self._text):
            if not _ABBREVIATION.search(self._text[: match.end()]):
                return match.end()
        return _LONGEST if len(self._text) > _LONGEST else None
