"""Sentences whose sound is ready: rendered once a worker, replayed in every call.

The greeting, the disclosure and the fillers are the same in each call, so synthesising them again
would only make the caller wait. What makes a sound is its key: provider, voice, rate and text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

from loguru import logger

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.errors import Unavailable


@dataclass(frozen=True, slots=True)
class VoiceKey:
    """Whose voice it is, and how fast it speaks."""

    provider: str
    voice: str
    words_per_minute: int


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """A piece of a sentence's sound, 16-bit PCM at 8 kHz.

    `word_starts` are sample offsets from the first sample of the sentence, for the spoken words
    that begin within this piece.
    """

    pcm_8k: bytes
    word_starts: tuple[int, ...] = ()

    @property
    def samples(self) -> int:
        """Its length."""
        return len(self.pcm_8k) // 2

    def joined(self, following: SpeechPiece) -> SpeechPiece:
        """One piece of this one and the next."""
        return SpeechPiece(self.pcm_8k + following.pcm_8k, self.word_starts + following.word_starts)


@dataclass(frozen=True, slots=True)
class ReadySentence:
    """A sentence and all of its sound."""

    text: str
    pieces: tuple[SpeechPiece, ...]

    @property
    def samples(self) -> int:
        """Its length at 8 kHz."""
        return sum(piece.samples for piece in self.pieces)

    @property
    def word_starts(self) -> tuple[int, ...]:
        """Where its spoken words begin, in samples."""
        return tuple(start for piece in self.pieces for start in piece.word_starts)

    @property
    def seconds(self) -> float:
        """Its length in time."""
        return self.samples / RATE_8K


Render = Callable[[str], AsyncIterator[SpeechPiece]]
"""Synthesises one written sentence; raises `Unavailable` when it cannot."""


@dataclass(slots=True)
class SpeechCache:
    """The ready sentences of a worker, by voice and text. Filled at start, never from calls."""

    _sentences: dict[tuple[VoiceKey, str], ReadySentence] = field(default_factory=dict)

    def get(self, voice: VoiceKey, text: str) -> ReadySentence | None:
        """The sentence in that voice, ``None`` when it is not ready."""
        return self._sentences.get((voice, text))

    async def prepare(self, voice: VoiceKey, texts: Iterable[str], render: Render) -> None:
        """Render what is not ready yet; a sentence that fails is left to be synthesised live."""
        for text in texts:
            if (voice, text) in self._sentences:
                continue
            try:
                pieces = tuple([piece async for piece in render(text)])
            except Unavailable as error:
                logger.warning("speech.not_ready: {}", error.code)
                continue
            if any(piece.samples for piece in pieces):
                self._sentences[voice, text] = ReadySentence(text, pieces)


@dataclass(frozen=True, slots=True)
class ReadyVoice:
    """One voice's part of a cache: what a call may ask for. Without `render` nothing is ready."""

    cache: SpeechCache = field(default_factory=SpeechCache)
    voice: VoiceKey = VoiceKey("none", "", 0)
    render: Render | None = None

    def get(self, text: str) -> ReadySentence | None:
        """The sentence in this voice, ``None`` when it is not ready."""
        return self.cache.get(self.voice, text)

    async def prepare(self, texts: Iterable[str]) -> None:
        """Render sentences ahead of the calls."""
        if self.render is not None:
            await self.cache.prepare(self.voice, texts, self.render)
