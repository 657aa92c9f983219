"""Cartesia's speech as a pipecat TTS service."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from pipelines.providers.cartesia.client import CartesiaClient
from pipelines.ready_speech import SpeechPiece
from pipelines.transport import SAMPLE_RATE_8K, TimedAudioFrame
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.language.aloud import spoken, written_in


async def cartesia_speech(client: CartesiaClient, text: str) -> AsyncGenerator[SpeechPiece, None]:
    """Sound of one written sentence as it is made, with where its spoken words begin.

    Raises:
        Unavailable: see `CartesiaClient.speak`; a refused key too, which nobody on the line mends.
    """
    words = spoken(text)
    if not words:
        return
    try:
        async with aclosing(client.speak(words, language=written_in(text).language)) as pieces:
            async for piece in pieces:
                yield piece
    except OwnerFixable as error:
        raise Unavailable(error.code, error.message) from error


class CartesiaTTS(TTSService):
    """Speaks the written sentences of one call.

    Args:
        client: shared by all calls.
        model, voice: for reports.
    """

    def __init__(self, client: CartesiaClient, *, model: str, voice: str) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE_8K,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=model, voice=voice, language=None),
        )
        self._client = client

    def can_generate_metrics(self) -> bool:
        """Latency is measured by the session's turn clock, not by pipecat."""
        return False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Speak one written sentence; frames carry where its spoken words begin."""
        try:
            async with aclosing(cartesia_speech(self._client, text)) as pieces:
                async for piece in pieces:
                    yield TimedAudioFrame.of(piece, context_id)
        except Unavailable as error:
            yield ErrorFrame(error=str(error))
