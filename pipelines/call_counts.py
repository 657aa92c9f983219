"""What a call has lost or thrown away, gathered from the parts that counted it."""

from __future__ import annotations

from pipelines.pipeline import Pipeline
from pipelines.session import VoiceSession
from voiceagent.dialogue.loop import Conversation
from voiceagent.ports.meter import CallCounts
from voiceagent.toolkit.context import Signals


def call_counts(
    session: VoiceSession,
    pipeline: Pipeline,
    conversation: Conversation | None = None,
    signals: Signals | None = None,
    *,
    resumed: bool = False,
) -> CallCounts:
    """For `CallMeter.left`, when the session is over.

    Args:
        session: of the call.
        pipeline: its own.
        conversation: who answered, where it was ours.
        signals: of its tools.
        resumed: whether the call went on from an earlier line.
    """
    return CallCounts(
        resumed=resumed,
        writes_dropped=session.recorder.dropped,
        writes_failed=session.recorder.failed,
        audits_lost=signals.audits_lost if signals is not None else 0,
        inputs_dropped=conversation.inputs_dropped if conversation is not None else 0,
        sounds_dropped=session.events.dropped_sounds,
        stray_interruptions=pipeline.strays.interruptions,
        stale_speech=pipeline.strays.speech,
    )
