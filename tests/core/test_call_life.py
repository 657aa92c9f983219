from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.call_life import TABLE, CallLife, CallLifeEvent, CallStage
from voiceagent.core.wire import LineEnd
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome


def test_every_pair_is_defined_and_life_runs_one_way() -> None:
    order = list(CallStage)
    for stage, event in itertools.product(CallStage, CallLifeEvent):
        assert order.index(TABLE[stage, event]) >= order.index(stage)
        assert TABLE[stage, CallLifeEvent.CLOSED] is CallStage.ENDED


@given(
    st.lists(st.sampled_from(list(Outcome))),
    st.lists(st.sampled_from(list(LineEnd)), min_size=1),
    st.lists(st.sampled_from(list(Outcome))),
)
def test_exactly_one_outcome_whatever_the_order(
    before: list[Outcome], ends: list[LineEnd], after: list[Outcome]
) -> None:
    life, shuffled = CallLife(), CallLife()
    for outcome in before:
        life.note(Evidence.of(outcome))
    for outcome in reversed(before):
        shuffled.note(Evidence.of(outcome))
    assert life.outcome is None
    first = life.close(ends[0])
    for outcome in after:
        life.note(Evidence.of(outcome))
    assert {life.close(end) for end in ends} == {first}
    assert shuffled.close(ends[0]) is first
    assert life.stage is CallStage.ENDED


@pytest.mark.parametrize(
    ("noted", "end", "outcome"),
    [
        ((), LineEnd.CALLER, Outcome.ABANDONED),
        ((), LineEnd.AGENT, Outcome.ABANDONED),
        ((), LineEnd.FAILED, Outcome.FAILED),
        ((), LineEnd.MEDIA_GAP, Outcome.FAILED),
        ((Outcome.QUOTED,), LineEnd.MEDIA_GAP, Outcome.QUOTED),
        ((Outcome.ANSWERED, Outcome.QUOTED, Outcome.BOOKED), LineEnd.CALLER, Outcome.BOOKED),
        ((Outcome.BOOKED, Outcome.TRANSFERRED), LineEnd.AGENT, Outcome.BOOKED),
        ((Outcome.BOOKED, Outcome.EMERGENCY), LineEnd.AGENT, Outcome.EMERGENCY),
        ((Outcome.FAILED,), LineEnd.CALLER, Outcome.FAILED),
    ],
)
def test_what_matters_most_stands(
    noted: tuple[Outcome, ...], end: LineEnd, outcome: Outcome
) -> None:
    life = CallLife()
    for candidate in noted:
        life.note(Evidence.of(candidate))
    assert life.close(end) is outcome


def test_the_greeting_is_heard_before_it_counts() -> None:
    life = CallLife()
    life.feed(CallLifeEvent.GREETING_HEARD)
    assert life.stage is CallStage.RINGING
    life.feed(CallLifeEvent.CONNECTED)
    assert life.feed(CallLifeEvent.GREETING_HEARD) is CallStage.GREETED
    assert life.feed(CallLifeEvent.GOODBYE) is CallStage.LEAVING
