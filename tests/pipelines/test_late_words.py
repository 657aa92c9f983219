"""A recogniser that is late: whose time runs, and what becomes of the turn.

Every recogniser has `FINAL_TRANSCRIPT_S` from when it passes the end of the voice on. One that
waits for its words inside its handler of that frame passes it on when it has them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from enum import StrEnum

import pytest
from pipecat.frames.frames import Frame, TranscriptionFrame, VADUserStoppedSpeakingFrame
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.utils.time import time_now_iso8601

from pipelines import cascade
from pipelines.cascade import Cascade
from pipelines.pipeline import CallSeat
from tests.pipelines.rig import ScriptedTTS, paper_call
from voiceagent.dialogue.acts import Say


class Waits(StrEnum):
    """Where the recogniser waits for its words."""

    INSIDE = "inside its handler"
    BESIDE = "beside it"


class LateSTT(STTService):
    """Has its words once `ready` is set."""

    def __init__(self, waits: Waits) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=0.1,
            settings=STTSettings(model="late", language=None),
        )
        self._waits = waits
        self.ready = asyncio.Event()

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        yield None

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        if self._waits is Waits.INSIDE:
            await self._finish()
        else:
            self.create_task(self._finish(), "words")

    async def _finish(self) -> None:
        await self.ready.wait()
        final = TranscriptionFrame("late words", "caller", time_now_iso8601())
        final.finalized = True
        await self.push_frame(final)


@pytest.mark.parametrize(
    ("waits", "heard"),
    [(Waits.INSIDE, [("caller", "late words", "late words")]), (Waits.BESIDE, [])],
)
async def test_the_time_runs_from_when_the_end_is_passed_on(
    waits: Waits, heard: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cascade, "FINAL_TRANSCRIPT_S", 0.0)
    stts: list[LateSTT] = []

    def make(seat: CallSeat) -> Cascade:
        stts.append(LateSTT(waits))
        return Cascade(seat.session, seat.line, stts[-1], ScriptedTTS())

    steps = {"greet": (Say("Hello there."),), "hear late words": (Say("I hear you."),)}
    async with paper_call(steps, make=make) as call:
        await call.hear(1)
        call.speak()
        await call.settle()
        stts[0].ready.set()
        await call.settle()
        assert [turn for turn in await call.turns() if turn[0] == "caller"] == heard
