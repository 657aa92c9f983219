"""Stub services with fixed delays: what the bench puts where providers would be.

They do the least that a provider does and take exactly the time they are told to, inside the
process, so that what is measured is the engine. Delays, words and sound are those of the bots that
the engine is compared with (``loadtest/baselines``): a final transcript 50 ms after the end of the
turn, the model's first word after 100 ms, the first sound after 50 ms, replies of three seconds.

`StubSTT` has the same words for every turn. It is a streaming recogniser: asked for its transcript
so far, it gives as many of its words as can have been said in the sound it has got.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final

import numpy as np
from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from pipelines.conversation import Input, InputKind, Mouth
from pipelines.transport import SAMPLE_RATE_8K
from voiceagent.core.expecting import Expecting

FINAL_S: Final = 0.05
"""End of the caller's turn to the final transcript."""

FIRST_WORD_S: Final = 0.1
"""The caller's words to the model's."""

FIRST_SOUND_S: Final = 0.05
"""The model's words to their first sound."""

HEARD: Final = "hello there how are you"
SAID: Final = "Sure, I can help with that."

REPLY_S: Final = 3.0
_CHUNK_BYTES: Final = 3200
_WORD_BYTES: Final = SAMPLE_RATE_8K * 2 * 3 // 10
"""Sound of one word, 300 ms: nobody says three words in half a second."""


def noise(seconds: float) -> bytes:
    """Noise at the level of speech, 16-bit PCM at 8 kHz; the same at every call."""
    samples = np.random.default_rng(0).standard_normal(int(seconds * SAMPLE_RATE_8K))
    return (samples * 3000).astype("<i2").tobytes()


class StubSTT(STTService):
    """Hears `HEARD` in every turn."""

    def __init__(self) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=FINAL_S,
            settings=STTSettings(model="stub", language=None),
        )
        self._heard_bytes = 0

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Take a piece of the caller's turn."""
        self._heard_bytes += len(audio)
        yield None

    async def ask_partial(self) -> None:
        """Push the words that can have been said by now."""
        words = HEARD.split()[: self._heard_bytes // _WORD_BYTES]
        if words:
            text = " ".join(words)
            await self.push_frame(InterimTranscriptionFrame(text, "caller", time_now_iso8601()))

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._heard_bytes = 0

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        self.create_task(self._finish(), "final")

    async def _finish(self) -> None:
        await asyncio.sleep(FINAL_S)
        final = TranscriptionFrame(HEARD, "caller", time_now_iso8601())
        final.finalized = True
        await self.push_frame(final)


class StubTTS(TTSService):
    """Says everything as the same sound.

    Args:
        pcm_8k: what a sentence sounds like.
    """

    def __init__(self, pcm_8k: bytes) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE_8K,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="stub", voice="", language=None),
        )
        self._pcm_8k = pcm_8k

    async def run_tts(
        self,
        text: str,  # noqa: ARG002 - everything sounds the same
        context_id: str,
    ) -> AsyncGenerator[Frame | None, None]:
        """The sound, after its delay, in pieces of 200 ms."""
        await asyncio.sleep(FIRST_SOUND_S)
        for at in range(0, len(self._pcm_8k), _CHUNK_BYTES):
            piece = self._pcm_8k[at : at + _CHUNK_BYTES]
            yield TTSAudioRawFrame(piece, SAMPLE_RATE_8K, 1, context_id=context_id)


class StubConversation:
    """A model that answers every turn with `SAID`: takes the seat of `Conversation`.

    It does not greet, and prompts nobody who is silent.

    Args:
        mouth: where words go.
        cut: whether the caller has cut the reply under way off; a model's words end there.
    """

    def __init__(self, mouth: Mouth, cut: Callable[[], bool]) -> None:
        self._mouth = mouth
        self._cut = cut
        self._inbox: asyncio.Queue[Input] = asyncio.Queue()

    def put(self, item: Input) -> None:
        """Queue an input."""
        if item.kind is InputKind.HEARD:
            self._inbox.put_nowait(item)

    async def run(self) -> None:
        """Answer every turn until cancelled."""
        while True:
            await self._mouth.begin(await self._inbox.get())
            await asyncio.sleep(FIRST_WORD_S)
            if not self._cut():
                await self._mouth.say(SAID)
            await self._mouth.end(Expecting.ANYTHING, hang_up=None)
