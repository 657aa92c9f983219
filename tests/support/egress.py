"""What this process dials and looks up, as the interpreter itself tells it.

Python raises an audit event before every `connect`, `sendto` and name look-up of its sockets, in
whichever thread and by whichever library (https://docs.python.org/3/library/audit_events.html).
What C code dials by itself is not told: libpq of psycopg, and uvloop.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LISTENING: list[set[str]] = []
"""A hook cannot be taken away again, so one stays and tells whoever listens."""


def _heard(event: str, args: tuple[object, ...]) -> None:
    if not _LISTENING or event not in _WHERE:
        return
    host = args[_WHERE[event]]
    if isinstance(host, tuple):
        host = host[0]
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    for dialled in _LISTENING:
        dialled.add(str(host))


_WHERE = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}
"""Event -> which of its arguments says where to."""

sys.addaudithook(_heard)


@contextmanager
def recorded() -> Iterator[set[str]]:
    """The hosts that are dialled or looked up within the block: IP literals and names."""
    dialled: set[str] = set()
    _LISTENING.append(dialled)
    try:
        yield dialled
    finally:
        _LISTENING.remove(dialled)
