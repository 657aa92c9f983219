"""What one line was told and asked, in order: all it takes to run the line again and decide alike.

A line owns no clock and no thread. It is moved by steps from outside (a packet, a mark, sound of
ours, a tick), by what clocks say in them, and by what three networks answer. A `LineTape` keeps
just these, and beside them what the line decided, so that a second run can be held against it.

Of our own sound only the length is kept: nothing is decided by what it says.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from voiceagent.core.turns.interruption import SoundScores

CALL_MOST_BYTES: Final = 24_000_000
"""Kept of one line at most: about half an hour. What happens after that is not on the tape."""

STEP: Final = struct.Struct("<BBHiiif")
"""A step: `LineStep`, a flag, clock readings in it, three numbers, a probability; 20 bytes."""

NO_NUMBER: Final = -1
"""A number that was not given."""


class LineStep(IntEnum):
    """What was done to a line; the numbers a, b, c that go with it.

    AUDIO: timestamp, chunk, samples · MARK, KEY, CLOSED, CLOSE, EXPECT, HINT, ENDING: place of the
    text · SAY: utterance, bytes · END_UTTERANCE, WITHHOLD, GRANT, DROP, CLOSE_WHEN_HEARD:
    utterance · STOP_SPEAKING: through · READ_AGAIN: where the sound began
    · JUDGED: the flag is the hiss · SHED: how much.
    """

    AUDIO = 0
    MARK = 1
    KEY = 2
    CLOSED = 3
    CLOSE = 4
    SAY = 5
    END_UTTERANCE = 6
    WITHHOLD = 7
    GRANT = 8
    DROP = 9
    STOP_SPEAKING = 10
    EXPECT = 11
    HINT = 12
    ENDING = 13
    THINKING = 14
    CLOSE_WHEN_HEARD = 15
    STAY = 16
    PUMP = 17
    LISTEN = 18
    REST = 19
    JUDGED = 20
    SETTLE = 21
    WATCH = 22
    SHED = 23
    STALLED = 24
    READ_AGAIN = 25


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that was decided, at a time of the clock that decided it; `what` is for people."""

    at: str
    what: str


@dataclass(slots=True)
class ModelQuestion:
    """A question to the turn model.

    Attributes:
        asked: number of the step that asked.
        taken: whether the model took it.
        answered: number of the step that read the answer; `NO_NUMBER` when nobody did.
        probability: the answer.
    """

    asked: int
    taken: bool
    answered: int = NO_NUMBER
    probability: float = 0.0


class LineTape:
    """Of one line.

    Args:
        limit: bytes kept at most.
    """

    def __init__(self, limit: int = CALL_MOST_BYTES) -> None:
        self.begun_s = 0.0
        """When the line was made."""
        self.steps = bytearray()
        self.times = array("d")
        """Clock readings, one after the other; each step says how many are its own."""
        self.sound = bytearray()
        """The caller's, mu-law, packet after packet as it came in."""
        self.texts: list[str] = []
        self.questions: list[ModelQuestion] = []
        self.scores: dict[int, SoundScores] = {}
        """What the sound classifier said, by the position of the window."""
        self.reads_again = False
        """Whether somebody read what the line passed over; what was found is a step."""
        self.decisions: list[Decision] = []
        self.full = False
        """Whether the limit was reached; nothing that came after is on it."""
        self._limit = limit
        self._first_reading = 0
        self._number = 0

    @property
    def number(self) -> int:
        """Of the step that is being done."""
        return self._number

    def begin(self, *readings_s: float) -> None:
        """A step begins; times that it is given are the first of its readings."""
        self._first_reading = len(self.times)
        self.times.extend(readings_s)

    def end(
        self,
        step: LineStep,
        a: int = NO_NUMBER,
        b: int = NO_NUMBER,
        c: int = 0,
        *,
        x: float = 0.0,
        flag: bool = False,
    ) -> None:
        """The step is done."""
        readings = len(self.times) - self._first_reading
        try:
            self.steps += STEP.pack(step, flag, readings, a, b, c, x)
        except struct.error:  # a number that no carrier of good will sends
            self.full = True
            return
        self._number += 1
        size = len(self.steps) + len(self.sound) + 8 * len(self.times)
        if size > self._limit:
            self.full = True

    def text(self, text: str) -> int:
        """The place of a text."""
        self.texts.append(text)
        return len(self.texts) - 1

    def decided(self, what: str) -> None:
        """Something was decided in the step that is being done."""
        at_s = self.times[-1] if self.times else self.begun_s
        self.decisions.append(Decision(repr(at_s), what))
