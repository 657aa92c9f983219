"""Lets no transcript through that holds no words.

A recogniser writes "um" for a hesitation and "ha ha" for a laugh. A caller who hesitates has not
answered, and one who laughs has asked nothing: the turn has no words, and is undone like a cough's
(`session.CallerTurns.empty`). What has words beside its hesitations passes as it is.
"""

from __future__ import annotations

from pipecat.frames.frames import (
    EagerTranscriptionFrame,
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from voiceagent.language.en_us.short_sounds import says_nothing


class OnlyWords(FrameProcessor):
    """Between the recogniser and what collects the caller's turn.

    A transcript without words that the turn may wait for passes as an empty one; what is only
    partial is held back.
    """

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Empty or hold back transcripts that say nothing; pass the rest."""
        await super().process_frame(frame, direction)
        match frame:
            case TranscriptionFrame() | EagerTranscriptionFrame() if says_nothing(frame.text):
                frame.text = ""
            case InterimTranscriptionFrame() if says_nothing(frame.text):
                return
            case _:
                pass
        await self.push_frame(frame, direction)
