"""Deepgram's Flux (``/v2/listen``): recognition that listens for the end of a turn, emulated.

    app = DeepgramEmulator(recognise, key="dg-key").app()       # both versions of their API
    add_flux(app, FluxEmulator(recognise, key="dg-key"))

Sound is the clock, as in `deepgram`. A turn starts with the first word; every quarter of a second,
and at each event, it is told how far was heard and what. Confidence that the turn is over grows
with the silence and with nothing else (`confidence`): a real one knows sentences too, so pauses
inside a sentence are taken for its end here more often than there. Sources:
https://developers.deepgram.com/reference/speech-to-text/listen-flux (query, messages),
https://developers.deepgram.com/docs/flux/state (the order of events),
https://developers.deepgram.com/docs/flux/force-end-turn (what ends on request, and that a request
without a turn is ignored), https://github.com/deepgram/deepgram-python-sdk/issues/649 (there is no
KeepAlive, and without sound it closes).

A *request*, for the script of faults, is a turn.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from aiohttp import WSMsgType, web

from loadtest.simulator.g711 import RATE_HZ, Samples
from loadtest.simulator.providers import deepgram_messages as said
from loadtest.simulator.providers.deepgram import BLOCK_8K, IDLE_S, RATES_HZ, SILENT_RMS, refused
from loadtest.simulator.providers.deepgram_messages import Json, seconds
from loadtest.simulator.providers.faults import (
    ConnectionGone,
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
    on_the_socket,
)
from loadtest.simulator.providers.hearing import (
    ENCODINGS,
    HeardWord,
    Recognise,
    UndecodableAudio,
    decoded,
)
from loadtest.simulator.providers.latency import NO_DELAY, DelayDraws, Sleep

MODELS: Final = ("flux-general-en", "flux-general-multi")
UPDATE_8K: Final = RATE_HZ // 4
SURE_8K: Final = RATE_HZ // 4
"""Silence at which the confidence is 0.63."""


def confidence(silent_8k: int) -> float:
    """That a turn is over after so much silence behind its last word."""
    return round(1.0 - math.exp(-silent_8k / SURE_8K), 4)


class FluxEvent(StrEnum):
    """What a `TurnInfo` tells."""

    UPDATE = "Update"
    START_OF_TURN = "StartOfTurn"
    EAGER_END_OF_TURN = "EagerEndOfTurn"
    TURN_RESUMED = "TurnResumed"
    END_OF_TURN = "EndOfTurn"


class FluxState(StrEnum):
    """Of a connection, by their names."""

    READY = "ready"
    SPEAKING = "speaking"
    AWAITING_END = "awaiting_end"


@dataclass(frozen=True, slots=True)
class FluxQuery:
    """What the query asks for; `eager` is None where the feature is off."""

    encoding: str
    rate_hz: int
    eager: float | None
    end: float
    timeout_8k: int

    @classmethod
    def read(cls, query: dict[str, str]) -> FluxQuery:
        """Reads it.

        Raises:
            ValueError: one sentence, for the body of a 400.
        """
        if query.get("model", "") not in MODELS:
            raise ValueError("Bad Request: model must be one of Flux.")
        if query.get("encoding", "") not in ENCODINGS:
            raise ValueError("Bad Request: unsupported or missing encoding.")
        rate = query.get("sample_rate", "")
        if not rate.isdigit() or int(rate) not in RATES_HZ:
            raise ValueError("Bad Request: sample_rate is required with encoding.")
        end = float(query.get("eot_threshold", "0.7"))
        eager = float(query["eager_eot_threshold"]) if "eager_eot_threshold" in query else None
        timeout_ms = int(query.get("eot_timeout_ms", "5000"))
        if not 0.5 <= end <= 1.0 or not 500 <= timeout_ms <= 60000:  # noqa: PLR2004 - their ranges
            raise ValueError("Bad Request: eot_threshold or eot_timeout_ms is out of range.")
        if eager is not None and not 0.3 <= eager <= min(0.9, end):  # noqa: PLR2004 - as above
            raise ValueError("Bad Request: eager_eot_threshold is out of range.")
        return cls(query["encoding"], int(rate), eager, end, timeout_ms * 8)


class FluxEmulator:
    """Flux, as far as a client sees it.

    Args:
        recognise: the words of sound; asked about each turn from its start.
        key: the one that is let in; "" lets everybody in.
        faults: what goes wrong.
        delays: from the sound to what is told of it.
        sleep: waits.
    """

    def __init__(
        self,
        recognise: Recognise,
        *,
        key: str = "",
        faults: FaultScript | None = None,
        delays: DelayDraws | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.recognise = recognise
        self.faults = faults if faults is not None else FaultScript()
        self.delays = delays if delays is not None else DelayDraws(NO_DELAY)
        self.sleep = sleep
        self.connections: list[FluxConnection] = []
        """Those that were opened, oldest first."""
        self._key = key
        self._numbers = itertools.count(1)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Serves ``/v2/listen``."""
        request_id = f"00000000-0000-4000-9000-{next(self._numbers):012d}"
        fault = self.faults.take(FaultMoment.CONNECT)
        if fault is not None and fault.name.of_the_socket:
            try:
                await on_the_socket(fault, request.transport, self.sleep)
            except ConnectionGone:
                return web.Response(status=500)
        if fault is not None and fault.name in said.HTTP_ERRORS:
            return refused(fault.name, request_id, fault.wait_s)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if self._key and (scheme.lower() not in ("token", "bearer") or key != self._key):
            return refused(FaultName.UNAUTHORIZED, request_id)
        try:
            query = FluxQuery.read(dict(request.query))
        except ValueError as error:
            body = said.http_error("Bad Request", str(error), request_id)
            return web.json_response(body, status=400, headers={"dg-request-id": request_id})
        socket = web.WebSocketResponse(compress=False, timeout=1.0)
        socket.headers["dg-request-id"] = request_id
        await socket.prepare(request)
        connection = FluxConnection(self, query, request_id, socket, request.transport)
        connection.empty = fault is not None and fault.name is FaultName.EMPTY_SUCCESS
        self.connections.append(connection)
        await connection.serve()
        return socket


def add_flux(app: web.Application, flux: FluxEmulator) -> None:
    """Serves Flux beside what an application serves."""
    app.router.add_get("/v2/listen", flux.listen)


@dataclass(slots=True)
class FluxConnection:
    """One connection.

    Attributes:
        heard: all sound that came, 8 kHz.
        told: the events that were told, oldest first.
        empty: whether nothing is ever recognised.
    """

    emulator: FluxEmulator
    query: FluxQuery
    request_id: str
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    heard: Samples = field(default_factory=lambda: np.empty(0, np.int16))
    told: list[FluxEvent] = field(default_factory=list)
    empty: bool = False
    _state: FluxState = FluxState.READY
    _outbox: asyncio.Queue[tuple[float, Json] | None] = field(default_factory=asyncio.Queue)
    _turn: int = 0
    _start_8k: int = 0
    _looked_8k: int = 0
    _updated_8k: int = 0
    _silent_8k: int = 0
    _sent: int = 0
    _waiting: ProviderFault | None = None

    async def serve(self) -> None:
        """Until either side ends it."""
        self._outbox.put_nowait((0.0, {"type": "Connected"}))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell())
                tasks.create_task(self._hear())
        except* (ConnectionGone, ConnectionResetError):
            pass

    async def _hear(self) -> None:
        """Reads sound and control messages."""
        try:
            while True:
                async with asyncio.timeout(IDLE_S):
                    message = await self.socket.receive()
                match message.type:
                    case WSMsgType.BINARY:
                        self._sound(message.data)
                    case WSMsgType.TEXT:
                        await self._control(message.data)
                    case _:
                        break
        except TimeoutError:
            code, reason = said.NO_DATA
            await self.socket.close(code=code, message=reason)
        except UndecodableAudio:
            code, reason = said.NOT_AUDIO
            await self.socket.close(code=code, message=reason)
        self._outbox.put_nowait(None)

    async def _control(self, text: str) -> None:
        try:
            kind = json.loads(text)["type"]
        except (ValueError, KeyError, TypeError):
            kind = ""
        match kind:
            case "ForceEndTurn":
                if self._state is not FluxState.READY:
                    self._end("manual", self._words())
            case "CloseStream":
                self._outbox.put_nowait(None)
            case _:  # a KeepAlive among them
                message = "That is no message of a client."
                error: Json = {"type": "Error", "code": "UNPARSABLE_CLIENT_MESSAGE"}
                self._outbox.put_nowait((0.0, error | {"description": message}))
                self._outbox.put_nowait(None)

    def _sound(self, audio: bytes) -> None:
        came = decoded(audio, self.query.encoding, self.query.rate_hz)
        self.heard = np.concatenate([self.heard, came])
        for end in range(self._looked_8k + BLOCK_8K, len(self.heard) + 1, BLOCK_8K):
            self._block(self.heard[self._looked_8k : end], end)
            self._looked_8k = end

    def _block(self, block: Samples, end: int) -> None:
        """10 ms: voice and silence move the turn, and every so often it is told anyhow."""
        loud = float(np.sqrt((block.astype(np.float64) ** 2).mean())) > SILENT_RMS
        self._silent_8k = 0 if loud else self._silent_8k + BLOCK_8K
        sure = 0.0 if loud else confidence(self._silent_8k)
        due = end - self._updated_8k >= UPDATE_8K
        eager = self.query.eager
        match self._state:
            case FluxState.READY if due:
                words = self._words(end)
                if words:
                    self._state = FluxState.SPEAKING
                self._say(FluxEvent.START_OF_TURN if words else FluxEvent.UPDATE, words, sure, end)
                if not words and self._silent_8k >= UPDATE_8K:
                    self._start_8k = end - UPDATE_8K
            case FluxState.READY:
                pass
            case _ if sure >= self.query.end or self._silent_8k >= self.query.timeout_8k:
                over = "model" if sure >= self.query.end else "timeout"
                self._end(over, self._words(end))
            case FluxState.SPEAKING if eager is not None and sure >= eager:
                self._state = FluxState.AWAITING_END
                self._say(FluxEvent.EAGER_END_OF_TURN, self._words(end), sure, end)
            case FluxState.AWAITING_END if loud:
                self._state = FluxState.SPEAKING
                self._say(FluxEvent.TURN_RESUMED, self._words(end), sure, end)
            case _ if due:
                self._say(FluxEvent.UPDATE, self._words(end), sure, end)
            case _:
                pass

    def _end(self, trigger: str, words: Sequence[HeardWord]) -> None:
        end = len(self.heard) if trigger == "manual" else self._looked_8k + BLOCK_8K
        self._say(FluxEvent.END_OF_TURN, words, 1.0, end, trigger=trigger)
        self._state = FluxState.READY
        self._turn += 1
        self._start_8k = end

    def _words(self, end: int | None = None) -> Sequence[HeardWord]:
        """The words of the turn so far, placed since its start."""
        if self.empty:
            return ()
        return self.emulator.recognise(self.heard[self._start_8k : end])

    def _say(
        self,
        event: FluxEvent,
        words: Sequence[HeardWord],
        sure: float,
        end: int,
        **more: str,
    ) -> None:
        self._updated_8k = end
        body: Json = {
            "type": "TurnInfo",
            "event": event.value,
            "turn_index": self._turn,
            "audio_window_start": seconds(self._start_8k),
            "audio_window_end": seconds(end),
            "transcript": " ".join(word.text for word in words),
            "words": [
                {
                    "word": word.text,
                    "confidence": 0.99,
                    "start": seconds(self._start_8k + word.start_8k),
                    "end": seconds(self._start_8k + word.end_8k),
                }
                for word in words
            ],
            "end_of_turn_confidence": sure,
            **more,
        }
        at_s = asyncio.get_running_loop().time() + self.emulator.delays.next_s()
        self._outbox.put_nowait((at_s, body))

    async def _tell(self) -> None:
        """Says what is to be said, in order, each after its delay."""
        sequence = itertools.count()
        while (told := await self._outbox.get()) is not None:
            at_s, body = told
            wait_s = at_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                await self.emulator.sleep(wait_s)
            if "event" in body:
                await self._faults()
                event = FluxEvent(str(body["event"]))
                self.told.append(event)
                self._sent = 0 if event is FluxEvent.END_OF_TURN else self._sent + 1
            await self._send({**body, "request_id": self.request_id, "sequence_id": next(sequence)})
        await self.socket.close()

    async def _faults(self) -> None:
        """What the script has for this moment of a turn.

        Raises:
            ConnectionGone: nothing more is said.
        """
        faults = self.emulator.faults
        fault: ProviderFault | None
        if self._sent == 0:
            fault = faults.take(FaultMoment.FIRST_BYTE)
        else:
            waiting = self._waiting or faults.take(FaultMoment.MID_STREAM)
            due = waiting is not None and self._sent >= waiting.after
            fault, self._waiting = (waiting, None) if due else (None, waiting)
        if fault is None:
            return
        match fault.name:
            case FaultName.EMPTY_SUCCESS:
                self.empty = True
            case name if name.in_words:
                _, code, message = said.HTTP_ERRORS[name]
                await self._send({"type": "Error", "code": code, "description": message})
                close, reason = said.INTERNAL
                await self.socket.close(code=close, message=reason)
                raise ConnectionGone
            case FaultName.DRIBBLE:
                await self.emulator.sleep(fault.wait_s)
            case _:
                await on_the_socket(fault, self.transport, self.emulator.sleep)

    async def _send(self, message: Json) -> None:
        with suppress(ConnectionResetError):  # the client went away, which its reader says too
            await self.socket.send_str(json.dumps(message))
