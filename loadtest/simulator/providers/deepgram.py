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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiohttp import web

from loadtest.simulator.g711 import RATE_HZ
from loadtest.simulator.providers import deepgram_messages as said
from loadtest.simulator.providers.deepgram_messages import Json, Span
from loadtest.simulator.providers.deepgram_socket import (
    BLOCK_8K,
    ListenEmulator,
    SoundConnection,
    SoundQuery,
    sound_of,
)
from loadtest.simulator.providers.faults import (
    FaultName,
    ProviderFault,
    on_the_socket,
)
from loadtest.simulator.providers.hearing import HeardWord

INTERIM_8K: Final = RATE_HZ // 2
LONGEST_8K: Final = 5 * RATE_HZ


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
class ListenQuery(SoundQuery):
    """What the query asks for; times in samples at 8 kHz, 0 where a feature is off."""

    model: str
    language: str
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
        encoding, rate_hz = sound_of(query)
        pause = query.get("endpointing", "10")
        end = int(query.get("utterance_end_ms", "0"))
        interim = query.get("interim_results", "false") == "true"
        if end and not interim:
            raise ValueError("Bad Request: utterance_end_ms requires interim_results.")
        return cls(
            encoding=encoding,
            rate_hz=rate_hz,
            model=query.get("model", "base-general"),
            language=_language(query.get("language", "en")),
            interim=interim,
            vad_events=query.get("vad_events", "false") == "true",
            endpointing_8k=0 if pause == "false" else max(1, int(pause)) * 8,
            utterance_end_8k=end * 8,
        )


def _language(tag: str) -> str:
    """One of the languages that nova-3 is told, or "multi" for several at once.

    Source: https://developers.deepgram.com/docs/models-languages-overview
    """
    if tag != "multi" and tag.partition("-")[0] not in _LANGUAGES:
        raise ValueError("Bad Request: No such model/language combination found.")
    return tag


_LANGUAGES: Final = frozenset({"en", "es", "fr", "de", "hi", "it", "ja", "nl", "pt", "ru"})


class DeepgramEmulator(ListenEmulator["DeepgramConnection"]):
    """Deepgram, as far as a client of live recognition sees it.

    Its delays are from the end of a stretch to its final words.
    """

    keep_alives = 0
    """That came."""

    def app(self) -> web.Application:
        """What is served."""
        app = web.Application()
        app.router.add_get("/v1/listen", self._listen)
        return app

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        client = await self.let_in(request, ListenQuery.read)
        if isinstance(client, web.Response):
            return client
        listening = DeepgramConnection(
            self, client.query, client.request_id, client.socket, request.transport
        )
        listening.empty = client.will(FaultName.EMPTY_SUCCESS)
        listening.dribble = client.fault if client.will(FaultName.DRIBBLE) else None
        self.connections.append(listening)
        await listening.serve()
        return client.socket


@dataclass
class DeepgramConnection(SoundConnection[DeepgramEmulator, ListenQuery]):
    """One connection.

    Attributes:
        dribble: set while words come one by one.
    """

    dribble: ProviderFault | None = None
    _told: asyncio.Queue[_Due | Json | None] = field(default_factory=asyncio.Queue)
    _start_8k: int = 0
    _asked_8k: int = 0
    _silent_8k: int = 0
    _voiced: bool = False
    _last_word_8k: int = 0
    _empty: bool = False

    def _over(self) -> None:
        self._told.put_nowait(None)

    def _control(self, kind: str) -> None:
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
        if not audio:
            self._close()  # an empty message ended streams before CloseStream did
            return
        super()._sound(audio)
        end = len(self.heard)
        if end - self._start_8k >= LONGEST_8K:
            self._cut(_Why.LONG, end)
        elif self.query.interim and end - self._asked_8k >= INTERIM_8K:
            self._asked_8k = end
            self._told.put_nowait(_Due(_Why.INTERIM, Span(self._start_8k, end), 0.0))

    def _block(self, end: int, *, loud: bool) -> None:
        """Looks for voice and pauses."""
        if loud:
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
        """Lets happen what the script has for this moment.

        Raises:
            ConnectionGone: nothing more is said.
        """
        fault = self._fault()
        if fault is None:
            return
        match fault.name:
            case FaultName.DRIBBLE:
                self.dribble = fault
            case FaultName.EMPTY_SUCCESS:
                self._empty = True
            case name if name.in_words:
                _, code, message = said.HTTP_ERRORS[name]
                await self._break_off(said.error(code, message))
            case _:
                await on_the_socket(fault, self.transport, self.emulator.sleep)


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
