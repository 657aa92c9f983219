"""Offline speech: the client of the speaking process.

There is a process for each engine (`pico_process`, `espeak_process`). espeak-ng is GPL-3 and stays
at arm's length in its own.
"""

from __future__ import annotations

import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from pipelines.offline.helper import START_S, Helper
from pipelines.offline.priority import NICENESS
from pipelines.offline.voices import VoiceEngine
from voiceagent.errors import Unavailable

WORD: Final = struct.Struct("<IIi")
"""One word on the wire: first character, length, sample offset."""

COUNT: Final = struct.Struct("<I")


class SpeakerRequest(IntEnum):
    """What the client sends."""

    SPEAK = 1
    CANCEL = 2


class SpeakerAnswer(IntEnum):
    """What the process answers; 0 is its "ready"."""

    SOUND = 1
    DONE = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """Where a word of the text begins in the sound.

    `char_start`, `char_length` count characters of the text; `sample_offset` counts samples at
    8 kHz from the first sample of the utterance.
    """

    char_start: int
    char_length: int
    sample_offset: int


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """A piece of sound, 16-bit PCM at 8 kHz, and the words that begin in it."""

    pcm_8k: bytes
    words: tuple[SpokenWord, ...]


class SpeakerClient:
    """Speaks for all calls of a worker: one utterance after the other, far faster than speech.

    Args:
        engine: what speaks.
        niceness: by how much the process stands back for ours.
        start_s: how long the process may take to be ready.
    """

    def __init__(
        self, engine: VoiceEngine, *, niceness: int = NICENESS, start_s: float = START_S
    ) -> None:
        self._helper = Helper(engine.module, (str(niceness),), start_s=start_s)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Keep the process running for a block; `Unavailable` when it does not start."""
        async with self._helper.running():
            yield self

    @property
    def pid(self) -> int | None:
        """Of the process, ``None`` while it is being restarted."""
        return self._helper.pid

    @property
    def restarts(self) -> int:
        """Times the process had to be started again."""
        return self._helper.restarts

    async def synthesize(
        self, text: str, *, voice: str, words_per_minute: int
    ) -> AsyncIterator[SpeechChunk]:
        """Sound of `text` as it is made; leaving the iteration early cancels the rest.

        Args:
            text: words ready for speech, no figures or symbols.
            voice: by its name in `voices`, e.g. ``en-us``.
            words_per_minute: 80 to 320.

        Raises:
            Unavailable: ``helper.…`` when the process is down or dies, ``speaker.failed``.
        """
        stream = self._helper.open()
        request = {"text": text, "voice": voice, "words_per_minute": words_per_minute}
        finished = False
        try:
            self._helper.send(SpeakerRequest.SPEAK, stream.number, json.dumps(request).encode())
            while True:
                message = await stream.get()
                match message.kind:
                    case SpeakerAnswer.SOUND:
                        yield _chunk(message.payload)
                    case SpeakerAnswer.DONE:
                        finished = True
                        return
                    case _:
                        finished = True
                        raise Unavailable("speaker.failed", message.payload.decode())
        finally:
            self._helper.close(stream)
            if not finished:
                self._cancel(stream.number)

    def _cancel(self, number: int) -> None:
        try:
            self._helper.send(SpeakerRequest.CANCEL, number)
        except Unavailable:
            return  # a process that is gone speaks no more


def encode_chunk(pcm_8k: bytes, words: list[SpokenWord]) -> bytes:
    """A chunk as it goes over the pipe."""
    packed = b"".join(WORD.pack(w.char_start, w.char_length, w.sample_offset) for w in words)
    return COUNT.pack(len(words)) + packed + pcm_8k


def _chunk(payload: bytes) -> SpeechChunk:
    (count,) = COUNT.unpack_from(payload)
    sound_at = COUNT.size + count * WORD.size
    words = tuple(
        SpokenWord(*fields) for fields in WORD.iter_unpack(payload[COUNT.size : sound_at])
    )
    return SpeechChunk(payload[sound_at:], words)
