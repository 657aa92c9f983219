from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.turn_clock import TurnClock
from voiceagent.core.wire import TurnDecider, TurnEnd

ms = st.floats(min_value=0, max_value=5.0)


def end(speech_end_s: float, decided_s: float) -> TurnEnd:
    return TurnEnd(speech_end_s - 1.0, speech_end_s, decided_s, TurnDecider.TURN_MODEL)


@given(ms, ms, ms, ms, ms, ms, ms)
def test_stages_sum_to_voice_to_voice(
    start: float, a: float, b: float, c: float, d: float, e: float, tools: float
) -> None:
    clock = TurnClock(end=end(start, start + a))
    clock.transcribed(start + a + b)
    clock.tool_ran(tools)
    clock.worded(start + a + b + c)
    clock.voiced(start + a + b + c + d)
    clock.sent(start + a + b + c + d + e)
    latency = clock.latency()
    assert latency is not None
    assert latency.v2v_ms == pytest.approx((a + b + c + d + e) * 1000, abs=0.01)
    assert min(latency.think_ms, latency.tools_ms, latency.tts_ms, latency.send_ms) >= 0


def test_a_greeting_answers_nobody_and_has_no_latency() -> None:
    clock = TurnClock()
    clock.sent(3.0)
    assert clock.latency() is None


def test_a_reply_that_never_left_has_no_latency() -> None:
    assert TurnClock(end=end(1.0, 1.2)).latency() is None


def test_only_the_first_mark_counts() -> None:
    clock = TurnClock(end=end(1.0, 1.2))
    clock.transcribed(1.3)
    clock.worded(1.4)
    clock.worded(9.0)
    clock.tool_ran(5.0)
    clock.voiced(1.5)
    clock.sent(1.6)
    clock.sent(9.9)
    latency = clock.latency()
    assert latency is not None
    assert latency.v2v_ms == pytest.approx(600)
    assert latency.tools_ms == 0


def test_a_mark_out_of_order_never_makes_a_negative_stage() -> None:
    clock = TurnClock(end=end(1.0, 1.5))
    clock.transcribed(1.4)
    clock.worded(1.6)
    clock.voiced(1.7)
    clock.sent(1.8)
    latency = clock.latency()
    assert latency is not None
    assert latency.stt_ms == 0
    assert latency.v2v_ms == pytest.approx(800)


def test_what_covered_the_delay_is_what_the_caller_heard_first() -> None:
    clock = TurnClock(end=end(1.0, 1.2))
    clock.covered(1.9, 8000)
    clock.sent(1.95)
    clock.transcribed(2.5)
    clock.worded(2.6)
    clock.voiced(2.7)
    latency = clock.latency()
    assert latency is not None
    assert latency.v2v_ms == pytest.approx(950)
    assert (latency.stt_ms, latency.think_ms, latency.tts_ms) == pytest.approx((700, 0, 0))
    assert clock.answer_ms() == pytest.approx(1950)


def test_a_slow_tool_that_was_covered_has_the_time_until_then() -> None:
    clock = TurnClock(end=end(1.0, 1.2))
    clock.transcribed(1.3)
    clock.covered(1.9, 8000)
    clock.sent(1.9)
    clock.tool_ran(2.7)
    clock.worded(4.0)
    clock.voiced(4.1)
    latency = clock.latency()
    assert latency is not None
    assert latency.tools_ms == pytest.approx(600)
    assert latency.v2v_ms == pytest.approx(900)
    assert clock.answer_ms() == pytest.approx(3100)


def test_an_answer_after_an_apology_has_no_voice_to_voice_time_of_its_own() -> None:
    clock = TurnClock(end=end(1.0, 1.2)).after_apology()
    clock.voiced(5.0)
    clock.sent(5.1)
    assert clock.latency() is None
    assert clock.answer_ms() == pytest.approx(4100)


def test_an_answer_that_nothing_covered_has_one_time() -> None:
    clock = TurnClock(end=end(1.0, 1.2))
    clock.voiced(1.5)
    clock.sent(1.6)
    assert clock.answer_ms() is None
