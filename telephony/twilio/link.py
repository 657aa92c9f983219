"""The way out: our sound, marks and clears into one media socket.

Sending never waits, and never goes through a coroutine: a frame of the kind we send (one whole text
message from a server, so neither fragmented nor masked; RFC 6455, 5.2) is four bytes before the
message, and is handed to the transport as one write. Pings and the closing handshake stay with
aiohttp, whose frames are whole writes too, so the two never mix within a frame.

In place of waiting there is a bound: sound that would make more than four seconds wait inside this
process is dropped and counted. The bound is in bytes: base64 makes 4 of 3, and the JSON around it
only makes the true backlog shorter.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from aiohttp import web

from telephony.http_errors import Watch
from telephony.twilio.codec import Encoder
from voiceagent.errors import PeerMisbehaved

BACKLOG_S = 4
BACKLOG_BYTES = BACKLOG_S * 8000 * 4 // 3
_CONTROL_BYTES = 16 * 1024
"""Marks and clears are let through when sound no longer is; they are bounded all the same."""

_KERNEL_BYTES = 32 * 1024
"""Send buffer of the socket. The system's own choice would hide minutes of sound from the bound."""

WARN_EVERY = 100


def bound_kernel_buffer(transport: asyncio.BaseTransport) -> None:
    """Keep the operating system from buffering much more than `_KERNEL_BYTES` behind our back."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)


_SHORT = 126
_TEXT_WHOLE = 0x81


def text_frame(message: bytes) -> bytes:
    """`message` (shorter than 64 kB) as one text frame of a server. Source: RFC 6455, 5.2."""
    size = len(message)
    if size < _SHORT:
        return b"%c%c%b" % (_TEXT_WHOLE, size, message)
    return b"%c%c%b%b" % (_TEXT_WHOLE, _SHORT, size.to_bytes(2, "big"), message)


class TwilioLink:
    """The carrier's end of one call: a `CarrierLink`.

    Args:
        ws: a prepared WebSocket, uncompressed.
        transport: the socket below it, asked for its backlog.
        encoder: of this stream.
        watch: hears of dropped sound.
    """

    def __init__(
        self,
        ws: web.WebSocketResponse[bool],
        transport: asyncio.Transport,
        encoder: Encoder,
        watch: Watch,
    ) -> None:
        self._ws = ws
        self._transport = transport
        self._encoder = encoder
        self._watch = watch
        self._on_close: Callable[[], None] | None = None
        self.closed = False
        self.dropped = 0

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        """Queue mu-law sound for the caller, and a mark behind it, in one write.

        The sound is dropped when the carrier has stopped reading; the mark is sent all the same.
        """
        frames = b""
        if mulaw:
            media = self._encoder.media(mulaw)
            if self._has_room(len(media), BACKLOG_BYTES):
                frames = text_frame(media)
        if mark:
            frames += text_frame(self._encoder.mark(mark))
        self._send(frames)

    def send_mark(self, name: str) -> None:
        """Ask for an echo of `name` when everything sent so far has been played."""
        self._send(text_frame(self._encoder.mark(name)))

    def send_clear(self) -> None:
        """Throw away what the carrier has buffered."""
        self._send(text_frame(self._encoder.clear()))

    def close(self) -> None:
        """Close the media connection; what was sent before still leaves."""
        if self.closed:
            return
        self.closed = True
        if self._on_close is not None:
            self._on_close()

    @property
    def lost(self) -> bool:
        """Whether the connection below is gone."""
        return self._transport.is_closing()

    def when_closed(self, wake: Callable[[], None]) -> None:
        """Have `wake` called by `close`, at once if that has happened."""
        self._on_close = wake
        if self.closed:
            wake()

    def detach(self) -> None:
        """The socket is going away: from now on everything is silently ignored."""
        self.closed = True
        self._on_close = None

    def _has_room(self, size: int, bound: int) -> bool:
        """Whether so much more may wait; if not, that it is dropped is counted."""
        if self.closed or self._transport.get_write_buffer_size() + size <= bound:
            return True
        self._drop()
        return False

    def _send(self, frames: bytes) -> None:
        if self.closed or not frames:
            return
        if not self._has_room(len(frames), BACKLOG_BYTES + _CONTROL_BYTES):
            return
        if self._ws.closed or self._transport.is_closing():
            self._watch.count("link.gone")  # the reading side is about to notice
            return
        self._transport.write(frames)

    def _drop(self) -> None:
        self.dropped += 1
        self._watch.count("link.backlog")
        if self.dropped % WARN_EVERY == 1:
            self._watch.warn(
                PeerMisbehaved("link.backlog", f"The carrier reads too slowly: {self.dropped}.")
            )
