"""A caller of the swarm: `MediaStreamClient` on a picows socket, and notes of what came when.

The protocol is the simulator's; the shell is its own, because hundreds of these share a process
and a timer with whoever measures by them: picows hands over frames without a task, a queue or a
future per call, and the buffer counts sound instead of keeping it, so that hours fit in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from loadtest.simulator.clock import now_s
from loadtest.simulator.g711 import FRAME_8K, RATE_HZ
from loadtest.simulator.media_stream import MediaStreamClient
from loadtest.simulator.messages import OutboundClear, OutboundMark, OutboundMedia, StreamIds
from loadtest.simulator.playout import UTTERANCE_GAP_8K, PlayoutBuffer

REPLY_GAP_S: Final = UTTERANCE_GAP_8K / RATE_HZ
"""A buffer that was dry for this long is between two replies, not a gap inside one."""

_ACCOUNT: Final = "AC" + "0" * 32


@dataclass(slots=True)
class SpokenTurn:
    """A turn of one caller: when its speech was sent."""

    start_s: float
    end_s: float | None = None


class CountingPlayout(PlayoutBuffer[float]):
    """The carrier's buffer, in parts of a sample; counts frames and those that came too late.

    Attributes:
        frames: 20 ms frames received.
        late_frames: of these, those that came after the buffer had run dry in a reply.
    """

    def __init__(self) -> None:
        super().__init__(0.0)
        self.frames = 0
        self.late_frames = 0

    def receive(self, at_8k: float, audio: bytes) -> float:
        """Sound came in."""
        self.frames += max(1, len(audio) // FRAME_8K)
        return super().receive(at_8k, audio)

    def _ran_dry(self, at_8k: float, length_8k: float, audio: bytes) -> None:  # noqa: ARG002
        self.late_frames += 1


class SwarmCaller(WSListener):
    """One call: keeps its buffer, echoes marks, remembers when sound came.

    Args:
        index: makes its ids.
        call_sid: when the carrier's webhook was asked about it.
        account_sid: whose call it is.
        token: what the webhook's answer gave for `start`.
        playout: a buffer that keeps more than counts.
    """

    def __init__(
        self,
        index: int,
        *,
        call_sid: str = "",
        account_sid: str = _ACCOUNT,
        token: str = "",
        playout: CountingPlayout | None = None,
    ) -> None:
        super().__init__()
        self.call_sid = call_sid or f"CA{index:032x}"
        self.playout = playout or CountingPlayout()
        self.heard_s: list[float] = []
        self.turns: list[SpokenTurn] = []
        self.started_s = 0.0
        self.gone = False
        ids = StreamIds(account_sid, self.call_sid, f"MZ{index:032x}")
        self._client = MediaStreamClient(ids, {"token": token}, self.playout)
        self._transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the way out."""
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - picows' name
        """The engine has hung up."""
        self.gone = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Sound, a mark, a clear."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            self.receive(frame.get_payload_as_bytes(), now_s())

    def receive(self, message: bytes, at_s: float) -> None:
        """A message of the engine came at `at_s`."""
        received = self._client.receive(at_s * RATE_HZ, message)
        match received.message:
            case OutboundMedia():
                self.heard_s.append(at_s)
            case OutboundMark() | OutboundClear():
                for echo in received.echoes:
                    self.send(echo)

    def start(self) -> None:
        """`connected` and `start`."""
        for message in self._client.opening():
            self.send(message)
        self.started_s = now_s()

    def media(self, audio: bytes) -> None:
        """A frame of the caller, and the marks that are due."""
        self.send(self._client.media(audio))
        self.echo_due(now_s())

    def echo_due(self, at_s: float) -> None:
        """Echo the marks whose sound was played by `at_s`."""
        for echo in self._client.due(at_s * RATE_HZ):
            self.send(echo)

    def send(self, message: str) -> None:
        """Send, if there still is somebody."""
        if self._transport is not None and not self.gone:
            self._transport.send(WSMsgType.TEXT, message.encode())

    def stop(self) -> None:
        """Say that the call has ended, as the carrier does before it closes."""
        self.send(self._client.stop())

    def hang_up(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.disconnect()
