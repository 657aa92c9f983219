"""Which of the caller's sound may be kept: what was judged to hold no card number. Sans-I/O.

Words are known seconds after they were spoken. So sound waits: outside a turn for a moment, since a
turn is noticed after it has begun; within one until its words have passed the gate; and where they
may be the beginning of a card's number, until the next ones tell (`domain.card_watch`). What held
one is silence. So is what nobody could judge, or not in time.

Positions are samples at 8 kHz.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.domain.card_watch import Sign

BEFORE: Final = 2 * RATE_8K
"""A turn is noticed so long after its first sound at most."""

WAITS: Final = 5 * RATE_8K // 2
"""How long sound outside a turn waits; longer than `BEFORE`."""

UNJUDGED: Final = 10 * RATE_8K
"""A turn that was over so long ago, and whose words nobody told, is not judged any more."""

LONGEST: Final = 120 * RATE_8K
"""So much sound waits at most; of a longer turn the beginning is silence."""


@dataclass(slots=True)
class _Spoken:
    """A turn whose words are not judged."""

    start: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Hushed:
    """What is to be silence, between two positions."""

    since: int
    until: int


class CardHold:
    """Of one call. What it is told happens in the order of its positions."""

    def __init__(self) -> None:
        self._turns: deque[_Spoken] = deque()
        self._maybe_from: int | None = None

    @property
    def doubts(self) -> bool:
        """Whether a card's number may have begun."""
        return self._maybe_from is not None

    def started(self, now: int) -> None:
        """A turn of the caller's was noticed."""
        self._turns.append(_Spoken(max(0, now - BEFORE)))

    def finished(self, now: int) -> None:
        """It is over; its words are still to come."""
        for turn in self._turns:
            if turn.end is None:
                turn.end = now

    def judged(self, sign: Sign, now: int) -> Hushed | None:
        """The words of the oldest turn have passed the gate; what is to be silence."""
        return self._signed(sign, self._oldest(now), now)

    def key(self, sign: Sign, now: int) -> Hushed | None:
        """A key has passed the gate; what is to be silence."""
        return self._signed(sign, max(0, now - WAITS), now)

    def unheard(self, now: int) -> Hushed:
        """Nobody understood the oldest turn, and there may have been anything in it."""
        return Hushed(self._since(self._oldest(now)), now)

    def _oldest(self, now: int) -> int:
        """Where the oldest turn began, which is judged now."""
        return self._turns.popleft().start if self._turns else max(0, now - WAITS)

    def _since(self, start: int) -> int:
        """From where on, with what may have been the beginning of a number."""
        return start if self._maybe_from is None else min(start, self._maybe_from)

    def _signed(self, sign: Sign, start: int, now: int) -> Hushed | None:
        since = self._since(start)
        self._maybe_from = since if sign is Sign.MAYBE else None
        return Hushed(since, now) if sign is Sign.CARD else None

    def kept_until(self, now: int) -> int:
        """How far sound may be kept by now."""
        return max(0, min(now - WAITS, self._waits_from(now)), now - LONGEST)

    def give_up(self, now: int) -> tuple[Hushed, ...]:
        """What nobody will judge in time is to be silence."""
        hushed = []
        while self._turns and (end := self._turns[0].end) is not None and now - end >= UNJUDGED:
            hushed.append(Hushed(self._turns.popleft().start, now))
        if (since := self._waits_from(now)) < now - LONGEST:
            hushed.append(Hushed(since, now - LONGEST))
        return tuple(hushed)

    def _waits_from(self, now: int) -> int:
        waits = now if self._maybe_from is None else self._maybe_from
        return min(waits, self._turns[0].start) if self._turns else waits

    def over(self, now: int) -> Hushed | None:
        """The call is over: a turn that was not judged by now never is."""
        return Hushed(self._turns[0].start, now) if self._turns else None
