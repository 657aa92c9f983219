"""Our own pipecat transport: the media plane on one side, pipecat's services on the other.

Two small processors. `LineInput` turns line events into frames: voice start and stop, and the
caller's sound for recognition (as far as the STT service and no further). An interruption does not
come this way: it starts where our words start (`ReplySource.interrupt`), so that it can neither be
overtaken by the next reply nor throw away what the caller has said. `LineOutput` takes speech back,
hands it to the line, and keeps the ledger of what was said; text never travels past it, because
only what was *heard* may enter the model's context.

No carrier protocol, no pacing and no voice detection happens here: that is the media plane's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pipecat.frames.frames import (
    AggregatedTextFrame,
    DataFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.heard import SpeechLedger
from pipelines.ready_speech import SpeechPiece
from pipelines.speech_usage import SentSound

SAMPLE_RATE_8K = 8000


@dataclass
class TimedAudioFrame(TTSAudioRawFrame):
    """Speech that knows where its words begin.

    `word_starts` are sample offsets from the first sample of the sentence, for the spoken words
    that begin within this frame.
    """

    word_starts: tuple[int, ...] = ()

    @classmethod
    def of(cls, piece: SpeechPiece, context_id: str) -> TimedAudioFrame:
        """The frame of a piece of a sentence's sound."""
        return cls(
            piece.pcm_8k,
            SAMPLE_RATE_8K,
            1,
            context_id=context_id,
            word_starts=piece.word_starts,
        )


@dataclass
class SharedSoundFrame(DataFrame):
    """The sentence that was announced last sounded together with those before it.

    `context_id` is that of the speech.
    """

    context_id: str = ""


class LineInput(FrameProcessor):
    """The caller's side. The session calls its methods from one task, in order."""

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)
        self.given = SentSound()
        """What recognition was given."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass everything on; input comes through the methods below."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)

    async def voice_started(self) -> None:
        """The caller's turn began."""
        await self.push_frame(VADUserStartedSpeakingFrame())

    async def sound(self, pcm_8k: bytes) -> None:
        """A piece of the caller's turn for recognition."""
        self.given.samples += len(pcm_8k) // 2
        await self.push_frame(InputAudioRawFrame(pcm_8k, SAMPLE_RATE_8K, 1))

    async def voice_finished(self) -> None:
        """The caller's turn is over; recognition should commit what it has."""
        await self.push_frame(VADUserStoppedSpeakingFrame())


class SpeechLine(Protocol):
    """What `LineOutput` needs of the media plane's line."""

    def say(self, utterance: int, pcm_8k: bytes) -> None:
        """Append sound to an utterance."""
        ...

    def end_utterance(self, utterance: int) -> None:
        """No more sound will come for it."""
        ...

    def withhold(self, utterance: int) -> None:
        """Take its sound, and let nobody hear it before `grant`."""
        ...

    def grant(self, utterance: int) -> None:
        """Let it be heard."""
        ...

    def drop(self, utterance: int) -> None:
        """Forget it, unheard."""
        ...


@dataclass
class ReplyStartFrame(LLMFullResponseStartFrame):
    """The start of a reply that knows its number; the number is also its utterance on the line."""

    reply: int = 0


@dataclass
class ReplyCutFrame(InterruptionFrame):
    """An interruption that knows what it was aimed at: `through` is the last reply it cuts off."""

    through: int = 0


@dataclass(slots=True)
class StrayCounts:
    """What came to one call's pipeline too late; outlives the pipeline (`break_cycles`).

    `interruptions`: that came from elsewhere, or were aimed at nothing that was still spoken ·
    `speech`: pieces of speech, and cuts, for a reply that is no longer spoken.
    """

    interruptions: int = 0
    speech: int = 0


class LineOutput(FrameProcessor):
    """The agent's side: speech to the line, words to the ledger.

    Args:
        line: where sound goes.
        ledger: gives the ledger of a reply.
        first_sound: called with the reply's number when its first sound arrives.
        strays: counts what is thrown away.
        placed: told in which reply each context's sentences are spoken.
    """

    def __init__(
        self,
        line: SpeechLine,
        ledger: Callable[[int], SpeechLedger],
        first_sound: Callable[[int], None],
        strays: StrayCounts,
        placed: Callable[[str, int], None] | None = None,
    ) -> None:
        super().__init__(enable_direct_mode=True)
        self._line = line
        self._ledger = ledger
        self._first_sound = first_sound
        self._reply: int | None = None
        self._silent = True
        self._reply_of: dict[str, int] = {}
        self.strays = strays
        self._placed = placed

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Speech stops here; everything that is neither speech nor text passes."""
        await super().process_frame(frame, direction)
        match frame:
            case ReplyStartFrame():
                self._reply = frame.reply
                self._silent = True
            case TTSAudioRawFrame() | SharedSoundFrame():
                self._speak(frame)
            case LLMFullResponseEndFrame() if self._reply is not None:
                self._line.end_utterance(self._reply)
                self._reply = None
            case AggregatedTextFrame() if frame.will_be_spoken and not isinstance(
                frame, TTSTextFrame
            ):
                self._place(frame)
            case TextFrame():
                pass
            case ReplyCutFrame():
                if self._reply is not None and self._reply <= frame.through:
                    self._reply = None
                await self.push_frame(frame, direction)
            case InterruptionFrame():
                self.strays.speech += 1
            case _:
                await self.push_frame(frame, direction)

    def _place(self, frame: AggregatedTextFrame) -> None:
        if self._reply is None:
            return
        self._ledger(self._reply).sentence(frame.text)
        if self._placed is not None and frame.context_id:
            self._placed(frame.context_id, self._reply)

    def _speak(self, frame: TTSAudioRawFrame | SharedSoundFrame) -> None:
        if self._reply is None or not self._of_this_reply(frame.context_id):
            self.strays.speech += 1
            return
        if isinstance(frame, SharedSoundFrame):
            self._ledger(self._reply).shares_sound()
            return
        words = frame.word_starts if isinstance(frame, TimedAudioFrame) else ()
        self._ledger(self._reply).sound(len(frame.audio) // 2, words)
        if self._silent:
            self._silent = False
            self._first_sound(self._reply)
        self._line.say(self._reply, frame.audio)

    def _of_this_reply(self, context_id: str | None) -> bool:
        """Whether speech belongs to the reply under way; a speech service may be late with it.

        Services name the context of each piece, a new one for each reply.
        """
        if not context_id or self._reply is None:
            return True
        return self._reply_of.setdefault(context_id, self._reply) == self._reply
