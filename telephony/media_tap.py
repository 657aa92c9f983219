"""The way in: whole frames of a media socket, the usual ones past aiohttp.

A carrier sends fifty messages a second and call, and nearly all of them are one text frame with a
piece of sound. Through aiohttp each of them is a queue, a future and a task that wakes up, and
after a stall a long queue. So, once a WebSocket is open, a `MediaTap` stands between its transport
and aiohttp's protocol: it cuts the stream into frames (RFC 6455, 5.2), offers the text of whole
masked text frames to whoever `open`ed it, and hands every other frame on as it came, byte for byte.
Control frames, fragments, binary frames, closing and all that breaks the rules stay with aiohttp.

aiohttp always gets whole frames, so either side may take the next one. What it has got is told a
turn of the loop later than what is taken here; the order of sound is kept by `open`'s caller (see
`twilio_socket`), and nothing else minds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from telephony.twilio_fields import MAX_MESSAGE_BYTES

Take = Callable[[bytes], bool]
"""Gets the text of a frame; False leaves the frame to aiohttp."""

_TEXT: Final = 0x81
"""One whole message of text, no extension."""
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_LENGTH_BYTES: Final = {126: 2, 127: 8}


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
    """

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner = inner
        self._take: Take | None = None
        self._begun = b""
        self._through = False

    def open(self, take: Take) -> None:
        """From now on offer text to `take`."""
        self._take = take

    def close(self) -> None:
        """From now on everything goes to aiohttp."""
        self._take = None

    def data_received(self, data: bytes) -> None:
        """Take and hand on all frames that are complete; keep the beginning of the next."""
        if self._begun:
            data, self._begun = self._begun + data, b""
        at, there = 0, len(data)
        while at < there and not self._through:
            found = frame_at(data, at)
            if found is None or found[1] > there:
                # A message this long is not ours; how it is refused is aiohttp's to know.
                self._through = found is not None and found[1] - found[0] > MAX_MESSAGE_BYTES
                break
            start, end = found
            if not self._taken(data, at, start, end):
                self._inner.data_received(data[at:end])
            at = end
        if self._through:
            self._inner.data_received(data[at:])
        else:
            self._begun = data[at:]

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
        inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._inner.resume_writing()
