"""A call that is private: nobody of a chain is asked but those that run here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.failover.noted import Noted
from voiceagent.core.failover.chain import (
    ChainKind,
    FailoverReason,
    ProviderChain,
    ProviderFailure,
)
from voiceagent.core.failover.recognition import (
    Act,
    AskRecogniser,
    CallHearing,
    FinishTurn,
    HearingDeadlines,
    HearingState,
    TellWords,
)

FAILED = ProviderFailure(FailoverReason.FAILED)
NAMES = ("far", "near", "farther", "nearer")
HERE = (1, 3)


def chain() -> ProviderChain:
    return ProviderChain(ChainKind.STT, NAMES, Noted())


def places(acts: list[Act]) -> set[int]:
    return {act.place for act in acts if isinstance(act, AskRecogniser | FinishTurn)}


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 20.0)), max_size=12))
def test_a_chain_asks_nobody_else_whatever_has_failed(failures: list[tuple[int, float]]) -> None:
    links, now_s = chain(), 0.0
    for place, wait_s in failures:
        links.failed(place, FAILED, now_s)
        now_s += wait_s
        start = links.start(now_s, HERE)
        assert {start.serving, start.trial} <= {*HERE, None}
        assert links.after({start.serving}, now_s, HERE) in {*HERE, None}
        assert links.after(set(HERE), now_s, HERE) is None
        assert links.well(HERE) in HERE


@pytest.mark.parametrize("state", list(HearingState))
def test_a_turn_goes_on_with_those_here_and_the_words_of_others_are_not_heard(
    state: HearingState,
) -> None:
    hearing = CallHearing(chain(), HearingDeadlines(), streams=(0, 2))
    if state is not HearingState.RESTING:
        hearing.started(1.0)
    if state is HearingState.OWED:
        hearing.finished(3.0)
    acts = hearing.confine(HERE, 3.1)
    assert places(acts) == (set() if state is HearingState.RESTING else {1})
    assert hearing.lead == 1
    assert not hearing.hears(0)
    assert not hearing.told(0, "late words", 3.2)
    asked = [hearing.started(9.0)] if state is HearingState.RESTING else []
    assert all(places(one) == {1} for one in asked)
    acts = hearing.failed(1, FAILED, 9.1)
    assert places(acts) == {3}
    if state is not HearingState.OWED:
        hearing.finished(10.0)
    assert hearing.told(3, "my ac died", 10.2) == [TellWords("my ac died")]
