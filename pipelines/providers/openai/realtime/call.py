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
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.providers.openai.realtime.conversation import ServerConversation
from pipelines.providers.openai.realtime.events import (
    CallCame,
    MessageRefused,
    ResponseBegun,
    ResponseOver,
    ServerEvent,
    SessionReady,
    SessionWish,
    SoundCame,
    TurnCommitted,
    WordsCame,
    create_id,
    read,
    response_cancel,
    response_create,
    session_update,
)
from pipelines.providers.openai.realtime.held_speech import HeldSentence, HeldSpeech
from pipelines.providers.openai.realtime.response_table import (
    ResponseAct,
    ResponseEvent,
    ResponseState,
    moved,
)
from pipelines.providers.wire import loop_s, open_socket, rest, wait_s
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.language_model import (
    Instruction,
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

FIRST_SOUND_S: Final = 2.0
"""From a sentence that may be said to its first sound."""

NEXT_SOUND_S: Final = 1.0
"""Between two pieces of it."""

SOUND_TOKENS, MOST_TOKENS = 5, 4096
"""A second of sound is 20 tokens and as much text as 4; the interface takes no higher limit."""

PIECE: Final = 800
"""Samples of sound that are given on at once: 100 ms."""

REMEMBERED: Final = 6
"""Responses whose sound is kept, to be said again when the caller missed it."""


@dataclass(frozen=True, slots=True)
class RealtimeAccount:
    """Where, with which key, model and voice."""

    url: str
    model: str
    voice: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldPiece:
    """Sound of an item, from sample `item_at` of it; μ-law at 8 kHz."""

    item_id: str
    item_at: int
    mulaw_8k: bytes


class Change:
    """Lets any number of tasks wait until something has changed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed."""
        changed, self._next = self._next, asyncio.Event()
        changed.set()

    async def wait(self) -> None:
        """Until it does."""
        await self._next.wait()


@dataclass(slots=True)
class _Reply:
    """A response, from being asked for to its end. `left`: nobody reads on in it."""

    number: int
    speech: HeldSpeech = field(default_factory=HeldSpeech)
    coming: asyncio.Queue[HeldSentence | ToolRequest | ResponseOver] = field(
        default_factory=asyncio.Queue
    )
    response_id: str = ""
    left: bool = False
    cut_at: int | None = None

    @property
    def no_more_needed(self) -> bool:
        """Whether all that may be said of it has come."""
        if not self.left:
            return False
        if self.cut_at is not None:
            return True
        undecided = any(one.accepted is None for one in self.speech.sentences)
        return not undecided and self.speech.kept_samples is not None

    def refuse_the_rest(self) -> None:
        """What nobody has accepted by now is not said."""
        for sentence in self.speech.sentences:
            sentence.accepted = bool(sentence.accepted)


_LOST: Final = Unavailable("realtime.lost", "The connection to OpenAI's Realtime was lost.")


class _Session:
    """One connection: what the server knows, and the response under way."""

    def __init__(self, socket: ClientConnection, voice: str, change: Change) -> None:
        self._socket = socket
        self._voice = voice
        self._change = change
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()
        self._state = ResponseState.NONE
        self._wish: SessionWish | None = None
        self._numbers = 0
        self._max_tokens = 0
        self.conversation = ServerConversation()
        self.reply: _Reply | None = None
        self.ready = False
        self.over = False

    async def serve(self) -> None:
        """Until the connection is lost."""
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send())
                try:
                    async for text in self._socket:
                        if (event := read(text)) is not None:
                            self._on(event)
                            self._change.tell()
                finally:
                    sending.cancel()
        except* ConnectionClosed:
            pass
        finally:
            self.over = True
            self._moves(ResponseEvent.LOST, _over(_LOST))
            self._change.tell()
            self._socket.transport.abort()

    async def _send(self) -> None:
        while True:
            await self._socket.send(await self._outgoing.get())

    async def ask(self, request: ModelRequest, sounds: CallerSounds) -> _Reply:
        """Ask for a response, once the one before is over.

        Raises:
            Unavailable: the connection was lost meanwhile.
        """
        if self.reply is not None:
            self.reply.left = True
            self.reply.refuse_the_rest()
            self._give_up_if_heard()
        while self._state is not ResponseState.NONE or not self.ready:
            if self.over:
                raise _LOST
            await self._change.wait()
        if self.over:
            raise _LOST
        self._numbers += 1
        before = self.reply
        self.reply = _Reply(self._numbers)
        if before is not None:
            self.reply.speech.per_letter = before.speech.per_letter
        instruction = next((m.text for m in request.messages if isinstance(m, Instruction)), "")
        wish = SessionWish(instruction, request.tools, self._voice)
        if wish != self._wish:
            self._wish = wish
            self._outgoing.put_nowait(session_update(wish))
        for message in self.conversation.bring_to(request.messages, sounds.of):
            self._outgoing.put_nowait(message)
        self._max_tokens = min(MOST_TOKENS, SOUND_TOKENS * request.max_tokens)
        self._moves(ResponseEvent.ASK)
        return self.reply

    def leave(self, reply: _Reply) -> None:
        """Nobody reads on: what was accepted is still to be said."""
        reply.left = True
        if reply is self.reply:
            self._give_up_if_heard()

    def accepted(self) -> None:
        """A sentence may be said."""
        self._give_up_if_heard()
        self._change.tell()

    def cut(self, heard: Mapping[str, int]) -> None:
        """The caller has heard only so many samples of these items."""
        current = self.reply if self._state is not ResponseState.NONE else None
        for item_id, samples in heard.items():
            if current is not None and current.speech.item_id == item_id:
                current.cut_at = samples
                self._give_up_if_heard()
            else:
                self._truncate(item_id, samples)

    def _truncate(self, item_id: str, samples: int) -> None:
        for message in self.conversation.heard_to(item_id, samples):
            self._outgoing.put_nowait(message)

    def _on(self, event: ServerEvent) -> None:
        reply = self.reply
        match event:
            case SessionReady():
                self.ready = True
            case TurnCommitted():
                self.conversation.committed(event.item_id)
            case MessageRefused():
                if reply is not None and event.event_id == create_id(reply.number):
                    problem = Unavailable("realtime.failed", "OpenAI's Realtime did not answer.")
                    self._moves(ResponseEvent.REFUSED, _over(problem))
                elif event.code != "response_cancel_not_active":
                    logger.warning("realtime.refused: {}", event.code)
            case ResponseBegun():
                if reply is not None and event.number == reply.number:
                    reply.response_id = event.response_id
                    self._moves(ResponseEvent.BEGUN)
            case _:
                if reply is not None and event.response_id == reply.response_id:
                    self._on_piece(event, reply)

    def _on_piece(
        self, event: WordsCame | SoundCame | CallCame | ResponseOver, reply: _Reply
    ) -> None:
        speech = reply.speech
        match event:
            case WordsCame() if self._is_its_item(event.item_id, speech):
                self._tell(reply, speech.words(event.text))
            case SoundCame() if self._is_its_item(event.item_id, speech):
                self._tell(reply, speech.sound(event.mulaw_8k))
                self._give_up_if_heard()
            case CallCame():
                asked = event.request
                self.conversation.called(
                    event.item_id, asked.request_id, asked.name, asked.arguments
                )
                reply.coming.put_nowait(asked)
            case ResponseOver():
                self._moves(ResponseEvent.OVER, event)
            case _:
                pass

    def _is_its_item(self, item_id: str, speech: HeldSpeech) -> bool:
        """Whether something belongs to the one message of a response; a second is not spoken."""
        if not speech.item_id:
            speech.item_id = item_id
            self.conversation.said(item_id, speech)
        return speech.item_id == item_id

    def _tell(self, reply: _Reply, sentences: list[HeldSentence]) -> None:
        for sentence in sentences:
            if reply.left:
                sentence.accepted = False
            reply.coming.put_nowait(sentence)

    def _give_up_if_heard(self) -> None:
        if self.reply is not None and self.reply.no_more_needed:
            self._moves(ResponseEvent.GIVE_UP)

    def _moves(self, event: ResponseEvent, over: ResponseOver | None = None) -> None:
        self._state, act = moved(self._state, event)
        reply = self.reply
        if reply is None:
            return
        match act:
            case ResponseAct.CREATE:
                self._outgoing.put_nowait(response_create(reply.number, self._max_tokens))
            case ResponseAct.CANCEL:
                self._outgoing.put_nowait(response_cancel(reply.response_id))
            case ResponseAct.FINISH if over is not None:
                whole = over.problem is None and over.why is StopReason.COMPLETE
                self._tell(reply, reply.speech.finish(whole=whole))
                reply.coming.put_nowait(over)
                if reply.cut_at is not None and event is not ResponseEvent.LOST:
                    self._truncate(reply.speech.item_id, reply.cut_at)
            case _:
                pass


def _over(problem: Unavailable) -> ResponseOver:
    return ResponseOver("", StopReason.COMPLETE, ReplyEnd(StopReason.COMPLETE).usage, problem)


class RealtimeCall:
    """A call's session, and the next one when it is lost. Implements `LanguageModel`.

    Args:
        account: see there.
        sounds: of the caller's turns.
    """

    def __init__(self, account: RealtimeAccount, sounds: CallerSounds) -> None:
        self._account = account
        self._sounds = sounds
        self._session: _Session | None = None
        self._change = Change()
        self._wanted = asyncio.Event()
        self._said: deque[HeldSpeech] = deque(maxlen=REMEMBERED)

    @property
    def name(self) -> str:
        """The model's, as the setting says."""
        return self._account.model

    async def run(self) -> None:
        """Has a connection until cancelled."""
        failures, account = 0, self._account
        headers = {"Authorization": f"Bearer {account.key}"}
        url = f"{account.url.rstrip('/')}?model={quote(account.model)}"
        while True:
            try:
                socket = await open_socket("realtime", url, headers, CONNECT_S)
            except (Unavailable, OwnerFixable) as error:
                failures += 1
                logger.warning("realtime.no_connection: {}", error.code)
                await rest(wait_s(failures, error), self._wanted, error)
                continue
            opened_s = loop_s()
            self._session = _Session(socket, account.voice, self._change)
            try:
                await self._session.serve()
            finally:
                self._session = None
            failures = 0 if loop_s() - opened_s >= STABLE_S else failures + 1
            if failures:
                await rest(wait_s(failures, None), self._wanted, None)

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.reply`; a piece of text is a whole sentence.

        Raises:
            Unavailable: ``realtime.away``, ``realtime.lost``, ``realtime.busy``,
                ``realtime.failed``.
        """
        session = self._session
        if session is None:
            self._wanted.set()
            raise Unavailable("realtime.away", "OpenAI's Realtime does not answer.")
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


@dataclass(slots=True)
class SpokenPart:
    """A sentence of a response, or a part of one, on its way to the caller.

    Attributes:
        text: of the part.
        at: characters of the sentence in front of it.
        given: samples that were given out.
        complete: all of it was.
    """

    speech: HeldSpeech
    index: int
    change: Change
    text: str
    at: int
    given: int = 0
    complete: bool = False

    @property
    def left(self) -> str:
        """What was not said: from the word that was being said on; all of it if nothing was."""
        if self.complete:
            return ""
        expected = self.speech.expected(self.index) * len(self.text) / self._whole
        done = int(len(self.text) * min(1.0, self.given / max(1.0, expected)))
        return self.text[self.text.rfind(" ", 0, done) + 1 :] if self.given else self.text

    async def sound(self) -> AsyncGenerator[HeldPiece, None]:
        """As it comes; ends early when it does not come."""
        sentence = self.speech.sentences[self.index]
        cursor: int | None = None
        by_s = loop_s() + FIRST_SOUND_S
        while True:
            if sentence.start is not None:
                first, end = self._span(sentence)
                cursor = first if cursor is None else cursor
                limit = self.speech.releasable(self.index)
                limit = limit if end is None else min(limit, end)
                while cursor < limit:
                    upto = min(cursor + PIECE, limit)
                    self.given += upto - cursor
                    sound = self.speech.cut(cursor, upto)
                    yield HeldPiece(self.speech.item_id, cursor, sound)
                    cursor, by_s = upto, loop_s() + NEXT_SOUND_S
                    end = self._span(sentence)[1]
                if end is not None and cursor >= end:
                    self.complete = True
                    return
            if self.speech.over:
                return
            try:
                async with asyncio.timeout_at(by_s):
                    await self.change.wait()
            except TimeoutError:
                return

    @property
    def _whole(self) -> int:
        return max(1, len(self.speech.sentences[self.index].text))

    def _span(self, sentence: HeldSentence) -> tuple[int, int | None]:
        """Where the part begins and ends; it is laid over the sentence by its letters."""
        start, end = sentence.start or 0, sentence.end
        length = self.speech.expected(self.index)
        first = start + int(length * self.at / self._whole)
        if self.at + len(self.text) >= self._whole:
            return first, end
        return first, start + int(length * (self.at + len(self.text)) / self._whole)
