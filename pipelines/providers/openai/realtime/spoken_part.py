"""A sentence of the model's on its way to the caller, by the model's own sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from pipelines.providers.openai.realtime.change_signal import ChangeSignal
from pipelines.providers.openai.realtime.held_speech import HeldSentence, HeldSpeech
from pipelines.providers.wire import loop_s

FIRST_SOUND_S: Final = 2.0
"""From a sentence that may be said to its first sound."""

NEXT_SOUND_S: Final = 1.0
"""Between two pieces of it."""

PIECE: Final = 800
"""Samples of sound that are given on at once: 100 ms."""


@dataclass(frozen=True, slots=True)
class HeldPiece:
    """Sound of an item, from sample `item_at` of it; μ-law at 8 kHz."""

    item_id: str
    item_at: int
    mulaw_8k: bytes


@dataclass(slots=True)
class SpokenPart:
    """A sentence of a response, or a part of one, on its way to the caller.

    Attributes:
        text: of the part.
        at: characters of the sentence in front of it.
        given: samples that were given out.
        complete: all of it was; without a sample when it sounded together with what came before it.
    """

    speech: HeldSpeech
    index: int
    change: ChangeSignal
    text: str
    at: int
    given: int = 0
    complete: bool = False

    @property
    def shares_sound(self) -> bool:
        """Whether it sounded with the sentences before it, and has no sound of its own."""
        return self.complete and not self.given

    @property
    def left(self) -> str:
        """What was not said: from the word that was being said on; all of it if nothing was."""
        if self.complete:
            return ""
        expected = self.speech.expected(self.index) * len(self.text) / self._whole
        done = int(len(self.text) * min(1.0, self.given / max(1.0, expected)))
        return self.text[self.text.rfind(" ", 0, done) + 1 :] if self.given else self.text

    async def sound(self) -> AsyncGenerator[HeldPiece, None]:
        """As it comes, each sample once unless it is said again; ends early when nothing comes."""
        sentence = self.speech.sentences[self.index]
        again = self.at < sentence.said_to
        sentence.said_to = max(sentence.said_to, self.at + len(self.text))
        cursor: int | None = None
        by_s = loop_s() + FIRST_SOUND_S
        while True:
            if sentence.start is not None:
                first, end = self._span(sentence)
                if cursor is None:  # what the one before has sounded too long is not said twice
                    cursor = first if again else max(first, self.speech.given_to)
                limit = self.speech.releasable(self.index)
                limit = limit if end is None else min(limit, end)
                while cursor < limit:
                    upto = min(cursor + PIECE, limit)
                    self.given += upto - cursor
                    self.speech.given_to = max(self.speech.given_to, upto)
                    sound = self.speech.cut(cursor, upto)
                    yield HeldPiece(self.speech.item_id, cursor, sound)
                    cursor, by_s = upto, loop_s() + NEXT_SOUND_S
                    end = self._span(sentence)[1]
                if end is not None and cursor >= end:
                    shared = not again and 0 < end <= self.speech.given_to
                    self.complete = bool(self.given) or shared
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
