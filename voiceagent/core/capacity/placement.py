"""Which worker gets a request, when several share one port. Sans-I/O.

A call belongs to one worker from its webhook to its end: there its token waits, its line lives, its
person's briefing is kept. So a request goes where its call is: a media socket names the worker in
its path, a callback of the carrier names the call in its form. What belongs to nobody yet goes to
the worker with the most room, and a ringing call takes a place there at once: workers report their
room only now and then, and a burst must not go to one of them on the strength of an old report.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

HEAD_BYTES: Final = 16 * 1024
"""No more of a request is looked at; the carrier's forms are a tenth of that."""

ANSWER_S: Final = 15.0
"""A carrier waits this long for a webhook's answer; a place taken for longer was never used."""

CALLS_REMEMBERED: Final = 20_000
"""Calls whose worker is known; the oldest is forgotten first."""

RINGING: Final = frozenset({"/incoming", "/phone/calls"})
"""Where calls ring: the carrier's webhook, and the browser phone."""

_NAMED: Final = re.compile(
    r"/(?:(?:media|health|live|metrics|stats|calls|admin)/(\d{1,4})(?:/.*)?"
    r"|phone/(\d{1,4})/calls/.*)"
)
"""What is one worker's says so in its path. A browser phone's call may go on at another one."""
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_EXPECT: Final = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_CALL_SID: Final = re.compile(rb"(?:^|&)CallSid=(CA[0-9a-fA-F]{32})(?:&|$)")


@dataclass(frozen=True, slots=True)
class Head:
    """What of a request decides its worker; both are empty when the request does not say."""

    path: str
    call_sid: str


def is_too_long(seen: bytes) -> bool:
    """Whether the first `HEAD_BYTES` of a connection hold no end of a head."""
    return len(seen) >= HEAD_BYTES and b"\r\n\r\n" not in seen


def read_head(seen: bytes) -> Head | None:
    """The head of an HTTP/1.1 request (RFC 9112) and the CallSid of its form.

    Args:
        seen: the first bytes of the connection.

    Returns:
        ``None`` while more bytes are needed. What is no HTTP gives an empty head: the worker that
        gets it answers 400.
    """
    head, end, body = seen.partition(b"\r\n\r\n")
    full = len(seen) >= HEAD_BYTES
    if not end and not full:
        return None
    words = head.split(b"\r\n", 1)[0].split(b" ")
    if not end or len(words) != 3 or not words[2].startswith(b"HTTP/"):  # noqa: PLR2004
        return Head("", "")
    length = _LENGTH.search(head + b"\r\n")
    wanted = int(length[1]) if length is not None else 0
    if _EXPECT.search(head + b"\r\n"):  # sends its form only when it has been told to
        wanted = 0
    if len(body) < wanted and not full:
        return None
    call_sid = _CALL_SID.search(body[:wanted])
    path = words[1].partition(b"?")[0].decode("latin-1")
    return Head(path, call_sid[1].decode("ascii") if call_sid is not None else "")


@dataclass(slots=True)
class _Worker:
    """What is known of a worker: `free` as it reported it, and calls sent there since."""

    free: int = 0
    up: bool = False
    answered: int = 0
    placed_s: deque[float] = field(default_factory=deque)
    turn: int = 0

    @property
    def free_slots(self) -> int:
        """Places that are left, counting the calls on their way as there."""
        return self.free - len(self.placed_s)


class Placement:
    """Knows the workers and places requests.

    Args:
        workers: how many there are, named 0, 1, ...
    """

    def __init__(self, workers: int) -> None:
        self._workers = [_Worker() for _ in range(workers)]
        self._calls: dict[str, int] = {}
        self._turn = 0

    def report(self, worker: int, *, free: int, answered: int) -> None:
        """A worker is up and says how it stands.

        Args:
            worker: its number.
            free: calls it has room for.
            answered: ringing calls it has answered since it started; those are part of `free`.
        """
        known = self._workers[worker]
        for _ in range(min(answered - known.answered, len(known.placed_s))):
            known.placed_s.popleft()
        known.free, known.answered, known.up = free, answered, True

    def gone(self, worker: int) -> None:
        """A worker has ended; its calls may go on at another."""
        self._workers[worker] = _Worker(turn=self._workers[worker].turn)
        self._calls = {sid: at for sid, at in self._calls.items() if at != worker}

    def place(self, head: Head, now_s: float) -> int | None:
        """The worker for a request; ``None`` when there is none that could answer it.

        Args:
            head: of the request.
            now_s: a monotonic clock's reading.
        """
        named = _NAMED.fullmatch(head.path)
        if named is not None:
            number = int(named[1] or named[2])
            known = number < len(self._workers) and self._workers[number].up
            if known or named[1]:
                return number if known else None
        at = self._calls.get(head.call_sid)
        if at is None:
            at = self._roomiest(now_s)
        if at is None:
            return None
        if head.path in RINGING:
            self._workers[at].placed_s.append(now_s)
        if head.call_sid:
            self._remember(head.call_sid, at)
        return at

    def _roomiest(self, now_s: float) -> int | None:
        """The worker with the most room; among equals the one whose turn was longest ago."""
        for worker in self._workers:
            while worker.placed_s and now_s - worker.placed_s[0] > ANSWER_S:
                worker.placed_s.popleft()
        up = [number for number, worker in enumerate(self._workers) if worker.up]
        if not up:
            return None
        chosen = max(up, key=lambda n: (self._workers[n].free_slots, -self._workers[n].turn))
        self._turn += 1
        self._workers[chosen].turn = self._turn
        return chosen

    def _remember(self, call_sid: str, worker: int) -> None:
        self._calls.pop(call_sid, None)
        while len(self._calls) >= CALLS_REMEMBERED:
            del self._calls[next(iter(self._calls))]
        self._calls[call_sid] = worker
