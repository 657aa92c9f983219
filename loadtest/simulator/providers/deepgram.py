"""Deepgram's live recognition (``/v1/listen``), emulated on the wire.

    async with listening(DeepgramEmulator(recognise, key="dg-key").app()) as url:
        ...                             # ws of it + "/v1/listen?encoding=mulaw&sample_rate=8000"

Sound is the clock: what is sent faster than real time is heard faster. A stretch of sound is final
after `endpointing` of silence, at a Finalize, or when it is five seconds long; until then, every
half second, it is told as it stands (``interim_results``). Sources:
https://developers.deepgram.com/reference/speech-to-text/listen-streaming,
https://developers.deepgram.com/docs/finalize, https://developers.deepgram.com/docs/audio-keep-alive,
https://developers.deepgram.com/docs/close-stream, https://developers.deepgram.com/docs/endpointing.

A *request*, for the script of faults, is a stretch between two Finalizes; an EMPTY_SUCCESS at
CONNECT holds for its connection.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from aiohttp import WSMsgType, web

from loadtest.simulator.g711 import RATE_HZ, Samples
from loadtest.simulator.providers import deepgram_messages as said
from loadtest.simulator.providers.deepgram_messages import Json, Span
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

IDLE_S: Final = 10.0
"""Without sound and without KeepAlive the connection is closed after it."""

RATES_HZ: Final = range(8000, 48001)
INTERIM_8K: Final = RATE_HZ // 2
LONGEST_8K: Final = 5 * RATE_HZ
SILENT_RMS: Final = 120.0
BLOCK_8K: Final = 80


class _Why(StrEnum):
    """Why a stretch is told."""

    INTERIM = "interim"
    LONG = "long"
    PAUSE = "pause"
    FINALIZE = "finalize"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class _Due:
    """A stretch, and when it is told; loop time, seconds."""

    why: _Why
    span: Span
    at_s: float


@dataclass(frozen=True, slots=True)
class ListenQuery:
    """What the query asks for; times in samples at 8 kHz, 0 where a feature is off."""

    encoding: str
    rate_hz: int
    model: str
    interim: bool
    vad_events: bool
    endpointing_8k: int
    utterance_end_8k: int

    @classmethod
    def read(cls, query: dict[str, str]) -> ListenQuery:
        """Reads it.

        Raises:
            ValueError: one sentence, for the body of a 400.
        """
        encoding = query.get("encoding", "")
        if encoding not in ENCODINGS:
            raise ValueError("Bad Request: unsupported or missing encoding.")
        rate = query.get("sample_rate", "")
        if not rate.isdigit() or int(rate) not in RATES_HZ:
            raise ValueError("Bad Request: sample_rate is required with encoding.")
        pause = query.get("endpointing", "10")
        end = int(query.get("utterance_end_ms", "0"))
        interim = query.get("interim_results", "false") == "true"
        if end and not interim:
            raise ValueError("Bad Request: utterance_end_ms requires interim_results.")
        return cls(
            encoding=encoding,
            rate_hz=int(rate),
            model=query.get("model", "base-general"),
            interim=interim,
            vad_events=query.get("vad_events", "false") == "true",
            endpointing_8k=0 if pause == "false" else max(1, int(pause)) * 8,
            utterance_end_8k=end * 8,
        )


class DeepgramEmulator:
    """Deepgram, as far as a client of live recognition sees it.

    Args:
        recognise: the words of sound; asked about each stretch from its start.
        key: the one that is let in; "" lets everybody in.
        faults: what goes wrong.
        delays: from the end of a stretch to its final words.
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
        self.connections: list[DeepgramConnection] = []
        """Those that were opened, oldest first."""
        self.keep_alives = 0
        self._key = key
        self._numbers = itertools.count(1)

    def app(self) -> web.Application:
        """What is served."""
        app = web.Application()
        app.router.add_get("/v1/listen", self._listen)
        return app

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        request_id = f"00000000-0000-4000-8000-{next(self._numbers):012d}"
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
            query = ListenQuery.read(dict(request.query))
        except ValueError as error:
            body = said.http_error("Bad Request", str(error), request_id)
            return web.json_response(body, status=400, headers={"dg-request-id": request_id})
        socket = web.WebSocketResponse(compress=False, timeout=1.0)
        socket.headers["dg-request-id"] = request_id
        await socket.prepare(request)
        listening = DeepgramConnection(self, query, request_id, socket, request.transport)
        listening.empty = fault is not None and fault.name is FaultName.EMPTY_SUCCESS
        if fault is not None and fault.name is FaultName.DRIBBLE:
            listening.dribble = fault
        self.connections.append(listening)
        await listening.serve()
        return socket


@dataclass(slots=True)
class DeepgramConnection:
    """One connection.

    Attributes:
        heard: all sound that came, 8 kHz.
        empty: whether nothing is ever recognised.
        dribble: set while words come one by one.
    """

    emulator: DeepgramEmulator
    query: ListenQuery
    request_id: str
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    heard: Samples = field(default_factory=lambda: np.empty(0, np.int16))
    empty: bool = False
    dribble: ProviderFault | None = None
    _told: asyncio.Queue[_Due | Json | None] = field(default_factory=asyncio.Queue)
    _start_8k: int = 0
    _asked_8k: int = 0
    _looked_8k: int = 0
    _silent_8k: int = 0
    _voiced: bool = False
    _sent: int = 0
    _last_word_8k: int = 0
    _waiting: ProviderFault | None = None
    _empty: bool = False

    async def serve(self) -> None:
        """Until either side ends it."""
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
                    case WSMsgType.BINARY if message.data:
                        self._sound(message.data)
                    case WSMsgType.BINARY:
                        self._close()  # an empty message ended streams before CloseStream did
                    case WSMsgType.TEXT:
                        self._control(message.data)
                    case _:
                        break
        except TimeoutError:
            code, reason = said.NO_DATA
            await self.socket.close(code=code, message=reason)
        except UndecodableAudio:
            code, reason = said.NOT_AUDIO
            await self.socket.close(code=code, message=reason)
        self._told.put_nowait(None)

    def _control(self, text: str) -> None:
        try:
            kind = json.loads(text)["type"]
        except (ValueError, KeyError, TypeError):
            kind = ""
        match kind:
            case "KeepAlive":
                self.emulator.keep_alives += 1
            case "Finalize":
                if len(self.heard) > self._start_8k:
                    self._cut(_Why.FINALIZE, len(self.heard))
            case "CloseStream":
                self._close()
            case _:
                self._told.put_nowait(
                    said.error("UnparsableClientMessage", "That is no message of a client.")
                )

    def _close(self) -> None:
        if len(self.heard) > self._start_8k:
            self._cut(_Why.CLOSE, len(self.heard))
        self._told.put_nowait(said.metadata(self.request_id, len(self.heard)))
        self._told.put_nowait(None)

    def _sound(self, audio: bytes) -> None:
        came = decoded(audio, self.query.encoding, self.query.rate_hz)
        self.heard = np.concatenate([self.heard, came])
        for end in range(self._looked_8k + BLOCK_8K, len(self.heard) + 1, BLOCK_8K):
            self._block(self.heard[self._looked_8k : end], end)
            self._looked_8k = end
        end = len(self.heard)
        if end - self._start_8k >= LONGEST_8K:
            self._cut(_Why.LONG, end)
        elif self.query.interim and end - self._asked_8k >= INTERIM_8K:
            self._asked_8k = end
            self._told.put_nowait(_Due(_Why.INTERIM, Span(self._start_8k, end), 0.0))

    def _block(self, block: Samples, end: int) -> None:
        """Looks for voice and pauses, 10 ms at a time."""
        if float(np.sqrt((block.astype(np.float64) ** 2).mean())) > SILENT_RMS:
            if not self._voiced and self.query.vad_events:
                self._told.put_nowait(said.speech_started(end - BLOCK_8K))
            self._voiced, self._silent_8k = True, 0
            return
        self._silent_8k += BLOCK_8K
        wait = self.query.endpointing_8k
        if self._voiced and wait and self._silent_8k >= wait:
            self._cut(_Why.PAUSE, end)
        last = self._last_word_8k
        if self.query.utterance_end_8k and last and end - last >= self.query.utterance_end_8k:
            self._told.put_nowait(said.utterance_end(last))
            self._last_word_8k = 0

    def _cut(self, why: _Why, end: int) -> None:
        """What came so far is told for good."""
        if why is _Why.LONG:
            words = self._words(Span(self._start_8k, end))
            kept = [word for word in words if word.end_8k < end - self._start_8k - RATE_HZ // 2]
            if not kept:
                return
            end = self._start_8k + kept[-1].end_8k
        due_s = asyncio.get_running_loop().time() + self.emulator.delays.next_s()
        self._told.put_nowait(_Due(why, Span(self._start_8k, end), due_s))
        self._start_8k = self._asked_8k = end
        if why is not _Why.LONG:
            self._voiced = False

    def _words(self, span: Span) -> Sequence[HeardWord]:
        found = self.emulator.recognise(self.heard[span.start_8k : span.end_8k])
        if found:
            self._last_word_8k = span.start_8k + found[-1].end_8k
        return found

    async def _tell(self) -> None:
        """Says what is to be said, in order; a final after its delay."""
        while (told := await self._told.get()) is not None:
            if isinstance(told, dict):
                await self._send(told)
                continue
            why, wait_s = told.why, told.at_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                await self.emulator.sleep(wait_s)
            await self._faults()
            for message in self._messages(why, told.span):
                if self.dribble is not None:
                    await self.emulator.sleep(self.dribble.wait_s)
                await self._send(message)
                self._sent += 1
            if why is _Why.FINALIZE:
                self._sent, self._empty, self.dribble = 0, False, None
        await self.socket.close()

    def _messages(self, why: _Why, span: Span) -> Iterator[Json]:
        words = () if self.empty or self._empty else self._words(span)
        final = why is not _Why.INTERIM
        by_word = final and self.dribble is not None and len(words) > 1
        for number, (part, piece) in enumerate(
            _each_word(span, words) if by_word else [(span, words)], 1
        ):
            last = not by_word or number == len(words)
            yield said.results(
                part,
                piece,
                request_id=self.request_id,
                model=self.query.model,
                is_final=final,
                speech_final=why is _Why.PAUSE and last,
                from_finalize=why is _Why.FINALIZE and last,
            )

    async def _faults(self) -> None:
        """What the script has for this moment.

        Raises:
            ConnectionGone: nothing more is said.
        """
        faults = self.emulator.faults
        if self._sent == 0:
            fault = faults.take(FaultMoment.FIRST_BYTE)
        else:
            waiting = self._waiting or faults.take(FaultMoment.MID_STREAM)
            due = waiting is not None and self._sent >= waiting.after
            fault, self._waiting = (waiting, None) if due else (None, waiting)
        if fault is None:
            return
        match fault.name:
            case FaultName.DRIBBLE:
                self.dribble = fault
            case FaultName.EMPTY_SUCCESS:
                self._empty = True
            case name if name.in_words:
                _, code, message = said.HTTP_ERRORS[name]
                await self._send(said.error(code, message))
                close, reason = said.INTERNAL
                await self.socket.close(code=close, message=reason)
                raise ConnectionGone
            case _:
                await on_the_socket(fault, self.transport, self.emulator.sleep)

    async def _send(self, message: Json) -> None:
        with suppress(ConnectionResetError):  # the client went away, which its reader says too
            await self.socket.send_str(json.dumps(message))


def refused(name: FaultName, request_id: str, wait_s: float = 0.0) -> web.Response:
    """The answer that refuses an upgrade."""
    status, code, message = said.HTTP_ERRORS[name]
    headers = {"dg-request-id": request_id}
    if name is FaultName.RATE_LIMITED:
        headers["Retry-After"] = str(math.ceil(wait_s))
    body = said.http_error(code, message, request_id)
    return web.json_response(body, status=status, headers=headers)


def _each_word(
    span: Span, words: Sequence[HeardWord]
) -> Iterator[tuple[Span, tuple[HeardWord, ...]]]:
    """The stretch cut behind each word; the last part goes to its end."""
    at = 0
    for number, word in enumerate(words, 1):
        end = word.end_8k if number < len(words) else span.end_8k - span.start_8k
        moved = HeardWord(word.text, max(0, word.start_8k - at), word.end_8k - at)
        yield Span(span.start_8k + at, span.start_8k + end), (moved,)
        at = end
