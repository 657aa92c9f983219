"""What a call lost is gathered from the parts that counted it, each number in its own place."""

from __future__ import annotations

from types import SimpleNamespace

from pipelines.call_counts import call_counts
from voiceagent.ports.meter import CallCounts

SESSION = SimpleNamespace(
    recorder=SimpleNamespace(dropped=1, failed=2),
    events=SimpleNamespace(dropped_sounds=3),
    brain=SimpleNamespace(stale_interruptions=4),
)
PIPELINE = SimpleNamespace(stale_frames=5)


def test_every_number_has_its_place() -> None:
    conversation, signals = SimpleNamespace(inputs_dropped=6), SimpleNamespace(audits_lost=7)
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
