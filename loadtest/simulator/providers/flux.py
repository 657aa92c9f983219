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
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiohttp import web

from loadtest.simulator.g711 import RATE_HZ
from loadtest.simulator.providers import deepgram_messages as said
from loadtest.simulator.providers.deepgram_messages import Json, seconds
from loadtest.simulator.providers.deepgram_socket import (
    BLOCK_8K,
    ListenEmulator,
    SoundConnection,
    SoundQuery,
    sound_of,
)
from loadtest.simulator.providers.faults import FaultName, on_the_socket
from loadtest.simulator.providers.hearing import HeardWord

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
class FluxQuery(SoundQuery):
    """What the query asks for; `eager` is None where the feature is off."""

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
        encoding, rate_hz = sound_of(query)
        end = float(query.get("eot_threshold", "0.7"))
        eager = float(query["eager_eot_threshold"]) if "eager_eot_threshold" in query else None
        timeout_ms = int(query.get("eot_timeout_ms", "5000"))
        if not 0.5 <= end <= 1.0 or not 500 <= timeout_ms <= 60000:  # noqa: PLR2004 - their ranges
            raise ValueError("Bad Request: eot_threshold or eot_timeout_ms is out of range.")
        if eager is not None and not 0.3 <= eager <= min(0.9, end):  # noqa: PLR2004 - as above
            raise ValueError("Bad Request: eager_eot_threshold is out of range.")
        return cls(encoding, rate_hz, eager, end, timeout_ms * 8)


class FluxEmulator(ListenEmulator["FluxConnection"]):
    """Flux, as far as a client sees it; its delays are from the sound to what is told of it."""

    ids = "00000000-0000-4000-9000-{:012d}"

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Serves ``/v2/listen``."""
        client = await self.let_in(request, FluxQuery.read)
        if isinstance(client, web.Response):
            return client
        connection = FluxConnection(
            self, client.query, client.request_id, client.socket, request.transport
        )
        connection.empty = client.will(FaultName.EMPTY_SUCCESS)
        self.connections.append(connection)
        connection.say_hello()
        await connection.serve()
        return client.socket


def add_flux(app: web.Application, flux: FluxEmulator) -> None:
    """Serves Flux beside what an application serves."""
    app.router.add_get("/v2/listen", flux.listen)


@dataclass
class FluxConnection(SoundConnection[FluxEmulator, FluxQuery]):
    """One connection.

    Attributes:
        told: the events that were told, oldest first.
    """

    told: list[FluxEvent] = field(default_factory=list)
    _state: FluxState = FluxState.READY
    _outbox: asyncio.Queue[tuple[float, Json] | None] = field(default_factory=asyncio.Queue)
    _turn: int = 0
    _start_8k: int = 0
    _updated_8k: int = 0
    _silent_8k: int = 0

    def say_hello(self) -> None:
        """The first message of a connection."""
        self._outbox.put_nowait((0.0, {"type": "Connected"}))

    def _over(self) -> None:
        self._outbox.put_nowait(None)

    def _control(self, kind: str) -> None:
        match kind:
            case "ForceEndTurn":
                if self._state is not FluxState.READY:
                    self._end("manual", self._words())
            case "CloseStream":
                self._over()
            case _:  # a KeepAlive among them
                message = "That is no message of a client."
                error: Json = {"type": "Error", "code": "UNPARSABLE_CLIENT_MESSAGE"}
                self._outbox.put_nowait((0.0, error | {"description": message}))
                self._over()

    def _block(self, end: int, *, loud: bool) -> None:
        """Voice and silence move the turn, and every so often it is told anyhow."""
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
        """Lets happen what the script has for this moment of a turn.

        Raises:
            ConnectionGone: nothing more is said.
        """
        fault = self._fault()
        if fault is None:
            return
        match fault.name:
            case FaultName.EMPTY_SUCCESS:
                self.empty = True
            case name if name.in_words:
                _, code, message = said.HTTP_ERRORS[name]
                await self._break_off({"type": "Error", "code": code, "description": message})
            case FaultName.DRIBBLE:
                await self.emulator.sleep(fault.wait_s)
            case _:
                await on_the_socket(fault, self.transport, self.emulator.sleep)
