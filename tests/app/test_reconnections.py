from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.app.reconnections import CALLS_COUNTED, OPEN_TRIES, STREAMS_MOST, Reconnections

SID = "CA" + "1" * 32


def test_streams_that_do_not_open_are_tried_so_often_and_no_more() -> None:
    counts, tried = Reconnections(), 0
    while counts.may_connect(SID):
        counts.connecting(SID)
        tried += 1
    assert tried == OPEN_TRIES
    assert not counts.was_opened(SID)


@given(st.lists(st.booleans(), min_size=50, max_size=50))
def test_no_call_is_sent_to_streams_for_ever(opens: list[bool]) -> None:
    counts, tried = Reconnections(), 0
    for opened in opens:
        if not counts.may_connect(SID):
            break
        counts.connecting(SID)
        tried += 1
        if opened:
            counts.opened(SID)
        assert counts.was_opened(SID) is opened
    assert tried <= STREAMS_MOST


@pytest.mark.parametrize("opened", [True, False])
def test_calls_are_counted_apart_and_forgotten(opened: bool) -> None:
    counts = Reconnections()
    counts.connecting(SID)
    if opened:
        counts.opened(SID)
    for number in range(CALLS_COUNTED):
        counts.connecting(str(number))
    assert counts.may_connect(SID)
    assert counts.was_opened(SID)
    for _ in range(OPEN_TRIES):
        counts.connecting(SID)
    counts.over(SID)
    assert counts.may_connect(SID)
