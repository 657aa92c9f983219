"""The sound of the caller's turns, kept until their words have been looked at. Sans-I/O.

A model that hears is sent a turn's sound only once its words were recognised, passed the gate that
keeps card numbers out, and were found to be the model's to answer. So it is kept here by the words
as the recogniser gave them: when the dialogue asks about other words, because some were withheld,
there is no sound for them, and they go in writing.
"""

from __future__ import annotations

from collections import deque
from typing import Final

LONGEST: Final = 60 * 8000
"""Of a turn, samples; of a longer one its end is kept."""

TURNS: Final = 4
"""Turns whose sound is kept."""


class CallerSounds:
    """Of one call; μ-law at 8 kHz."""

    def __init__(self) -> None:
        self._coming = bytearray()
        self._finished: bytes | None = None
        self._turns: deque[tuple[str, bytes]] = deque(maxlen=TURNS)

    def started(self) -> None:
        """A turn begins. One that has ended and has no words by now gets none: it is forgotten."""
        self._coming.clear()
        self._finished = None

    def sound(self, mulaw_8k: bytes) -> None:
        """Some more of it."""
        self._coming += mulaw_8k
        del self._coming[:-LONGEST]

    def finished(self) -> None:
        """The turn is over; its words are still to come."""
        self._finished = bytes(self._coming)
        self._coming.clear()

    def worded(self, text: str) -> None:
        """The words of the turn that is over."""
        if self._finished is not None:
            self._turns.append((text, self._finished))
            self._finished = None

    def of(self, text: str) -> bytes | None:
        """The sound of these words: of the last turn, or of several that went on each other."""
        sound = b""
        left = text
        for words, turn in reversed(self._turns):
            if not words or not left.endswith(words):
                return None
            sound, left = turn + sound, left[: -len(words)].rstrip()
            if not left:
                return sound
        return None
