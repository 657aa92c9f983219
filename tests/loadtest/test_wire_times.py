"""Turn figures worked out from wire times given by hand."""

from __future__ import annotations

import pytest

from loadtest.simulator.report import TurnReport
from loadtest.simulator.sound_detector import SoundDetector
from loadtest.simulator.wire_times import TurnTimes, WireTimes
from tests.loadtest.conftest import agent_audio


def turns(ledger: WireTimes, ear: SoundDetector | None = None) -> tuple[TurnReport, ...]:
    return ledger.turn_reports(ear or SoundDetector(), end_8k=80_000)


def test_reply_is_the_first_media_after_the_speech_and_before_the_next_turn() -> None:
    ledger = WireTimes(
        turns=[
            TurnTimes("a", 1.0, 2.0, 16_000),
            TurnTimes("b", 3.0, 4.0, 32_000),
            TurnTimes("noise"),
            TurnTimes("c", 6.0, 7.0, 56_000),
        ],
        media_s=[0.5, 1.9, 2.25, 2.3, 6.5, 7.4],
    )
    a, b, noise, c = turns(ledger)
    assert (a.reply_s, a.v2v_ms) == (2.25, 250)
    assert (b.reply_s, b.v2v_ms) == (None, None)
    assert (noise.reply_s, noise.reply_sound_ms) == (None, 0)
    assert c.reply_s == 7.4
    assert c.v2v_ms == pytest.approx(400)


def test_media_between_a_short_interruption_and_its_clear_is_no_reply() -> None:
    ledger = WireTimes(
        turns=[TurnTimes("stop", 1.0, 1.1, 8_800, barged_in=True)],
        media_s=[1.05, 1.12, 1.14, 1.6],
        clears_s=[0.4, 1.15],
    )
    [turn] = turns(ledger)
    assert turn.clear_ms == pytest.approx(150)
    assert turn.v2v_ms == pytest.approx(500)


def test_a_clear_before_the_end_of_the_interruption_changes_nothing() -> None:
    ledger = WireTimes(
        turns=[TurnTimes("wait, no", 1.0, 2.0, 16_000, barged_in=True)],
        media_s=[1.1, 2.2],
        clears_s=[1.2],
    )
    [turn] = turns(ledger)
    assert turn.v2v_ms == pytest.approx(200)


def test_a_barge_in_that_is_not_yielded_to_has_no_clear_time() -> None:
    ledger = WireTimes(turns=[TurnTimes("a", 1.0, 1.5, 12_000, barged_in=True)], clears_s=[0.9])
    assert turns(ledger)[0].clear_ms is None


def test_sound_of_the_reply_ends_at_the_next_turn() -> None:
    ear = SoundDetector()
    for at_ms in range(2200, 3400, 20):
        ear.hear(at_ms * 8, agent_audio(20))
    ledger = WireTimes(turns=[TurnTimes("a", 1.0, 2.0, 16_000), TurnTimes("b", 3.0, 3.3, 26_400)])
    a, b = turns(ledger, ear)
    assert (a.heard_ms, a.reply_sound_ms) == (200, 800)
    assert (b.heard_ms, b.reply_sound_ms) == (0, 100)


def test_late_frames_are_counted_from_five_milliseconds() -> None:
    ledger = WireTimes()
    for late_s in (-0.0003, 0.005, 0.0051, 0.02):
        ledger.frame_sent(late_s)
    assert (ledger.frames_sent, ledger.frames_late) == (4, 2)
    assert ledger.worst_late_s == 0.02
