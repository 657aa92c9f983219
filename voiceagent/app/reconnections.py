"""How often one call may be sent to a new stream. Sans-I/O.

A carrier asks again as long as it is told to connect, so a stream that cannot be opened (a proxy
that does not pass WebSockets, a worker that refuses) would keep a caller in silence for ever. What
is counted is kept in the worker that the call belongs to; when that worker has ended, the next one
begins to count anew.
"""

from __future__ import annotations

from typing import Final

OPEN_TRIES: Final = 3
"""Streams in a row that may fail to open; then a person."""

STREAMS_MOST: Final = 12
"""Streams a call may have in all, opened or not."""

CALLS_COUNTED: Final = 4096
"""Calls that are counted at one time; the one rung longest ago is forgotten first."""


class Reconnections:
    """Counts the streams of calls, by CallSid."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int]] = {}  # unopened in a row, all

    def connecting(self, call_sid: str) -> None:
        """A call is sent to a stream."""
        unopened, streams = self._counts.pop(call_sid, (0, 0))
        while len(self._counts) >= CALLS_COUNTED:
            del self._counts[next(iter(self._counts))]
        self._counts[call_sid] = (unopened + 1, streams + 1)

    def opened(self, call_sid: str) -> None:
        """A stream of the call was opened."""
        if (counts := self._counts.get(call_sid)) is not None:
            self._counts[call_sid] = (0, counts[1])

    def over(self, call_sid: str) -> None:
        """The call is over."""
        self._counts.pop(call_sid, None)

    def was_opened(self, call_sid: str) -> bool:
        """Whether the last stream was opened, as far as is known here."""
        return self._counts.get(call_sid, (0, 0))[0] == 0

    def may_connect(self, call_sid: str) -> bool:
        """Whether another stream may be tried."""
        unopened, streams = self._counts.get(call_sid, (0, 0))
        return unopened < OPEN_TRIES and streams < STREAMS_MOST
