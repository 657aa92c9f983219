"""Counting by bounds, against the plain definition."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.figures import (
    ONSET_TO_CLEAR_BOUNDS_S,
    SEND_LATENESS_BOUNDS_S,
    TICK_LAG_BOUNDS_S,
    Distribution,
    LineTotals,
)

BOUNDS = (0.1, 0.5, 2.0)
VALUES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 2.1, 40.0]), max_size=30)


@given(st.lists(VALUES, max_size=5))
def test_it_counts_what_is_at_most_each_bound(batches: list[list[float]]) -> None:
    spread = Distribution(BOUNDS)
    for batch in batches:
        spread.add(batch)
    values = [value for batch in batches for value in batch]
    assert spread.cumulative() == [
        *(sum(value <= bound for value in values) for bound in BOUNDS),
        len(values),
    ]
    assert spread.count == len(values)
    assert spread.total == pytest.approx(sum(values))


@given(st.lists(VALUES, max_size=8), st.integers(1, 40))
def test_it_follows_a_bounded_memory_and_takes_nothing_twice(
    batches: list[list[float]], kept_most: int
) -> None:
    kept: deque[float] = deque(maxlen=kept_most)
    spread, so_far, expected = Distribution(BOUNDS), 0, 0
    for batch in batches:
        kept.extend(batch)
        so_far += len(batch)
        expected += min(len(batch), kept_most)
        spread.follow(kept, so_far, 1.0)
        spread.follow(kept, so_far, 1.0)
    assert spread.count == expected


@pytest.mark.parametrize(
    "bounds", [TICK_LAG_BOUNDS_S, SEND_LATENESS_BOUNDS_S, ONSET_TO_CLEAR_BOUNDS_S]
)
def test_bounds_rise(bounds: tuple[float, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))


def test_totals_add_up_field_by_field() -> None:
    one = LineTotals(underruns=1, barge_ins=2)
    assert LineTotals.sum([one, one, LineTotals(resyncs=5)]) == LineTotals(
        underruns=2, barge_ins=4, resyncs=5
    )
