from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.call_life import (
    BROKEN,
    COMING_BACK,
    TABLE,
    TALKING,
    CallAct,
    CallLifeEvent,
    CallStage,
    describe,
    event_of,
)
from voiceagent.core.wire import LineEnd

EVENTS = st.lists(st.sampled_from(list(CallLifeEvent)), max_size=40)


def test_every_pair_is_defined() -> None:
    assert set(TABLE) == set(itertools.product(CallStage, CallLifeEvent))


def test_the_table_can_be_read() -> None:
    text = describe()
    assert "serving    start        moving    close_line, open" in text
    assert len(text.splitlines()) > 15


def test_the_printed_page_shows_this_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text("utf-8")
    missing = [line for line in describe().splitlines() if line not in page]
    assert not missing, missing


def test_everything_in_it_decides_something() -> None:
    """No stage that is never reached or never left, no event that moves nothing, no idle act."""
    moves = {pair: row for pair, row in TABLE.items() if row != (pair[0], ())}
    assert {event for _, event in moves} == set(CallLifeEvent)
    assert {stage for stage, _ in moves} == set(CallStage) - {CallStage.ENDED}
    assert {after for after, _ in TABLE.values()} == set(CallStage)
    assert {act for _, acts in moves.values() for act in acts} == set(CallAct)


@given(EVENTS)
def test_an_outcome_is_decided_once_and_only_then_written(events: list[CallLifeEvent]) -> None:
    stage, decided, over = CallStage.ANNOUNCED, 0, 0
    for event in events:
        stage, acts = TABLE[stage, event]
        decided += CallAct.DECIDE in acts
        over += CallAct.REMEMBER in acts
        assert (CallAct.WRITE in acts) == (CallAct.DECIDE in acts)
        assert over <= decided <= 1
    assert (stage is CallStage.SETTLING) == (decided > over)


@given(EVENTS)
def test_a_call_is_served_on_a_line_that_was_opened_for_it(events: list[CallLifeEvent]) -> None:
    stage = CallStage.ANNOUNCED
    for event in events:
        was = stage
        stage, acts = TABLE[stage, event]
        assert (CallAct.SERVE in acts) == (event is CallLifeEvent.OPENED and stage is not was)
        if stage in TALKING and was not in TALKING:
            assert CallAct.SERVE in acts
        if was in TALKING and CallAct.OPEN in acts:
            assert acts[0] is CallAct.CLOSE_LINE


@given(EVENTS)
def test_every_call_can_end_from_wherever_it_is(events: list[CallLifeEvent]) -> None:
    """No stage is a trap: the line ends, nobody comes back, the store takes the outcome."""
    stage = CallStage.ANNOUNCED
    for event in (CallLifeEvent.START, *events):
        stage, _ = TABLE[stage, event]
    for event in (
        CallLifeEvent.STRANDED,
        CallLifeEvent.LINE_LOST,
        CallLifeEvent.NOT_BACK,
        CallLifeEvent.WRITTEN,
    ):
        stage, _ = TABLE[stage, event]
    assert stage is CallStage.ENDED


@pytest.mark.parametrize("stage", [CallStage.SETTLING, CallStage.ENDED])
def test_nothing_opens_a_call_that_is_over(stage: CallStage) -> None:
    assert TABLE[stage, CallLifeEvent.START] == (stage, ())


def test_what_the_end_of_a_line_means() -> None:
    for end in LineEnd:
        lost = event_of(end) is CallLifeEvent.LINE_LOST
        assert lost == (end in COMING_BACK)
    assert LineEnd.MEDIA_GAP in BROKEN & COMING_BACK
    assert LineEnd.AGENT not in BROKEN | COMING_BACK
