"""When pipecat may treat the caller's turn as committed.

The media plane has decided already that the turn is over; all that is missing is the final
transcript. So the turn stops at the first final transcript after the voice stopped, or when the
recogniser has had its time: a late transcript must not lose the turn (it is answered as far as
heard), and no transcript at all must not hang it. Of a service that calls no transcript final, what
has come by the time that it says it needs is taken. A recogniser that says itself when a turn is
over tells it by pipecat's own frames; the media plane weighs that, and decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pipecat.frames.frames import (
    EagerEndOfTurnCancelFrame,
    EagerTranscriptionFrame,
    Frame,
    InterimTranscriptionFrame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    STTMetadataFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.turns.types import ProcessFrameResult
from pipecat.turns.user_stop import BaseUserTurnStopStrategy

from voiceagent.core.wire import TurnEnding


class FinalTranscriptStop(BaseUserTurnStopStrategy):  # type: ignore[no-untyped-call]
    """Stops the turn on the final transcript, or `deadline_s` after the voice stopped.

    Args:
        deadline_s: how long a recogniser may take for its final transcript.
        on_partial: told every interim transcript while the caller's turn lasts.
        on_ending: told what a recogniser says of the turn's end.
    """

    def __init__(
        self,
        *,
        deadline_s: float,
        on_partial: Callable[[str], None],
        on_ending: Callable[[TurnEnding], None],
    ) -> None:
        super().__init__()
        self._deadline_s = deadline_s
        self._on_partial = on_partial
        self._on_ending = on_ending
        self._finals: list[str] = []
        self._stopped = False
        self._all_told = False
        self._needs_s = deadline_s
        self._timers: list[asyncio.TimerHandle] = []

    async def handle_user_turn_started(self) -> None:
        """Forget the previous turn."""
        self._reset()

    async def handle_user_turn_stopped(self) -> None:
        """Disarm."""
        self._reset()

    async def cleanup(self) -> None:
        """Disarm for good."""
        self._reset()

    def _reset(self) -> None:
        self._finals.clear()
        self._stopped = False
        self._all_told = False
        self._disarm()

    def _disarm(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Watch voice and transcripts; always lets other strategies see the frame too."""
        match frame:
            case VADUserStartedSpeakingFrame():
                self._stopped = False
                self._disarm()  # the voice is back: the next silence has its time to itself
            case VADUserStoppedSpeakingFrame() if self._all_told and self._finals:
                await self.trigger_user_turn_stopped()
            case VADUserStoppedSpeakingFrame():
                self._stopped = True
                self._wait(min(self._needs_s, self._deadline_s), told=True)
                self._wait(self._deadline_s, told=False)
            case STTMetadataFrame():
                self._needs_s = frame.ttfs_p99_latency
            case TranscriptionFrame():
                self._finals.append(frame.text)
                if self._stopped and frame.finalized:
                    await self.trigger_user_turn_stopped()
                else:
                    self._on_partial(" ".join(self._finals))
            case InterimTranscriptionFrame() | EagerTranscriptionFrame():
                self._on_partial(" ".join([*self._finals, frame.text]))
                if isinstance(frame, EagerTranscriptionFrame):
                    self._on_ending(TurnEnding.PROBABLE)
            case _:
                self._own_end(frame)
        return ProcessFrameResult.CONTINUE

    def _own_end(self, frame: Frame) -> None:
        """What a recogniser that listens for the end says of it."""
        match frame:
            case ProposedUserStoppedSpeakingFrame():
                self._all_told = True
                self._on_ending(TurnEnding.CERTAIN)
            case EagerEndOfTurnCancelFrame() | ProposedUserStartedSpeakingFrame():
                self._all_told = False
                self._on_ending(TurnEnding.VOID)
            case _:
                pass

    def _wait(self, seconds: float, *, told: bool) -> None:
        """Stop the turn after so long; with `told` only if something was told."""
        self._timers.append(
            asyncio.get_running_loop().call_later(
                seconds, lambda: self.task_manager.create_task(self._expire(told), "late")
            )
        )

    async def _expire(self, told: bool) -> None:
        if self._stopped and (self._finals or not told):
            await self.trigger_user_turn_stopped()
