"""The connection to Cartesia that a worker's calls share.

It is open before the first call, and another one takes its place when it is lost. A connection that
let a sentence wait too long gets no new ones: those under way may end on it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Self

from loguru import logger
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from pipelines.providers.cartesia.contexts import (
    SentenceDone,
    SpeechError,
    SpokenSentence,
    WordPlaces,
    cancel_request,
    read,
    speak_request,
)
from pipelines.providers.wire import SocketVendor, loop_s, open_socket, rest, wait_s
from pipelines.ready_speech import SpeechPiece
from voiceagent.errors import OwnerFixable, Unavailable

VERSION: Final = "2026-03-01"
"""Of their API (https://docs.cartesia.ai/2026-03-01/api-reference/tts/websocket)."""

CONNECT_S: Final = 1.5
FIRST_SOUND_S: Final = 2.0
"""From a sentence to its first sound, another connection included."""

NEXT_SOUND_S: Final = 2.0
"""Between two pieces of a sentence, and how far its sound may fall behind being heard."""

STABLE_S: Final = 2.0
"""A connection that lasted so long is followed by another at once."""

VENDOR: Final = SocketVendor(
    "cartesia", "Cartesia", "CARTESIA_API_KEY", "CARTESIA_URL", "CARTESIA_MODEL"
)


SpeechEvent = SpeechPiece | SentenceDone | SpeechError


@dataclass(frozen=True, slots=True)
class CartesiaAccount:
    """Where, with which key, model and voice sentences are spoken."""

    url: str
    model: str
    voice: str
    key: str = field(repr=False)


@dataclass(slots=True)
class _Line:
    """One connection: its sentences under way, and what is to be sent."""

    socket: ClientConnection
    sentences: dict[str, asyncio.Queue[SpeechEvent]] = field(default_factory=dict)
    parsers: dict[str, SpokenSentence] = field(default_factory=dict)
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when no new sentence may use it."""

    async def serve(self) -> None:
        """Until it is lost, or is over and its sentences are said."""
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send())
                try:
                    await self._receive()
                finally:
                    sending.cancel()
        except* ConnectionClosed:
            pass
        finally:
            self.over.set()
            lost = Unavailable("cartesia.lost", "The connection to Cartesia was lost.")
            for queue in self.sentences.values():
                queue.put_nowait(lost)
            self.socket.transport.abort()

    async def _send(self) -> None:
        while True:
            await self.socket.send(await self.outgoing.get())

    async def _receive(self) -> None:
        async for text in self.socket:
            message = read(text)
            parser = self.parsers.get(message.context_id) if message is not None else None
            if message is None or parser is None:
                continue  # of a sentence that was cut off
            event = parser.receive(message)
            if event is not None:
                self.sentences[message.context_id].put_nowait(event)

    def begin(self, name: str, spoken: str) -> asyncio.Queue[SpeechEvent]:
        """A sentence is asked for; what comes of it is put into the queue."""
        self.parsers[name] = SpokenSentence(WordPlaces(spoken))
        queue = self.sentences[name] = asyncio.Queue()
        return queue

    def end(self, name: str, *, cancel: bool) -> None:
        """Nobody waits for a sentence any more."""
        self.sentences.pop(name, None)
        self.parsers.pop(name, None)
        if self.over.is_set():
            if not self.sentences:
                self.socket.transport.abort()
        elif cancel:
            self.outgoing.put_nowait(cancel_request(name))


class CartesiaClient:
    """Speaks sentences.

    Args:
        account: see there.
    """

    def __init__(self, account: CartesiaAccount) -> None:
        self._account = account
        self._line: _Line | None = None
        self._problem: SpeechError | None = None
        self._changed = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Has a connection for a block. One that cannot be opened does not stop the block."""
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(self._stay_connected())
            try:
                yield self
            finally:
                keeping.cancel()

    async def speak(
        self, spoken: str, *, language: str = "en"
    ) -> AsyncGenerator[SpeechPiece, None]:
        """The sound of a sentence as it comes, and where its words begin.

        Ended before its end, it is cancelled at Cartesia too.

        Args:
            spoken: words as they are said, separated by single spaces.
            language: that they are in (ISO 639-1).

        Raises:
            Unavailable: no sound in time, or not to its end.
            OwnerFixable: key, voice or model are refused.
        """
        by_s = loop_s() + FIRST_SOUND_S
        for last in (False, True):
            line = await self._ready(by_s)
            sounded = False
            try:
                async with aclosing(self._over(line, spoken, language, by_s)) as pieces:
                    async for piece in pieces:
                        sounded = True
                        yield piece
            except Unavailable as error:
                if sounded or last or error.code != "cartesia.lost":
                    raise
            else:
                return

    async def _over(
        self, line: _Line, spoken: str, language: str, by_s: float
    ) -> AsyncGenerator[SpeechPiece, None]:
        """A sentence over one connection."""
        name = f"sentence-{next(self._numbers)}"
        queue, parser = line.begin(name, spoken), line.parsers[name]
        model, voice = self._account.model, self._account.voice
        line.outgoing.put_nowait(speak_request(name, spoken, language, model=model, voice=voice))
        first_s, cancel = 0.0, True
        ready: list[SpeechEvent] = []
        try:
            while True:
                if not ready:
                    try:
                        async with asyncio.timeout_at(by_s):
                            ready = [await queue.get()]
                    except TimeoutError:
                        line.over.set()
                        raise Unavailable("cartesia.late", "Cartesia's sound is late.") from None
                    ready = together(ready[0], queue)
                match event := ready.pop(0):
                    case SpeechPiece():
                        now_s = loop_s()
                        first_s = first_s or now_s
                        by_s = max(now_s, first_s + parser.seconds) + NEXT_SOUND_S
                        if now_s > first_s + parser.seconds + NEXT_SOUND_S:
                            raise Unavailable("cartesia.late", "Cartesia's sound is late.")
                        yield event
                    case SentenceDone(rest):
                        cancel = False
                        if rest is not None:
                            yield rest
                        return
                    case error:
                        cancel = False
                        if error.code == "cartesia.no_sound":
                            line.over.set()
                        raise error
        finally:
            line.end(name, cancel=cancel)

    async def _ready(self, by_s: float) -> _Line:
        """A connection for a sentence."""
        self._wanted.set()
        while True:
            line = self._line
            if line is not None and not line.over.is_set():
                return line
            left_s = by_s - loop_s()
            if self._problem is not None and (left_s <= 0 or wait_s(1, self._problem) > left_s):
                raise self._problem
            if left_s <= 0:
                raise Unavailable("cartesia.unreachable", "Cartesia does not answer.")
            try:
                async with asyncio.timeout(left_s), self._changed:
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _stay_connected(self) -> None:
        """Has a connection for new sentences, and serves older ones to their end."""
        async with asyncio.TaskGroup() as lines:
            await self._open_one_after_another(lines)

    async def _open_one_after_another(self, lines: asyncio.TaskGroup) -> None:
        failures = 0
        headers = {"X-API-Key": self._account.key, "Cartesia-Version": VERSION}
        address = f"{self._account.url.rstrip('/')}/tts/websocket"
        while True:
            try:
                socket = await open_socket(VENDOR, address, headers, CONNECT_S)
            except (Unavailable, OwnerFixable) as error:
                failures += 1
                logger.warning("cartesia.no_connection: {}", error.code)
                await self._has(None, error)
                await rest(wait_s(failures, error), self._wanted, error)
                continue
            line, opened_s = _Line(socket), loop_s()
            lines.create_task(line.serve())
            await self._has(line, None)
            await line.over.wait()
            failures = 0 if loop_s() - opened_s >= STABLE_S else failures + 1
            if failures:
                await rest(wait_s(failures, None), self._wanted, None)

    async def _has(self, line: _Line | None, problem: SpeechError | None) -> None:
        async with self._changed:
            self._line, self._problem = line, problem
            self._changed.notify_all()


def together(first: SpeechEvent, queue: asyncio.Queue[SpeechEvent]) -> list[SpeechEvent]:
    """An event with what came with it, sound as one piece: each has a way to go to the line."""
    joined = [first]
    while not queue.empty():
        event, last = queue.get_nowait(), joined[-1]
        if isinstance(event, SpeechPiece) and isinstance(last, SpeechPiece):
            joined[-1] = last.joined(event)
        else:
            joined.append(event)
    return joined
