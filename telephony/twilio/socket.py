"""The media socket: moves bytes between a WebSocket, the handshake's table and the media plane.

What may be decided is decided in `twilio_handshake`; here is only I/O and its limits. A socket
waits in the `Lobby` until its `start` is believed; `accept`,
the first thing that costs money, is called after that and never before. Afterwards the socket
reads until `stop`, until the peer is gone, or until the link is closed from our side, and tells
the media plane exactly once why it ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http import WSMessageNoDecodeText

from telephony.contract import IncomingCall
from telephony.flood_guard import Flood, FloodGuard
from telephony.http_errors import Refused, Watch
from telephony.lobby import Announced, Lobby, Seat, nobody
from telephony.twilio.codec import (
    Decoder,
    Dtmf,
    Encoder,
    Event,
    Malformed,
    Mark,
    Media,
)
from telephony.twilio.fields import Fault
from telephony.twilio.handshake import Handshake, HandshakeAct, Redeem, Signal, Tokens
from telephony.twilio.link import WARN_EVERY, TwilioLink, bound_kernel_buffer
from telephony.twilio.media_tap import MediaTap, Take
from voiceagent.core.clock import SystemClock
from voiceagent.core.supervisor import LIMITS, Timer
from voiceagent.core.wire import CarrierEvents, CarrierLink, LineEnd
from voiceagent.errors import PeerMisbehaved, VoiceAgentError

FRAME_BYTES = 256 * 1024
"""Longest frame that is read at all. Those between the codec's 64 kB and this are dropped and the
call goes on; beyond it the WebSocket closes with 1009 (RFC 6455, 7.4.1)."""


REFUSED_S = 0.5
"""What is left of `Timer.HANDSHAKE` for a stranger to answer our close."""

_EARLY = "_message_tail"


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Bounds of the socket, seconds and counts.

    `handshake_s` until `start`; `accept_s` for `accept`; `close_s` for the peer's answer to our
    close, `refused_s` for a stranger's, who is thus gone after `Timer.HANDSHAKE`. `lobby` strangers
    may wait for their `start` at one time, `lobby_per_address` from one address; see `Lobby`.
    """

    handshake_s: float = LIMITS[Timer.HANDSHAKE].after_s - REFUSED_S
    accept_s: float = 5.0
    close_s: float = 2.0
    refused_s: float = REFUSED_S
    lobby: int = 256
    lobby_per_address: int = 64


@dataclass(frozen=True, slots=True)
class CallAccepted:
    """A socket whose `start` was believed. `call` is what the webhook knew, not what `start` said.

    `link` works from now on, also before `accept` has returned.
    """

    call: IncomingCall
    stream_sid: str
    link: CarrierLink


Accept = Callable[[CallAccepted], Awaitable[CarrierEvents]]
"""Opens the call and returns who hears it. May raise `VoiceAgentError`: the socket closes, and the
carrier goes on with the TwiML's `action`. Cancelled when it takes longer than `accept_s`."""

PeerAddress = Callable[[web.Request], str]
"""The address a socket is counted under."""


def direct_address(request: web.Request) -> str:
    """The address of the TCP peer; headers are not believed."""
    return request.remote or ""


class MediaSocket:
    """The handler of ``GET /media``; one object serves all calls.

    Args:
        account_sid: our own at Twilio.
        redeem: `TokenGate.redeem` or its like.
        accept: opens a call, see `Accept`.
        watch: counts ``media.<fault>``, ``handshake.<refusal or dropped input>``,
            ``lobby.dropped``, ``accept.<code>``, ``link.backlog``, ``link.gone``,
            ``flood.<kind>`` (`flood_guard`).
        limits: see `SocketLimits`.
        peer_address: whom to count a stranger under.
        announced: knows the ticket in the path of a call that has rung.
        tokens: required unless this machine talks to itself.
        floods: what a socket may send.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        redeem: Redeem,
        accept: Accept,
        watch: Watch,
        limits: SocketLimits | None = None,
        peer_address: PeerAddress = direct_address,
        announced: Announced = nobody,
        tokens: Tokens = Tokens.REQUIRED,
        floods: FloodGuard | None = None,
    ) -> None:
        self._floods = floods or FloodGuard(SystemClock().monotonic)
        self._cut_off = 0
        self._account_sid = account_sid
        self._redeem = redeem
        self._accept = accept
        self._watch = watch
        self._limits = limits or SocketLimits()
        self._peer_address = peer_address
        self._tokens = tokens
        self._lobby = Lobby(
            self._limits.lobby,
            self._limits.lobby_per_address,
            announced=announced,
            dropped=lambda: watch.count("lobby.dropped"),
        )

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket from upgrade to close."""
        ws: web.WebSocketResponse[bool] = web.WebSocketResponse(
            compress=False,
            max_msg_size=FRAME_BYTES,
            timeout=self._limits.close_s,
            decode_text=False,
        )
        machine = Handshake(account_sid=self._account_sid, redeem=self._redeem, tokens=self._tokens)
        wire = _Wire(ws, machine, self._watch)
        transport, address = request.transport, self._peer_address(request)
        guard = self._floods.stranger(address)
        tap = MediaTap(request.protocol, guard, lambda flood: self._cut(flood, transport))
        ticket = request.match_info.get("ticket", "")
        try:
            with self._lobby.seat(address, ticket) as seat:
                refuse_haste(request.protocol)
                refuse_bytes(request.headers)
                await ws.prepare(request)
                if transport:  # now, before the client can know that it may send
                    transport.set_protocol(tap)
                act = await wire.greet(seat, self._limits.handshake_s)
        except Refused as refused:
            self._watch.count(refused.code)
            return refused.response()
        code = WSCloseCode.OK
        if act is HandshakeAct.REFUSE:
            self._watch.count(f"handshake.{machine.refusal}")
            code = WSCloseCode.POLICY_VIOLATION
        elif act is HandshakeAct.ACCEPT and machine.start and machine.call and transport:
            bound_kernel_buffer(transport)
            guard.believe()
            link = TwilioLink(ws, transport, Encoder(machine.start.stream_sid), self._watch)
            accepted = CallAccepted(machine.call, machine.start.stream_sid, link)
            try:
                code = await self._serve(wire, tap, link, accepted)
            finally:
                link.detach()
        # A stranger who said nothing will hardly answer our close; nobody waits for that.
        patience_s = self._limits.refused_s if act is HandshakeAct.REFUSE else None
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await ws.close(code=code)
        _forget_how(ws.exception())
        return ws

    async def _serve(
        self, wire: _Wire, tap: MediaTap, link: TwilioLink, accepted: CallAccepted
    ) -> WSCloseCode:
        """Open the call and carry it to its end; returns the WebSocket's close code."""
        try:
            async with asyncio.timeout(self._limits.accept_s):
                events = await self._accept(accepted)
        except (VoiceAgentError, TimeoutError) as error:
            code = error.code if isinstance(error, VoiceAgentError) else "timeout"
            self._watch.count(f"accept.{code}")
            return WSCloseCode.TRY_AGAIN_LATER
        end = LineEnd.FAILED
        try:
            end = await wire.carry(tap, link, events)
        except asyncio.CancelledError:  # a server may be told to cancel when the peer is gone
            end = LineEnd.CALLER if link.lost else LineEnd.FAILED
            raise
        finally:
            link.detach()
            events.on_closed(end)
        return WSCloseCode.OK

    def _cut(self, flood: Flood, transport: asyncio.BaseTransport | None) -> None:
        """End a connection that sends too much; it is not worth a closing handshake."""
        self._watch.count(flood)
        self._cut_off += 1
        if self._cut_off % WARN_EVERY == 1:
            text = f"{self._cut_off} sockets were cut off, the latest for {flood}."
            self._watch.warn(PeerMisbehaved("flood.cut_off", text))
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()


def refuse_haste(protocol: object) -> None:
    """Turn away a client that has sent frames before its upgrade was answered (RFC 6455, 4.1).

    aiohttp keeps them aside and parses them all at once, past every bound of ours, and has no
    public word for them (`RequestHandler._message_tail`).

    Raises:
        Refused: ``flood.too_soon``.
    """
    if getattr(protocol, _EARLY, b""):
        raise Refused(400, Flood.TOO_SOON, "Frames were sent before the answer.")


def refuse_bytes(headers: Mapping[str, str]) -> None:
    """Turn away an upgrade whose fields are not all ASCII (RFC 6455, 4.1): none could be answered.

    Raises:
        Refused: ``handshake.field``.
    """
    for name, value in headers.items():
        if name.lower().startswith("sec-websocket-") and not value.isascii():
            raise Refused(400, "handshake.field", "A field of the upgrade is no ASCII.")


def _forget_how(error: BaseException | None) -> None:
    """Drop the tracebacks of an exception that its own socket keeps: they lead back to it."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


class _Wire:
    """One WebSocket and its machine: turns frames into events, and keeps account of the dropped."""

    def __init__(self, ws: web.WebSocketResponse[bool], machine: Handshake, watch: Watch) -> None:
        self._ws = ws
        self._machine = machine
        self._watch = watch
        self._decoder = Decoder()
        self._dropped = 0

    async def greet(self, seat: Seat, handshake_s: float) -> HandshakeAct:
        """Read until the stranger is believed, refused, gone, or its place wanted by another."""
        try:
            async with asyncio.timeout(handshake_s) as waiting:
                seat.waits(waiting)
                while True:
                    event = await self._next()
                    act = self._machine.feed(event)
                    if act is HandshakeAct.DROP:
                        self._drop(event)
                    elif act is not HandshakeAct.WAIT:
                        return act
        except TimeoutError:
            return self._machine.feed(Signal.TIMEOUT)

    async def carry(self, tap: MediaTap, link: TwilioLink, events: CarrierEvents) -> LineEnd:
        """Hand on what the carrier sends until the stream is over; returns who ended it.

        Usual sound and marks are taken from the tap, everything else comes by `receive`.
        """
        if self._machine.start is not None:
            self._decoder.bind(self._machine.start.stream_sid, self._machine.start.call_sid)
        loop = asyncio.get_running_loop()
        # Soon, not now: what came before is waiting in `receive`, and goes first.
        opening = loop.call_soon(tap.open, self._taker(events))
        try:
            # No deadline of its own: closing the link makes it due, and so interrupts the read.
            async with asyncio.timeout(None) as reading:
                link.when_closed(lambda: reading.reschedule(loop.time()))
                while True:
                    event = await self._next()
                    act = self._machine.feed(event)
                    if act is HandshakeAct.DELIVER:
                        _deliver(event, events)
                    elif act is HandshakeAct.DROP:
                        self._drop(event)
                    elif act is HandshakeAct.END:
                        return LineEnd.CALLER
        except TimeoutError:
            if not link.closed:
                raise
            self._machine.feed(Signal.CLOSED)
            return LineEnd.AGENT
        finally:
            opening.cancel()
            tap.close()

    def _taker(self, events: CarrierEvents) -> Take:
        """What takes usual sound and marks from the tap."""

        def take(message: bytes) -> bool:
            sound = self._decoder.sound(message)
            try:
                if sound is not None:
                    mulaw, timestamp_ms, chunk = sound
                    events.on_audio(mulaw, timestamp_ms=timestamp_ms, chunk=chunk)
                elif (name := self._decoder.echoed(message)) is not None:
                    events.on_mark(name)
                else:
                    return False
            except Exception:  # noqa: BLE001 - it comes again by `receive`, and fails there
                return False
            return True

        return take

    async def _next(self) -> Event | Signal:
        try:
            return self._event(await self._ws.receive())
        except ConnectionError:  # a ping was to be answered, and the connection is gone
            return Signal.GONE

    def _event(self, frame: WSMessageNoDecodeText) -> Event | Signal:
        if frame.type is WSMsgType.TEXT:
            return self._decoder.decode(frame.data)
        if frame.type is WSMsgType.BINARY:
            return self._decoder.drop(Fault.BINARY_FRAME)
        return Signal.GONE

    def _drop(self, event: Event | Signal) -> None:
        """Count a dropped event; every hundredth of a socket is worth a warning."""
        if isinstance(event, Malformed):
            code = f"media.{event.fault}"
        else:
            code = f"handshake.dropped_{type(event).__name__.lower()}"
        self._watch.count(code)
        self._dropped += 1
        if self._dropped % WARN_EVERY == 1:
            text = f"{self._dropped} messages of one socket were dropped, the latest for {code}."
            self._watch.warn(PeerMisbehaved("media.dropped", text))


def _deliver(event: Event | Signal, events: CarrierEvents) -> None:
    if isinstance(event, Media):
        events.on_audio(event.mulaw, timestamp_ms=event.timestamp_ms, chunk=event.chunk)
    elif isinstance(event, Mark):
        events.on_mark(event.name)
    elif isinstance(event, Dtmf):
        events.on_key(event.digit)
