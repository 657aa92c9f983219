"""The way in: whole frames of a media socket, the usual ones past aiohttp.

A carrier sends fifty messages a second and call, and nearly all of them are one text frame with a
piece of sound. Through aiohttp each of them is a queue, a future and a task that wakes up, and
after a stall a long queue. So, once a WebSocket is open, a `MediaTap` stands between its transport
and aiohttp's protocol: it cuts the stream into frames (RFC 6455, 5.2), offers the text of whole
masked text frames to whoever `open`ed it, and hands every other frame on as it came, byte for byte.
Control frames, fragments, binary frames, closing and all that breaks the rules stay with aiohttp.

Here is also where floods end (`flood_guard`): frames are counted by their heads, before aiohttp
parses, queues or answers them. A ping has its account looked at each time, everything else now and
then.

aiohttp always gets whole frames (or, of one too long for us, all that comes), so either side may
take the next one. What it has got is told a turn of the loop later than what is taken here; the
order of sound is kept by `open`'s caller (see `socket`), and nothing else minds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from telephony.flood_guard import Flood, SocketGuard
from telephony.twilio.fields import MAX_MESSAGE_BYTES

Take = Callable[[bytes], bool]
"""Gets the text of a frame; False leaves the frame to aiohttp."""

_TEXT: Final = 0x81
"""One whole message of text, no extension."""
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_LENGTH_BYTES: Final = {126: 2, 127: 8}
_OPCODE: Final = 0x0F
_CONTROL: Final = 0x08
_CLOSE: Final = 0x08

GLANCE_FRAMES: Final = 32
GLANCE_BYTES: Final = 16 * 1024
"""After so much the account is looked at: not for every frame, which is the usual sound's."""


def unmasked(key: bytes, payload: bytes) -> bytes:
    """A client's payload without its mask. Source: RFC 6455, 5.3."""
    size = len(payload)
    mask = (key * (size // _MASK_BYTES + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)


def frame_at(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame that begins at `at` begins and ends, there or still to come.

    ``None`` when too little of its head is there to tell.
    """
    if len(data) < at + 2:
        return None
    second = data[at + 1]
    size, start = second & ~_MASKED, at + 2
    if (more := _LENGTH_BYTES.get(size, 0)) > 0:
        if len(data) < start + more:
            return None
        size = int.from_bytes(data[start : start + more])
        start += more
    if second & _MASKED:
        start += _MASK_BYTES
    return start, start + size


class MediaTap(asyncio.Protocol):
    """Stands between a transport and aiohttp's protocol.

    Args:
        inner: the protocol of the WebSocket.
        guard: the socket's account; ``None`` does not count.
        cut: ends the connection, told of what there was too much.
    """

    def __init__(
        self,
        inner: asyncio.Protocol,
        guard: SocketGuard | None = None,
        cut: Callable[[Flood], None] = lambda _: None,
    ) -> None:
        self._inner = inner
        self._guard = guard
        self._cut = cut
        self._take: Take | None = None
        self._begun = b""
        self._through = 0
        self._frames = self._bytes = 0
        self._over = False

    def open(self, take: Take) -> None:
        """From now on offer text to `take`."""
        self._take = take

    def close(self) -> None:
        """From now on everything goes to aiohttp."""
        self._take = None

    def data_received(self, data: bytes) -> None:
        """Take and hand on all frames that are complete; keep the beginning of the next."""
        self._bytes += len(data)
        if self._over or (self._bytes >= GLANCE_BYTES and self._flooded()):
            return
        if self._begun:
            data, self._begun = self._begun + data, b""
        at, there = 0, len(data)
        while at < there:
            if self._through:
                end = min(there, at + self._through)
                self._through -= end - at
                self._inner.data_received(data[at:end])
                at = end
                continue
            found = frame_at(data, at)
            if found is None:
                break
            start, end = found
            if end > there and end - start <= MAX_MESSAGE_BYTES:
                break
            if self._counted(data[at]):
                return
            if end > there:
                # A message this long is not ours; how it is refused, and what comes after it, is
                # aiohttp's to know.
                self._through = end - at
                self._take = None
            elif not self._taken(data, at, start, end):
                self._inner.data_received(data[at:end])
                at = end
            else:
                at = end
        self._begun = data[at:]

    def _counted(self, first: int) -> bool:
        """Count a frame by its first byte; whether that was one too many."""
        if first & _CONTROL:
            if first & _OPCODE == _CLOSE or self._guard is None:
                return False
            return self._end(self._guard.spend(control=1))
        self._frames += 1
        return self._frames >= GLANCE_FRAMES and self._flooded()

    def _flooded(self) -> bool:
        """Put what was read since the last look on the account; whether that was too much."""
        frames, size = self._frames, self._bytes
        self._frames = self._bytes = 0
        return self._guard is not None and self._end(self._guard.spend(messages=frames, size=size))

    def _end(self, flood: Flood | None) -> bool:
        """Whether it is over: then nothing more is looked at, and the connection is ended."""
        if flood is None:
            return False
        self._over = True
        self._take = None
        self._begun = b""
        self._cut(flood)
        return True

    def _taken(self, data: bytes, at: int, start: int, end: int) -> bool:
        """Whether a whole frame was text that somebody here has taken."""
        if self._take is None or data[at] != _TEXT or not data[at + 1] & _MASKED:
            return False
        return self._take(unmasked(data[start - _MASK_BYTES : start], data[start:end]))

    def eof_received(self) -> bool | None:
        """The peer sends no more."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        inner, self._inner = self._inner, asyncio.Protocol()  # or they would keep each other
        self._take = None
        self._cut = lambda _: None
        inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._inner.resume_writing()
