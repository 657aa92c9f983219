"""What a call lost is gathered from the parts that counted it, each number in its own place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from pipecat.frames.frames import InterruptionFrame
from pipecat.processors.frame_processor import FrameDirection

from pipelines.call_counts import call_counts
from pipelines.session.life import VoiceSession
from pipelines.transport import StrayCounts
from tests.pipelines.rig import paper_call
from voiceagent.dialogue.loop import Conversation
from voiceagent.ports.meter import CallCounts
from voiceagent.toolkit.context import Signals

SESSION = cast(
    "VoiceSession",
    SimpleNamespace(
        recorder=SimpleNamespace(dropped=1, failed=2), events=SimpleNamespace(dropped_sounds=3)
    ),
)
PIPELINE = SimpleNamespace(strays=StrayCounts(interruptions=4, speech=5))


def test_every_number_has_its_place() -> None:
    conversation = cast("Conversation", SimpleNamespace(inputs_dropped=6))
    signals = Signals(audits_lost=7)
    assert call_counts(SESSION, PIPELINE, conversation, signals, resumed=True) == CallCounts(
        resumed=True,
        writes_dropped=1,
        writes_failed=2,
        sounds_dropped=3,
        stray_interruptions=4,
        stale_speech=5,
        inputs_dropped=6,
        audits_lost=7,
    )


def test_a_call_that_somebody_else_answers_has_neither_inbox_nor_tools() -> None:
    counts = call_counts(SESSION, PIPELINE)
    assert (counts.inputs_dropped, counts.audits_lost, counts.resumed) == (0, 0, False)


async def test_they_outlive_the_pipeline_that_counted_them() -> None:
    """Its objects lose all they have when the call is over (`break_cycles`)."""
    async with paper_call({}) as call:
        await call.hear(1)
        await call.session.brain.process_frame(InterruptionFrame(), FrameDirection.DOWNSTREAM)
    assert not vars(call.session.brain)
    assert call_counts(call.session, call.pipeline) == CallCounts(stray_interruptions=1)
