from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.core.audio.allowance import Allowance, Rate

STEPS = st.lists(
    st.tuples(st.floats(0, 30, allow_nan=False), st.integers(0, 500)), min_size=1, max_size=60
)


@given(steps=STEPS, per_s=st.integers(1, 50), burst=st.integers(0, 400))
def test_never_more_than_the_burst_and_the_rate(
    steps: list[tuple[float, int]], per_s: int, burst: int
) -> None:
    allowance, now_s, taken = Allowance(Rate(per_s, burst), 0.0), 0.0, 0
    for gap_s, amount in steps:
        now_s += gap_s
        taken += amount if allowance.take(amount, now_s) else 0
        assert taken <= burst + per_s * now_s + 1e-6


@settings(deadline=None)
@given(steps=st.lists(st.floats(0, 200), max_size=15), per_s=st.integers(1, 20))
def test_whoever_keeps_the_rate_is_never_refused_however_the_network_stalls(
    steps: list[float], per_s: int
) -> None:
    allowance, now_s, owed = Allowance(Rate(per_s, 1), 0.0), 0.0, 0.0
    for gap_s in steps:
        now_s += gap_s
        owed += gap_s * per_s * 0.999
        while owed >= 1:  # all that was held up comes at once
            assert allowance.take(1, now_s)
            owed -= 1


@given(flood=st.integers(1, 5000), quiet_s=st.floats(0, 1.0), per_s=st.integers(1, 100))
def test_after_a_flood_only_time_helps(flood: int, quiet_s: float, per_s: int) -> None:
    allowance = Allowance(Rate(per_s, 10), 0.0)
    assert sum(allowance.take(1, 0.0) for _ in range(flood)) == min(10, flood)
    granted = sum(allowance.take(1, quiet_s) for _ in range(300))
    assert granted <= quiet_s * per_s + 10
    assert allowance.full(quiet_s + 11.0)


def test_a_clock_that_goes_back_grants_nothing() -> None:
    allowance = Allowance(Rate(100, 1), 5.0)
    assert allowance.take(1, 5.0)
    assert not allowance.take(1, 1.0)
    assert not allowance.take(1, 5.0)
    assert allowance.take(1, 5.02)
