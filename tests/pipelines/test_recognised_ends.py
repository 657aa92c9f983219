"""What a recogniser says of the turn's end: by pipecat's frames to the line, whoever's service."""

from __future__ import annotations

import asyncio

from pipecat.frames.frames import (
    EagerEndOfTurnCancelFrame,
    EagerTranscriptionFrame,
    Frame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    TranscriptionFrame,
)

from pipelines.cascade import FINAL_TRANSCRIPT_S
from tests.pipelines.rig import PaperCall, paper_call
from voiceagent.core.wire import TurnEnding
from voiceagent.dialogue.acts import Say

AT = "2025-08-29T00:00:00Z"
STEPS = {"greet": (Say("Hello and welcome."),), "hear my heat is out": (Say("I am sorry."),)}


async def tell(call: PaperCall, *frames: Frame) -> None:
    for frame in frames:
        await call.stt.push_frame(frame)
        await call.settle()


async def test_each_frame_is_an_opinion_for_the_line() -> None:
    async with paper_call(STEPS) as call:
        await call.hear(1)
        call.session.events.caller_started(call.clock.monotonic())
        await call.settle()
        await tell(
            call,
            EagerTranscriptionFrame("my heat is", "caller", AT),
            EagerEndOfTurnCancelFrame(),
            EagerTranscriptionFrame("my heat is out", "caller", AT),
            ProposedUserStoppedSpeakingFrame(),
            ProposedUserStartedSpeakingFrame(),
        )
        assert call.line.endings == [
            TurnEnding.PROBABLE,
            TurnEnding.VOID,
            TurnEnding.PROBABLE,
            TurnEnding.CERTAIN,
            TurnEnding.VOID,
        ]
        assert call.parts.notes.turn.words == "my heat is out"


async def test_words_that_nobody_calls_final_are_waited_for_as_long_as_the_service_says() -> None:
    async with paper_call(STEPS, None) as call:
        await call.hear(1)
        call.session.events.caller_started(call.clock.monotonic())
        await call.settle()
        await tell(call, TranscriptionFrame("my heat is out", "caller", AT))
        await call.finish()
        assert call.parts.notes.turn.words == "my heat is out", "the turn is not committed"
        async with asyncio.timeout(FINAL_TRANSCRIPT_S / 2):
            await call.until_said(2)
        assert call.policy.told[-1] == "hear my heat is out"


async def test_words_that_were_final_before_our_turn_ended_are_not_waited_for() -> None:
    """pipecat's own Flux service tells a turn once, when Flux ends it, and nothing after."""
    async with paper_call(STEPS, None) as call:
        await call.hear(1)
        call.session.events.caller_started(call.clock.monotonic())
        await call.settle()
        final = TranscriptionFrame("my heat is out", "caller", AT)
        final.finalized = True
        await tell(call, final, ProposedUserStoppedSpeakingFrame())
        await call.finish()
        async with asyncio.timeout(FINAL_TRANSCRIPT_S / 2):
            await call.until_said(2)
        assert call.line.endings == [TurnEnding.CERTAIN]
        assert "hear my heat is out" in call.policy.told
