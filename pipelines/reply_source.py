"""The house policy's seat in the pipeline: where a pipecat bot has its language model.

Committed caller turns come in as context frames and leave as conversation inputs; the words of the
conversation come back as sentences for speech. A reply that the caller cut off goes quiet at once.

An interruption belongs to the replies it was aimed at. It is made here, in front of speech
synthesis and in one order with the replies, and names the last reply it cuts off; one that comes
through the pipeline was aimed at nobody knows what, has been overtaken, and ends here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipecat.frames.frames import (
    AggregatedTextFrame,
    Frame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType

from pipelines.replies import NewestReply
from pipelines.transport import ReplyCutFrame, ReplyStartFrame, StrayCounts
from voiceagent.core.wire import Played

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z¿¡ÁÉÍÓÚÑ0-9$(\"'])")


def sentences(text: str) -> list[str]:
    """Split written text into sentences: after ``.``, ``?`` or ``!`` before a capital or a figure.

    "9 a.m. Tuesday" style abbreviations do not occur: the agent writes "9 AM".
    """
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


class ReplySource(FrameProcessor):
    """Context frames in, sentences out.

    Args:
        newest: where it is noted which reply is the newest.
    """

    def __init__(self, newest: NewestReply) -> None:
        super().__init__(enable_direct_mode=True)
        self.heard: Callable[[str], None] = _nobody_listens
        """Told the text of each committed caller turn."""
        self.cut_off: Callable[[Played | None, int], None] = _nobody_asks
        """Told of each interruption, before anything that follows from it: see `interrupt`."""
        self._newest = newest
        self.cut = False
        """Whether the newest reply was cut off: nothing more of it is spoken."""
        self.strays = StrayCounts()
        """Counts interruptions that cut nothing."""
        self._early: list[Frame] = []

    @property
    def reply(self) -> int:
        """Number of the newest reply, from 1."""
        return self._newest.number

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Consume context frames and stray interruptions, pass the rest."""
        await super().process_frame(frame, direction)
        match frame:
            case LLMContextFrame():
                self.heard(_last_user_text(frame))
            case InterruptionFrame() if direction is FrameDirection.DOWNSTREAM:
                self.strays.interruptions += 1
            case _:
                await self.push_frame(frame, direction)

    async def begin(self) -> int:
        """Start a reply; its number."""
        self._newest.number += 1
        self.cut = False
        await self._send(ReplyStartFrame(reply=self.reply))
        return self.reply

    async def say(self, sentence: str) -> None:
        """Speak one sentence of the current reply, unless that was cut off."""
        if not self.cut:
            await self._send(AggregatedTextFrame(sentence, TextType.SENTENCE, raw_text=sentence))

    async def take_back(self) -> None:
        """The current reply is not to be said after all: make no more sound for it."""
        await self.interrupt(self.reply)

    async def interrupt(self, through: int, heard: Played | None = None) -> None:
        """The replies up to this number are not to be spoken any further; newer ones are.

        Args:
            through: the number.
            heard: how far the one in the caller's ear had come; ``None`` when none was.
        """
        self.cut_off(heard, through)
        if self.reply > through:
            self.strays.interruptions += 1
        elif not self.cut:
            self.cut = True
            await self._send(ReplyCutFrame(through=through))

    async def end(self) -> None:
        """The current reply is complete."""
        if not self.cut:
            await self._send(LLMFullResponseEndFrame())

    async def linked(self) -> None:
        """There is a pipeline now: what was said before goes on its way."""
        early, self._early = self._early, []
        for frame in early:
            await self.push_frame(frame)

    async def _send(self, frame: Frame) -> None:
        if self.next is None:
            self._early.append(frame)
        else:
            await self.push_frame(frame)


def _nobody_listens(_: str) -> None: ...


def _nobody_asks(_: Played | None, __: int) -> None: ...


def _last_user_text(frame: LLMContextFrame) -> str:
    for message in reversed(frame.context.messages):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else ""
    return ""
