"""Where on the line the sound of the model's items lies, and so how much of each was heard.

An utterance on the line may have a filler first, then a sentence of one item, then one that the
cascade's voice spoke. Each piece is noted with its place in both. Sans-I/O.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voiceagent.core.wire import Played

REMEMBERED: Final = 4096
"""Pieces; more than seven minutes of them."""


@dataclass(frozen=True, slots=True)
class PlayedPiece:
    """`samples` of an item from `item_at`, in an utterance from `at`; all at 8 kHz."""

    utterance: int
    at: int
    item_id: str
    item_at: int
    samples: int


class PlayedPlaces:
    """Of one call."""

    def __init__(self) -> None:
        self._pieces: deque[PlayedPiece] = deque(maxlen=REMEMBERED)
        self._cut_through = 0

    def add(self, piece: PlayedPiece) -> None:
        """A piece is given to the line."""
        self._pieces.append(piece)

    def cut(self, heard: Played | None, through: int) -> Mapping[str, int]:
        """How many samples were heard of each item that a cut has touched.

        Args:
            heard: how far the utterance in the ear had come; ``None`` when there was none.
            through: the last utterance that is cut off.
        """
        reached: dict[str, int] = {}
        touched: set[str] = set()
        for piece in self._pieces:
            if not self._cut_through < piece.utterance <= through:
                continue
            share = _heard_of(piece, heard)
            reached[piece.item_id] = max(
                reached.get(piece.item_id, 0), piece.item_at + share if share else 0
            )
            if share < piece.samples:
                touched.add(piece.item_id)
        self._cut_through = max(self._cut_through, through)
        return {item: samples for item, samples in reached.items() if item in touched}


def _heard_of(piece: PlayedPiece, heard: Played | None) -> int:
    """Samples of a piece that were heard."""
    if heard is None or piece.utterance > heard.utterance:
        return 0
    if piece.utterance < heard.utterance:
        return piece.samples
    return max(0, min(piece.samples, heard.samples - piece.at))
