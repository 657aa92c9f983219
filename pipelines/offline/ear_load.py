"""Whether the ears can take another call. Sans-I/O.

Recognition has a process of its own, so a worker whose frames are all in time may still be one that
understands nobody soon enough. What tells is the turns: one that came out too late to be listened
to with the dear model has only the cheap one's words. When that happens again and again no more
calls are let in, until there has been calm for a while.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

LOOK_BACK_S: Final = 20.0
LATE_AT_LEAST: Final = 3
"""One late turn is chance; so many of the last `LOOK_BACK_S` are not."""

LATE_SHARE: Final = 0.2
CALM_S: Final = 10.0
"""For so long no turn may have been late before calls are let in again."""


@dataclass(slots=True)
class EarLoad:
    """The last turns of all calls: when each ended, and whether it came too late."""

    _turns: deque[tuple[float, bool]] = field(default_factory=deque)
    _shut_until_s: float | None = None

    def heard(self, now_s: float, *, late: bool) -> None:
        """A turn has ended; `late` when the dear model had no time for it."""
        self._turns.append((now_s, late))
        self._forget(now_s)
        many = sum(was_late for _, was_late in self._turns)
        if (late and many >= max(LATE_AT_LEAST, LATE_SHARE * len(self._turns))) or (
            late and self._shut_until_s is not None
        ):
            self._shut_until_s = now_s + CALM_S

    def takes_more(self, now_s: float) -> bool:
        """Whether one more call would be understood in time."""
        if self._shut_until_s is not None and now_s >= self._shut_until_s:
            self._shut_until_s = None
        return self._shut_until_s is None

    def _forget(self, now_s: float) -> None:
        while self._turns and self._turns[0][0] < now_s - LOOK_BACK_S:
            self._turns.popleft()
