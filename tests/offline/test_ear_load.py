"""When the ears let no more calls in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.ear_load import CALM_S, LATE_AT_LEAST, EarLoad


def test_a_late_turn_now_and_then_is_chance() -> None:
    load = EarLoad()
    for second in range(100):
        load.heard(second, late=second % 30 == 0)
        assert load.takes_more(second)


def test_late_turns_in_a_row_shut_the_door_and_calm_opens_it() -> None:
    load = EarLoad()
    for second in range(LATE_AT_LEAST):
        assert load.takes_more(second)
        load.heard(second, late=True)
    last = LATE_AT_LEAST - 1
    assert not load.takes_more(last)
    load.heard(last + 5, late=True)
    assert not load.takes_more(last + 4 + CALM_S)
    assert load.takes_more(last + 5 + CALM_S)


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.booleans()), max_size=60))
def test_calm_always_opens_it(turns: list[tuple[float, bool]]) -> None:
    load, now_s = EarLoad(), 0.0
    for gap_s, late in turns:
        now_s += gap_s
        load.heard(now_s, late=late)
    assert load.takes_more(now_s + CALM_S)
