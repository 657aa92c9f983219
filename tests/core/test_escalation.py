"""When a person is paged and when a caller is put through: the table, and once a conversation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.escalation import (
    TABLE,
    WISHES,
    EscalationAct,
    EscalationState,
    MoodEvent,
    mood_of,
)

PAGE, ROUTE = EscalationAct.PAGE, EscalationAct.ROUTE


@pytest.mark.parametrize(
    ("angry", "sentiment", "mood"),
    [
        (True, -0.6, MoodEvent.RAGE),
        (True, -1.0, MoodEvent.RAGE),
        (True, -0.599, None),
        (False, -0.6, MoodEvent.LOW),
        (False, -0.599, None),
        (True, 0.0, None),
        (False, 1.0, None),
    ],
)
def test_the_bound_belongs_to_it(angry: bool, sentiment: float, mood: MoodEvent | None) -> None:
    assert mood_of(angry=angry, sentiment=sentiment) is mood


def test_every_event_has_its_acts() -> None:
    assert set(TABLE) == set(MoodEvent)
    assert [event for event, acts in TABLE.items() if PAGE in acts] == [MoodEvent.RAGE]
    assert all(ROUTE in acts for acts in TABLE.values())


@given(st.lists(st.lists(st.sampled_from(MoodEvent), max_size=3), max_size=12))
def test_whatever_is_said_nobody_is_paged_twice(turns: Sequence[Sequence[MoodEvent]]) -> None:
    state, done = EscalationState(), Counter[EscalationAct]()
    for events in turns:
        before, (state, acts) = state, state.hear(events)
        done.update(acts)
        assert len(set(acts)) == len(acts)
        assert (PAGE in acts) == (MoodEvent.RAGE in events and not before.paged)
        wished = bool(WISHES & set(events))
        moody = bool(set(events) - WISHES)
        assert (ROUTE in acts) == (wished or (moody and not before.routed_for_mood))
    said = {event for events in turns for event in events}
    assert done[PAGE] == (MoodEvent.RAGE in said)
