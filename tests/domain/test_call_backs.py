"""When people are rung back: never outside 8 AM to 9 PM wherever they may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rooms import coolcare, hotel
from voiceagent.domain import calendar
from voiceagent.domain.business import Business
from voiceagent.domain.call_backs import (
    FIRST_RING,
    LAST_RING,
    LONGEST,
    SHORTEST,
    callee_zones,
    ring_window,
)

EASTERN, PACIFIC = "+19375550123", "+12135550123"
TOLL_FREE, NOWHERE = "+18005550123", "+15551230000"
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(max_examples=60, deadline=None)
@given(
    now=MOMENTS,
    number=st.sampled_from([EASTERN, PACIFIC, TOLL_FREE, NOWHERE, "a withheld number"]),
    business=st.sampled_from([coolcare(), hotel()]),
    wished_h=st.none() | st.integers(-5, 24 * 12),
)
def test_nobody_is_rung_outside_their_hours(
    now: datetime, number: str, business: Business, wished_h: int | None
) -> None:
    wished = None if wished_h is None else now + timedelta(hours=wished_h)
    window = ring_window(business, number, now, wished=wished)
    assert window.start >= now
    assert window.end - window.start >= SHORTEST
    if wished is not None:
        assert window.start >= wished
        assert window.end - window.start <= LONGEST
    for zone in callee_zones(number, business):
        starts, ends = (at.astimezone(ZoneInfo(zone)) for at in (window.start, window.end))
        assert FIRST_RING <= starts.time() < LAST_RING
        assert starts.date() == ends.date()
        assert ends.time() <= LAST_RING
    assert not calendar.is_after_hours(business, window.start)


@pytest.mark.parametrize(
    ("number", "now", "start", "end"),
    [
        # Friday 20:05: Saturday's opening hours, for somebody of the place.
        (EASTERN, "2025-08-29T20:05-04:00", "2025-08-30T08:00-04:00", "2025-08-30T16:00-04:00"),
        # Eight in the morning of the Pacific is eleven here.
        (PACIFIC, "2025-08-29T20:05-04:00", "2025-08-30T11:00-04:00", "2025-08-30T16:00-04:00"),
        # A number that says nothing may be anywhere: the same.
        (NOWHERE, "2025-08-29T20:05-04:00", "2025-08-30T11:00-04:00", "2025-08-30T16:00-04:00"),
        # Saturday evening: Sunday is closed, Monday is Labor Day.
        (EASTERN, "2025-08-30T17:00-04:00", "2025-09-02T08:00-04:00", "2025-09-02T18:00-04:00"),
        # In the middle of a day: from the next quarter on.
        (EASTERN, "2025-08-26T12:01-04:00", "2025-08-26T12:15-04:00", "2025-08-26T18:00-04:00"),
        # Ten minutes before closing is too short a stretch.
        (EASTERN, "2025-08-26T17:50-04:00", "2025-08-27T08:00-04:00", "2025-08-27T18:00-04:00"),
    ],
)
def test_the_first_stretch_that_suits(number: str, now: str, start: str, end: str) -> None:
    window = ring_window(coolcare(), number, datetime.fromisoformat(now))
    assert [at.isoformat(timespec="minutes") for at in (window.start, window.end)] == [start, end]


def test_a_number_that_says_where_it_is_counts_beside_the_business() -> None:
    assert callee_zones(EASTERN, coolcare()) == {"America/New_York"}
    assert "America/Los_Angeles" in callee_zones(PACIFIC, coolcare())
    assert len(callee_zones(NOWHERE, coolcare())) == 4
