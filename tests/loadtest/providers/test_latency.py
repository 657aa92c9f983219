"""Delays: the percentiles they were asked to have, and the same ones every time."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.simulator.providers.latency import (
    FIRST_SOUND,
    FIRST_TOKEN,
    NO_DELAY,
    RECOGNITION,
    DelayDraws,
    DelaySpread,
)


def drawn(spread: DelaySpread, seed: int = 1, count: int = 4000) -> list[float]:
    draws = DelayDraws(spread, seed)
    return [draws.next_s() for _ in range(count)]


@pytest.mark.parametrize("spread", [RECOGNITION, FIRST_TOKEN, FIRST_SOUND])
def test_what_is_drawn_has_the_median_and_the_95th_percentile(spread: DelaySpread) -> None:
    seen = sorted(drawn(spread))
    assert statistics.median(seen) == pytest.approx(spread.median_s, rel=0.05)
    assert seen[int(0.95 * len(seen))] == pytest.approx(spread.p95_s, rel=0.08)


def test_the_tail_is_heavy_and_bounded() -> None:
    seen = drawn(FIRST_TOKEN, count=20_000)
    assert max(seen) > 3 * FIRST_TOKEN.median_s
    assert max(drawn(DelaySpread(0.1, 0.5, most_s=0.6))) == 0.6


def test_no_delay_is_none() -> None:
    assert set(drawn(NO_DELAY, count=10)) == {0.0}


@given(st.integers(), st.floats(0.001, 5), st.floats(1, 4))
def test_a_seed_gives_one_stream_and_every_delay_is_positive(
    seed: int, median_s: float, factor: float
) -> None:
    spread = DelaySpread(median_s, median_s * factor)
    one = drawn(spread, seed, 20)
    assert one == drawn(spread, seed, 20)
    assert min(one) > 0


def test_different_seeds_are_different_streams() -> None:
    assert drawn(FIRST_TOKEN, 1, 5) != drawn(FIRST_TOKEN, 2, 5)


@pytest.mark.parametrize(("median_s", "p95_s"), [(-0.1, 0.2), (0.2, 0.1), (0.0, -1.0)])
def test_a_spread_that_cannot_be_is_refused(median_s: float, p95_s: float) -> None:
    with pytest.raises(ValueError, match="no delays"):
        DelaySpread(median_s, p95_s)
