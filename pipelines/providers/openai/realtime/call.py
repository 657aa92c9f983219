"""One call's session with Realtime: asked as a language model is, heard as a voice is.

    call = RealtimeCall(account, sounds)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(call.run())
        async for event in call.reply(request): ...        # sentences and requests of tools
        part = call.part("Shall I book it?")               # the sound of a sentence it said

A sentence's sound is there for whoever asks for the sentence, which happens only once the guard let
it pass (`held_speech`). A connection that is lost fails the reply, as any model's would, and is
opened anew; the new session is told what was said.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from loguru import logger

from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.providers.openai.realtime.change_signal import ChangeSignal
from pipelines.providers.openai.realtime.events import ResponseOver
from pipelines.providers.openai.realtime.held_speech import HeldSentence, HeldSpeech
from pipelines.providers.openai.realtime.session import ServerSession
from pipelines.providers.openai.realtime.spoken_part import SpokenPart
from pipelines.providers.wire import SocketVendor, loop_s, open_socket, rest, wait_s
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.language_model import (
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
    TextPiece,
    ToolRequest,
)

CONNECT_S: Final = 3.0
STABLE_S: Final = 2.0
"""A connection that lasted so long is followed by another at once."""

OPENING_S: Final = 0.3
"""How long an answer waits for a connection that is being opened."""

REMEMBERED: Final = 6
"""Responses whose sound is kept, to be said again when the caller missed it."""

VENDOR: Final = SocketVendor(
    "realtime",
    "OpenAI's Realtime",
    "OPENAI_API_KEY",
    "OPENAI_REALTIME_URL",
    "OPENAI_REALTIME_MODEL",
)


@dataclass(frozen=True, slots=True)
class RealtimeAccount:
    """Where, with which key, model and voice."""

    url: str
    model: str
    voice: str
    key: str = field(repr=False)

    @property
    def address(self) -> str:
        """With the model that is asked for."""
        return f"{self.url.rstrip('/')}?model={quote(self.model)}"

    @property
    def headers(self) -> dict[str, str]:
        """That open it."""
        return {"Authorization": f"Bearer {self.key}"}


class RealtimeCall:
    """A call's session, and the next one when it is lost. Implements `LanguageModel`.

    Args:
        account: see there.
        sounds: of the caller's turns.
    """

    def __init__(self, account: RealtimeAccount, sounds: CallerSounds) -> None:
        self._account = account
        self._sounds = sounds
        self._session: ServerSession | None = None
        self._change = ChangeSignal()
        self._wanted = asyncio.Event()
        self._problem: Unavailable | OwnerFixable | None = None
        self._said: deque[HeldSpeech] = deque(maxlen=REMEMBERED)
        self._closed = False

    @property
    def name(self) -> str:
        """The model's, as the setting says."""
        return self._account.model

    async def run(self) -> None:
        """Has a connection until cancelled or closed."""
        failures, account = 0, self._account
        while not self._closed:
            try:
                socket = await open_socket(VENDOR, account.address, account.headers, CONNECT_S)
            except (Unavailable, OwnerFixable) as error:
                failures += 1
                self._problem = error
                self._change.tell()
                logger.warning("realtime.no_connection: {}", error.code)
                await rest(wait_s(failures, error), self._wanted, error)
                continue
            if self._closed:  # meanwhile
                socket.transport.abort()
                return
            opened_s = loop_s()
            self._session = ServerSession(socket, account.voice, self._change)
            self._problem = None
            self._change.tell()
            try:
                await self._session.serve()
            finally:
                self._session = None
            failures = 0 if loop_s() - opened_s >= STABLE_S else failures + 1
            if failures and not self._closed:
                await rest(wait_s(failures, None), self._wanted, None)

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.reply`; a piece of text is a whole sentence.

        Raises:
            Unavailable: ``realtime.away``, ``realtime.lost``, ``realtime.busy``,
                ``realtime.failed``.
        """
        session = await self._opened()
        reply = await session.ask(request, self._sounds)
        self._said.append(reply.speech)
        called = False
        try:
            while True:
                match event := await reply.coming.get():
                    case HeldSentence():
                        yield TextPiece(f"{event.text} ")
                        event.accepted = True
                        session.accepted()
                    case ToolRequest():
                        called = True
                        yield event
                    case ResponseOver():
                        if event.problem is not None:
                            raise event.problem
                        tools = called and event.why is StopReason.COMPLETE
                        why = StopReason.TOOLS if tools else event.why
                        yield ReplyEnd(why, event.usage)
                        return
        finally:
            session.leave(reply)

    async def _opened(self) -> ServerSession:
        """The session, if it is there or will be in a moment."""
        self._wanted.set()
        try:
            async with asyncio.timeout(OPENING_S):
                while self._session is None and self._problem is None:
                    await self._change.wait()
        except TimeoutError:
            pass  # said below
        if self._session is None:
            raise Unavailable("realtime.away", "OpenAI's Realtime does not answer.")
        return self._session

    def close(self) -> None:
        """Nothing more is sent: the connection ends, and there will be no other."""
        self._closed = True
        self._problem = Unavailable("realtime.closed", "This call is kept from OpenAI's Realtime.")
        if self._session is not None:
            self._session.end()
            self._session = None
        self._change.tell()

    def cut(self, heard: Mapping[str, int]) -> None:
        """The caller cut in and has heard only so many samples of these items."""
        if self._session is not None:
            self._session.cut(heard)

    def part(self, text: str) -> SpokenPart | None:
        """Where the model said this; ``None`` when it did not. Who asks is about to say it."""
        for speech in reversed(self._said):
            for index, sentence in enumerate(speech.sentences):
                at = sentence.text.find(text)
                if at < 0 or sentence.accepted is False or (at and not sentence.accepted):
                    continue
                sentence.accepted = True
                if self._session is not None:
                    self._session.accepted()
                return SpokenPart(speech, index, self._change, text, at)
        return None
