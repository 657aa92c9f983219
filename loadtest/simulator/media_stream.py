"""The carrier's end of one media stream: what it sends, and what the engine's messages do to it.

The one emulation of it: the call emulator, the swarm, the panel and the tests' own callers are
shells that move these messages over a socket, each in its own way. Sans-I/O: the shell says when
something came and sends what is returned, in order; marks become due with time, so it asks for
them (`due`) at least every 20 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from loadtest.simulator.messages import (
    CONNECTED,
    Incoming,
    OutboundClear,
    OutboundMark,
    OutboundMedia,
    StreamIds,
    StreamWriter,
    parse,
)
from loadtest.simulator.playout import PlayoutBuffer, Time


@dataclass(frozen=True, slots=True)
class Received(Generic[Time]):
    """What a message of the engine did.

    Attributes:
        message: it.
        echoes: messages to send now: marks whose sound has been played, or was thrown away.
        plays_8k: when the message's sound begins to play; ``None`` for other messages.
    """

    message: Incoming
    echoes: tuple[str, ...] = ()
    plays_8k: Time | None = None


class MediaStreamClient(Generic[Time]):
    """One stream from `start` to `stop`.

    Args:
        ids: of the stream.
        parameters: custom parameters of `start`, such as a token.
        playout: the line's buffer, which may outlive the stream; its time is ours.
    """

    def __init__(
        self, ids: StreamIds, parameters: Mapping[str, str], playout: PlayoutBuffer[Time]
    ) -> None:
        self.ids = ids
        self.playout: PlayoutBuffer[Time] = playout
        self._writer = StreamWriter(ids, parameters)

    def opening(self) -> tuple[str, str]:
        """`connected` and `start`."""
        return CONNECTED, self._writer.start()

    def media(self, audio: bytes) -> str:
        """The next frame of the caller, μ-law."""
        return self._writer.media(audio)

    def lose_frame(self) -> None:
        """The next frame of the caller is not sent: it was lost before it reached the carrier."""
        self._writer.lose_frame()

    def dtmf(self, digit: str) -> str:
        """A key."""
        return self._writer.dtmf(digit)

    def stop(self) -> str:
        """The last message."""
        return self._writer.stop()

    def receive(self, at_8k: Time, text: str | bytes) -> Received[Time]:
        """Takes a message that came at `at_8k`; what the carrier would refuse is `Invalid`."""
        message = parse(text, self.ids.stream_sid)
        match message:
            case OutboundMedia(audio=audio):
                return Received(message, plays_8k=self.playout.receive(at_8k, audio))
            case OutboundMark(name=name):
                self.playout.mark(at_8k, name)
                return Received(message, self.due(at_8k))
            case OutboundClear():
                return Received(message, self._echoes(self.playout.clear(at_8k)))
            case _:
                return Received(message)

    def due(self, at_8k: Time) -> tuple[str, ...]:
        """Echoes of the marks whose sound has been played by `at_8k`."""
        return self._echoes(self.playout.due_marks(at_8k))

    def _echoes(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._writer.mark(name) for name in names)
