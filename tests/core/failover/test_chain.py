"""Who is asked of a chain: the first that is well, trials beside it, and the last when none is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.failover.noted import Noted
from voiceagent.core.breaker import BreakerLimits, BreakerState
from voiceagent.core.failover.chain import (
    NOBODY,
    UNTIL_MENDED_S,
    ChainKind,
    ChainStart,
    Failover,
    FailoverReason,
    ProviderChain,
    ProviderFailure,
)
from voiceagent.errors import CallerFixable, OwnerFixable, Unavailable

LIMITS = BreakerLimits(failures=1, open_s=5.0)
FAILED = ProviderFailure(FailoverReason.FAILED)


def chain(*names: str) -> ProviderChain:
    return ProviderChain(ChainKind.STT, names, Noted(), LIMITS)


def test_the_first_serves_until_it_fails_and_is_then_tried_beside_the_second() -> None:
    links = chain("first", "second", "third")
    assert links.start(0.0) == ChainStart(0)
    links.failed(0, FAILED, 0.0)
    assert links.start(1.0) == ChainStart(1)
    assert links.start(5.0) == ChainStart(1, trial=0)
    assert links.start(5.1) == ChainStart(1)  # one caller tries
    links.succeeded(0)
    assert links.start(5.2) == ChainStart(0)


def test_it_is_left_alone_as_long_as_it_asked_for() -> None:
    links = chain("first", "second")
    links.failed(0, ProviderFailure(FailoverReason.BUSY, 30.0), 0.0)
    assert [links.start(at_s).trial for at_s in (1.0, 29.9, 30.0)] == [None, None, 0]


def test_each_living_one_is_asked_once_and_the_last_also_when_it_is_left_alone() -> None:
    links = chain("first", "second", "third")
    links.failed(1, FAILED, 0.0)
    links.failed(2, FAILED, 0.0)
    assert links.after({0}, 1.0) == 2
    assert links.after({0, 2}, 1.0) is None
    links.failed(0, FAILED, 0.0)
    assert links.start(1.0) == ChainStart(2)
    assert links.well() == 2


@given(st.lists(st.tuples(st.sampled_from("fs"), st.integers(0, 2), st.floats(0.0, 9.0))))
def test_somebody_is_always_asked_and_nobody_twice(happened: list[tuple[str, int, float]]) -> None:
    links, now_s = chain("first", "second", "third"), 0.0
    for what, place, passed_s in happened:
        now_s += passed_s
        if what == "f":
            links.failed(place, FAILED, now_s)
        else:
            links.succeeded(place)
        start = links.start(now_s)
        assert start.trial != start.serving
        assert start.trial is None or links.state(start.serving) is BreakerState.CLOSED
        asked = {start.serving}
        while (following := links.after(asked, now_s)) is not None:
            assert following not in asked
            asked.add(following)
        assert 2 in asked or start.serving == 2


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OwnerFixable("x.key_refused", ""), (FailoverReason.REFUSED, UNTIL_MENDED_S)),
        (Unavailable("x.too_many", "", retry_after_s=7.0), (FailoverReason.BUSY, 7.0)),
        (Unavailable("x.too_many", ""), (FailoverReason.BUSY, None)),
        (Unavailable("x.lost", ""), (FailoverReason.FAILED, None)),
        (CallerFixable("x.y", ""), (FailoverReason.FAILED, None)),
        (RuntimeError(), (FailoverReason.FAILED, None)),
        (None, (FailoverReason.FAILED, None)),
    ],
)
def test_a_failure_is_called_by_who_can_act(
    error: Exception | None, failure: tuple[FailoverReason, float | None]
) -> None:
    found = ProviderFailure.of(error)
    assert (found.reason, found.retry_after_s) == failure


def test_a_wrong_key_is_known_behind_what_the_caller_is_told() -> None:
    told = Unavailable("x.key_refused", "")
    told.__cause__ = OwnerFixable("x.key_refused", "")
    assert ProviderFailure.of(told).reason is FailoverReason.REFUSED


def test_failovers_are_told_with_names() -> None:
    watch = Noted()
    links = ProviderChain(ChainKind.TTS, ("a", "b"), watch)
    links.passed_on(0, 1, FailoverReason.SLOW)
    links.passed_on(1, None, FailoverReason.EMPTY)
    assert watch.failovers == [
        Failover(ChainKind.TTS, "a", "b", FailoverReason.SLOW),
        Failover(ChainKind.TTS, "b", NOBODY, FailoverReason.EMPTY),
    ]
