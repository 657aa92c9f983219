"""One connection to Realtime: what the server knows, and the response under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from loguru import logger
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.providers.openai.realtime.change_signal import ChangeSignal
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
from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import (
    Instruction,
    ModelRequest,
    StopReason,
    TokenUsage,
    ToolRequest,
)

SOUND_TOKENS: Final = 5
"""For each token of text that an answer may have: a second of speech is 20 and 4 of them."""

MOST_TOKENS: Final = 4096
"""The interface takes no higher limit."""


@dataclass(slots=True)
class ModelResponse:
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


class ServerSession:
    """One connection: what the server knows, and the response under way."""

    def __init__(self, socket: ClientConnection, voice: str, change: ChangeSignal) -> None:
        self._socket = socket
        self._voice = voice
        self._change = change
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()
        self._state = ResponseState.NONE
        self._wish: SessionWish | None = None
        self._numbers = 0
        self._max_tokens = 0
        self.conversation = ServerConversation()
        self.reply: ModelResponse | None = None
        self.ready = False
        self.over = False
        self.refusals: deque[MessageRefused] = deque(maxlen=8)
        """The newest messages of ours that were not taken."""

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
            self._moves(ResponseEvent.LOST, _over(_lost()))
            self._change.tell()
            self._socket.transport.abort()

    def end(self) -> None:
        """Nothing more is sent or heard on this connection."""
        self._socket.transport.abort()

    async def _send(self) -> None:
        while True:
            await self._socket.send(await self._outgoing.get())

    async def ask(self, request: ModelRequest, sounds: CallerSounds) -> ModelResponse:
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
                raise _lost()
            await self._change.wait()
        if self.over:
            raise _lost()
        self._numbers += 1
        before = self.reply
        self.reply = ModelResponse(self._numbers)
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

    def leave(self, reply: ModelResponse) -> None:
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
                self.refusals.append(event)
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
        self, event: WordsCame | SoundCame | CallCame | ResponseOver, reply: ModelResponse
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

    def _tell(self, reply: ModelResponse, sentences: list[HeldSentence]) -> None:
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
    return ResponseOver("", StopReason.COMPLETE, TokenUsage(), problem)


def _lost() -> Unavailable:
    return Unavailable("realtime.lost", "The connection to OpenAI's Realtime was lost.")
