"""When a voice is too late, and what is done then."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.failover.chain import FailoverReason
from voiceagent.core.failover.speech import (
    TABLE,
    SentenceAct,
    SentenceClock,
    SentenceEvent,
    SentenceState,
    SpeechDeadlines,
)

WAITS = SpeechDeadlines()


def test_every_event_has_its_row_and_what_has_sounded_is_not_begun_anew() -> None:
    living = [state for state in SentenceState if state is not SentenceState.DONE]
    assert set(TABLE) == set(product(living, SentenceEvent))
    whole = {state for (state, _), (_, act) in TABLE.items() if act is SentenceAct.NEXT_WHOLE}
    assert whole == {SentenceState.ASKED}
    assert all(
        then is SentenceState.ASKED
        for (_, _), (then, act) in TABLE.items()
        if act is SentenceAct.NEXT_WHOLE
    )


def test_a_first_sound_a_next_sound_and_a_voice_that_falls_behind() -> None:
    clock = SentenceClock(WAITS, 10.0)
    assert clock.due_s(last=False) == 10.0 + WAITS.first_s
    assert str(clock.late) == FailoverReason.SLOW
    clock.came(SentenceEvent.PIECE, 10.5, 1.0)
    assert str(clock.late) == FailoverReason.STALLED
    assert clock.due_s(last=False) == pytest.approx(11.5 + WAITS.behind_s)
    clock.came(SentenceEvent.PIECE, 11.8, 0.1)  # 0.3 s behind
    assert clock.due_s(last=False) == pytest.approx(11.9 + WAITS.behind_s - 0.3)
    assert clock.came(SentenceEvent.SLOW, 12.4) is SentenceAct.NEXT_REST
    clock.asked(12.4)
    assert clock.due_s(last=False) == pytest.approx(12.4 + WAITS.first_s)


def test_who_is_alone_has_until_nobody_need_be_asked() -> None:
    clock = SentenceClock(WAITS, 0.0)
    assert clock.due_s(last=True) == WAITS.silence_s
    assert not clock.silent_too_long(WAITS.silence_s - 0.1)
    assert clock.silent_too_long(WAITS.silence_s)


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.01, 2.0)), max_size=30))
def test_a_sentence_in_time_is_never_silent_for_long(pieces: list[tuple[float, float]]) -> None:
    clock, now_s, gaps_s, plays_s = SentenceClock(WAITS, 0.0), 0.0, 0.0, 0.0
    for wait_s, seconds in pieces:
        if now_s + wait_s >= clock.due_s(last=False):
            break
        now_s += wait_s
        if plays_s:
            gaps_s += max(0.0, now_s - plays_s)
        plays_s = max(plays_s, now_s) + seconds
        clock.came(SentenceEvent.PIECE, now_s, seconds)
    assert gaps_s <= WAITS.behind_s + 1e-6
