"""The live feed: bounded, in order, and honest to slow readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.app.ops.live import LiveFeed
from voiceagent.domain.records import Outcome
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.live import CallOver, Missed, NumberedEvent, TurnSaid

OVER = CallOver(Outcome.BOOKED)


async def taken(reader: AsyncIterator[NumberedEvent | None], count: int) -> list[NumberedEvent]:
    """The next events, beats left out."""
    found: list[NumberedEvent] = []
    async for told in reader:
        if told is not None:
            found.append(told)
        if len(found) == count:
            break
    return found


def said(number: int) -> TurnSaid:
    return TurnSaid(number, f"words {number}")


async def test_a_call_that_has_not_rung_cannot_be_followed() -> None:
    with pytest.raises(CallerFixable, match=r"live\.unknown"), LiveFeed().follow("CA1", after=0):
        pass


async def test_there_is_a_most_of_readers_and_a_place_is_given_back() -> None:
    feed = LiveFeed(readers=1)
    feed.of("CA1")
    with (
        feed.follow("CA1", after=0),
        pytest.raises(Unavailable, match=r"live\.crowded"),
        feed.follow("CA1", after=0),
    ):
        pass
    with feed.follow("CA1", after=0):
        pass


async def test_nothing_is_kept_of_a_call_that_nobody_has_asked_for() -> None:
    feed = LiveFeed()
    call = feed.of("CA1")
    call.tell(said(1))
    assert not call.followed
    with feed.follow("CA1", after=0) as reader:
        call.tell(said(2))
        assert await taken(reader, 1) == [NumberedEvent(1, said(2))]
    assert call.followed


async def test_a_reader_who_is_too_slow_is_told_how_much_is_gone() -> None:
    feed = LiveFeed(kept=3)
    call = feed.of("CA1")
    with feed.follow("CA1", after=0) as reader:
        for number in range(1, 11):
            call.tell(said(number))
        first, *rest = await taken(reader, 4)
    assert first == NumberedEvent(7, Missed(7))
    assert rest == [NumberedEvent(number, said(number)) for number in (8, 9, 10)]


@given(
    told=st.integers(0, 40),
    kept=st.integers(1, 20),
    after=st.integers(0, 60),
    more=st.integers(0, 9),
)
async def test_what_is_read_and_what_is_missed_is_all_there_was(
    told: int, kept: int, after: int, more: int
) -> None:
    feed = LiveFeed(kept=kept)
    call = feed.of("CA1")
    with feed.follow("CA1", after=0):
        pass
    for number in range(1, told + 1):
        call.tell(said(number))
    begins = after if after <= told else 0
    numbers: list[int] = []
    with feed.follow("CA1", after=after) as reader:
        for number in range(told + 1, told + more + 1):
            call.tell(said(number))
        call.tell(OVER)
        missed = 0
        async for one in reader:
            assert one is not None
            if isinstance(one.event, Missed):
                missed += one.event.count
                assert one.number == begins + missed
            else:
                numbers.append(one.number)
    assert missed + len(numbers) == told + more + 1 - begins
    assert numbers == list(range(begins + missed + 1, told + more + 2))


async def test_two_readers_read_the_same() -> None:
    feed = LiveFeed()
    call = feed.of("CA1")
    with feed.follow("CA1", after=0) as one, feed.follow("CA1", after=0) as other:
        call.tell(said(1))
        call.tell(OVER)
        assert [told async for told in one] == [told async for told in other]


async def test_a_reader_waits_hears_that_nothing_happens_and_is_woken() -> None:
    feed = LiveFeed(quiet_s=0.01)
    call = feed.of("CA1")
    with feed.follow("CA1", after=0) as reader:
        assert await anext(reader) is None
        waiting = asyncio.ensure_future(taken(reader, 1))
        await asyncio.sleep(0)
        call.tell(said(1))
        assert await waiting == [NumberedEvent(1, said(1))]


async def test_a_call_that_is_over_is_still_told_to_the_end() -> None:
    feed = LiveFeed()
    call = feed.of("CA1")
    with feed.follow("CA1", after=0):
        call.tell(said(1))
        call.tell(OVER)
    with feed.follow("CA1", after=0) as late:
        assert [told.event async for told in late if told is not None] == [said(1), OVER]


async def test_the_oldest_calls_are_forgotten() -> None:
    feed = LiveFeed(calls=2)
    for sid in ("CA1", "CA2", "CA3"):
        feed.of(sid)
    with pytest.raises(CallerFixable), feed.follow("CA1", after=0):
        pass
    with feed.follow("CA2", after=0):
        pass
    assert feed.of("CA3") is feed.of("CA3")


async def test_who_asks_when_a_call_is_over_is_told_that_it_is() -> None:
    feed = LiveFeed()
    call = feed.of("CA1")
    call.tell(said(1))
    call.tell(OVER)
    with feed.follow("CA1", after=0) as late:
        assert [told async for told in late] == [NumberedEvent(1, OVER)]
