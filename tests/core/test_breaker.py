from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.breaker import Breaker, BreakerLimits, BreakerState

LIMITS = BreakerLimits(failures=3, open_s=5.0, longest_s=20.0, trial_s=10.0)


def opened(at_s: float = 0.0) -> Breaker:
    breaker = Breaker(LIMITS)
    for _ in range(3):
        assert breaker.admits(at_s)
        breaker.failed(at_s)
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(LIMITS)
    for _ in range(2):
        breaker.failed(0.0)
    breaker.succeeded()
    breaker.failed(0.0)
    assert breaker.state is BreakerState.CLOSED
    assert opened().state is BreakerState.OPEN


def test_one_caller_tries_when_time_is_up() -> None:
    breaker = opened()
    assert not breaker.admits(4.9)
    assert breaker.admits(5.0)
    assert breaker.state is BreakerState.HALF_OPEN
    assert not breaker.admits(5.0)
    breaker.succeeded()
    assert breaker.admits(5.0)


def test_each_time_it_is_left_alone_longer() -> None:
    breaker, at_s = opened(), 0.0
    for rest_s in (5.0, 10.0, 20.0, 20.0):
        assert not breaker.admits(at_s + rest_s - 0.1)
        at_s += rest_s
        assert breaker.admits(at_s)
        breaker.failed(at_s)


def test_who_says_when_to_come_back_is_left_alone_for_as_long_at_once() -> None:
    breaker = Breaker(LIMITS)
    breaker.failed(0.0, retry_after_s=42.0)
    assert not breaker.admits(41.9)
    assert breaker.admits(42.0)


def test_a_trial_whose_caller_hung_up_lets_another_one_try() -> None:
    breaker = opened()
    assert breaker.admits(5.0)
    assert not breaker.admits(14.9)
    assert breaker.admits(15.0)


@given(st.lists(st.tuples(st.sampled_from("afs"), st.floats(0, 30)), max_size=60))
def test_it_is_never_shut_for_good(moves: list[tuple[str, float]]) -> None:
    breaker, now_s = Breaker(LIMITS), 0.0
    for move, passed_s in moves:
        now_s += passed_s
        if move == "a":
            breaker.admits(now_s)
        elif move == "f":
            breaker.failed(now_s)
        else:
            breaker.succeeded()
    assert breaker.admits(now_s + LIMITS.longest_s + LIMITS.trial_s)
