"""The pipecat ends of a call's Realtime session: its ear, its voice, and where its sound lies.

The cascade stays as it is. The ear stands in front of the recogniser and takes the same sound; the
voice takes the place of the cascade's, and speaks with it whatever the model did not say itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from pipelines.failover.tts import EXHAUSTED
from pipelines.heard import SpeechLedger
from pipelines.providers.openai.realtime.call import RealtimeCall
from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.providers.openai.realtime.played_places import PlayedPiece, PlayedPlaces
from pipelines.providers.openai.realtime.spoken_part import HeldPiece
from pipelines.ready_speech import Render
from pipelines.transport import (
    SAMPLE_RATE_8K,
    ReplyStartFrame,
    SharedSoundFrame,
    TimedAudioFrame,
)
from voiceagent.core.audio.g711 import mulaw_decode, mulaw_encode
from voiceagent.core.audio.samples import pcm_from_bytes, pcm_to_bytes
from voiceagent.core.wire import Played
from voiceagent.errors import Unavailable


@dataclass
class ItemAudioFrame(TimedAudioFrame):
    """Speech that knows which item of the model's it is, and from which sample of it."""

    item_id: str = ""
    item_at: int = 0


class RealtimeEar(FrameProcessor):
    """Keeps the sound of the caller's turns on its way to the recogniser.

    Args:
        sounds: where it is kept.
    """

    def __init__(self, sounds: CallerSounds) -> None:
        super().__init__(enable_direct_mode=True)
        self._sounds = sounds

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Everything passes."""
        await super().process_frame(frame, direction)
        match frame:
            case VADUserStartedSpeakingFrame():
                self._sounds.started()
            case InputAudioRawFrame():
                self._sounds.sound(mulaw_encode(pcm_from_bytes(frame.audio)))
            case VADUserStoppedSpeakingFrame():
                self._sounds.finished()
            case _:
                pass
        await self.push_frame(frame, direction)


class RealtimeVoice(TTSService):
    """Speaks the model's sentences by the model's own sound, and others by the cascade's voice.

    A sentence whose sound does not come, or breaks off, is said on by the cascade's voice.

    Args:
        call: the session.
        render: the cascade's voice.
        voice: the model's, for reports.
        speaks_in: told the context of what the cascade's voice is asked for next.
    """

    def __init__(
        self, call: RealtimeCall, render: Render, voice: str, speaks_in: Callable[[str], None]
    ) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE_8K,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=call.name, voice=voice, language=None),
        )
        self._call = call
        self._render = render
        self._speaks_in = speaks_in
        self.exhausted = asyncio.Event()
        """Set when a sentence could not be said by any voice."""

    def can_generate_metrics(self) -> bool:
        """Latency is measured by the session's turn clock, not by pipecat."""
        return False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Speak one written sentence."""
        left, part = text, self._call.part(text)
        if part is not None:
            async with aclosing(part.sound()) as pieces:
                async for piece in pieces:
                    yield _frame(piece, context_id)
            left = part.left
            if part.shares_sound:
                yield SharedSoundFrame(context_id=context_id)
        if not left:
            return
        self._speaks_in(context_id)
        try:
            async for rendered in self._render(left):
                yield TimedAudioFrame.of(rendered, context_id)
        except Unavailable as error:
            if error.code == EXHAUSTED:
                self.exhausted.set()
            yield ErrorFrame(error=str(error))


class RealtimePlaces(FrameProcessor):
    """Notes where the model's sound is put on the line, and tells the model what was heard of it.

    It stands right before the line's output, which counts each piece before the next one comes.

    Args:
        call: the session.
        ledger: gives the ledger of a reply.
    """

    def __init__(self, call: RealtimeCall, ledger: Callable[[int], SpeechLedger]) -> None:
        super().__init__(enable_direct_mode=True)
        self._call = call
        self._ledger = ledger
        self._reply = 0
        self._places = PlayedPlaces()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Everything passes."""
        await super().process_frame(frame, direction)
        match frame:
            case ReplyStartFrame():
                self._reply = frame.reply
            case ItemAudioFrame():
                at, samples = self._ledger(self._reply).samples, len(frame.audio) // 2
                self._places.add(
                    PlayedPiece(self._reply, at, frame.item_id, frame.item_at, samples)
                )
            case _:
                pass
        await self.push_frame(frame, direction)

    def cut_off(self, heard: Played | None, through: int) -> None:
        """The caller cut in; see `ReplySource.cut_off`."""
        self._call.cut(self._places.cut(heard, through))


def _frame(piece: HeldPiece, context_id: str) -> ItemAudioFrame:
    pcm_8k = pcm_to_bytes(mulaw_decode(piece.mulaw_8k))
    return ItemAudioFrame(
        pcm_8k,
        SAMPLE_RATE_8K,
        1,
        context_id=context_id,
        item_id=piece.item_id,
        item_at=piece.item_at,
    )
