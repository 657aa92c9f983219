from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rooms import FRIDAY_NIGHT, coolcare, hotel
from voiceagent.domain import calendar
from voiceagent.domain.business import Business, Hours, OpenHours, Slots
from voiceagent.domain.records import Window

NEW_YORK = "America/New_York"
REPAIR = coolcare().services[0]
ALL_DAY = OpenHours(opens=time(0, 0), closes=time(23, 59))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def round_the_clock(timezone: str, length: int = 120) -> Business:
    """Open all day, every day: the hardest case for a change of clocks."""
    hours = Hours(
        **dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ALL_DAY),
        closed_on_holidays=False,
    )
    slots = Slots(length_minutes=length, urgent_lead_minutes=0)
    return coolcare().model_copy(update={"hours": hours, "timezone": timezone, "slots": slots})


def starts(
    business: Business, now: datetime, *, urgent: bool = False, day: date | None = None
) -> list[str]:
    found = calendar.openings(business, REPAIR, now, urgent=urgent, day=day)
    return [opening.window.start.isoformat() for opening in found]


def test_the_two_best_offers_on_friday_night() -> None:
    business = coolcare()
    found = calendar.openings(business, REPAIR, FRIDAY_NIGHT, urgent=True)
    best = calendar.choose(business, found, 2, soonest=True)
    assert [(o.window.start.isoformat(), o.window.end.isoformat()) for o in best] == [
        ("2025-08-29T21:00:00-04:00", "2025-08-29T23:00:00-04:00"),
        ("2025-08-30T08:00:00-04:00", "2025-08-30T10:00:00-04:00"),
    ]


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        ("2025-08-29T20:05:00-04:00", True),  # Friday night
        ("2025-08-29T17:59:59-04:00", False),
        ("2025-08-29T18:00:00-04:00", True),
        ("2025-08-29T08:00:00-04:00", False),
        ("2025-08-29T07:59:59-04:00", True),
        ("2025-08-31T12:00:00-04:00", True),  # Sunday
        ("2025-09-01T12:00:00-04:00", True),  # Labor Day
        ("2025-07-04T12:00:00-04:00", True),
        ("2026-07-03T12:00:00-04:00", True),  # Independence Day observed
        ("2025-08-29T23:59:00+02:00", False),  # another zone's midnight is 17:59 here
    ],
)
def test_after_hours_is_decided_by_clock_and_holidays(now: str, closed: bool) -> None:
    assert calendar.is_after_hours(coolcare(), at(now)) is closed


def test_a_house_that_never_closes_is_open_at_christmas() -> None:
    assert not calendar.is_after_hours(hotel(), at("2025-12-25T12:00:00-07:00"))
    closed = hotel().hours.model_copy(update={"extra_closed_days": (date(2025, 12, 25),)})
    assert calendar.is_holiday(closed, date(2025, 12, 25))


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2025-08-29T20:05:00-04:00", "2025-08-29T21:00:00-04:00"),
        ("2025-08-29T20:15:00-04:00", "2025-08-29T21:00:00-04:00"),
        ("2025-08-29T20:16:00-04:00", "2025-08-30T08:00:00-04:00"),  # 22:00 would end too late
        ("2025-08-29T03:00:00-04:00", "2025-08-29T08:00:00-04:00"),
        ("2025-08-26T10:05:00-04:00", "2025-08-26T11:00:00-04:00"),  # at once, by day
        ("2025-08-31T13:10:00-04:00", "2025-08-31T14:00:00-04:00"),  # on a Sunday
        ("2025-08-30T23:30:00-04:00", "2025-08-31T08:00:00-04:00"),
        ("2025-09-01T12:00:00-04:00", "2025-09-01T13:00:00-04:00"),  # on a holiday
    ],
)
def test_the_first_urgent_window(now: str, first: str) -> None:
    assert starts(coolcare(), at(now), urgent=True)[0] == first


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2025-08-29T20:05:00-04:00", "2025-08-30T08:00:00-04:00"),
        ("2025-08-30T13:30:00-04:00", "2025-09-02T08:00:00-04:00"),  # Sunday, then Labor Day
        ("2025-08-26T09:15:00-04:00", "2025-08-26T10:00:00-04:00"),
        ("2025-08-26T09:16:00-04:00", "2025-08-26T12:00:00-04:00"),
    ],
)
def test_the_first_regular_window(now: str, first: str) -> None:
    assert starts(coolcare(), at(now))[0] == first


def test_only_skilled_technicians_of_the_area_are_offered() -> None:
    business = coolcare()
    installation = business.services[2]
    found = calendar.openings(business, installation, FRIDAY_NIGHT, urgent=False)
    assert {o.technician_id for o in found} == {"dana"}
    there = calendar.openings(business, REPAIR, FRIDAY_NIGHT, urgent=False, area="clark-county")
    assert {o.technician_id for o in there} == {"mike"}
    assert not calendar.openings(business, REPAIR, FRIDAY_NIGHT, urgent=True, area="elsewhere")


def test_urgent_windows_at_night_are_for_on_call_staff_only() -> None:
    business = coolcare()
    second = business.technicians[0].model_copy(update={"id": "eve", "on_call": False})
    business = business.model_copy(update={"technicians": (*business.technicians, second)})
    found = calendar.openings(business, REPAIR, FRIDAY_NIGHT, urgent=True)
    tonight = [o for o in found if o.window.start.date() == date(2025, 8, 29)]
    assert {o.technician_id for o in tonight} == {"mike"}
    assert {o.technician_id for o in found} == {"mike", "eve"}


def test_a_technician_keeps_their_own_hours_but_the_houses_holidays() -> None:
    own = Hours(mon=OpenHours(opens=time(12), closes=time(16)))
    mike = coolcare().technicians[0].model_copy(update={"hours": own})
    business = coolcare().model_copy(update={"technicians": (mike,)})
    assert starts(business, at("2025-08-29T20:05:00-04:00"))[:2] == [
        "2025-09-08T12:00:00-04:00",  # the Monday after Labor Day
        "2025-09-08T14:00:00-04:00",
    ]


def test_a_preferred_day_gives_that_day_only() -> None:
    found = starts(coolcare(), FRIDAY_NIGHT, urgent=True, day=date(2025, 9, 3))
    assert [s[:16] for s in found] == [f"2025-09-03T{h:02}:00" for h in (8, 10, 12, 14, 16)]


def test_without_haste_the_second_offer_is_in_the_other_half_of_the_day() -> None:
    business = coolcare()
    found = calendar.openings(business, REPAIR, FRIDAY_NIGHT, urgent=False)
    offers = calendar.choose(business, found, 2, soonest=False)
    assert [o.window.start.hour for o in offers] == [8, 12]


def test_a_start_the_clock_skips_is_not_offered() -> None:
    business = round_the_clock(NEW_YORK)
    spring = starts(business, at("2026-03-07T12:00:00-05:00"), day=date(2026, 3, 8))
    assert spring[:3] == [
        "2026-03-08T00:00:00-05:00",
        "2026-03-08T04:00:00-04:00",
        "2026-03-08T06:00:00-04:00",
    ]
    autumn = starts(business, at("2026-10-31T12:00:00-04:00"), day=date(2026, 11, 1))
    assert autumn[:3] == [
        "2026-11-01T00:00:00-04:00",
        "2026-11-01T02:00:00-05:00",
        "2026-11-01T04:00:00-05:00",
    ]


ZONES = st.sampled_from(
    [NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata", "UTC"]
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=60, deadline=None)
@given(ZONES, MOMENTS, st.sampled_from([30, 45, 60, 90, 120, 240]))
def test_windows_last_their_full_length_and_never_overlap(
    timezone: str, now: datetime, length: int
) -> None:
    business = round_the_clock(timezone, length)
    found = calendar.openings(business, REPAIR, now, urgent=False)
    assert found
    last = now
    for opening in found:
        start, end = opening.window.start, opening.window.end
        assert start.astimezone(UTC) >= last.astimezone(UTC)
        assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(minutes=length)
        minutes = start.hour * 60 + start.minute
        assert minutes % length == 0, "a round time on the wall clock"
        assert start.astimezone(UTC).astimezone(start.tzinfo).time() == start.time()
        last = end


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.booleans())
def test_no_window_is_outside_what_the_owner_allows(now: datetime, urgent: bool) -> None:
    business = coolcare()
    for opening in calendar.openings(business, REPAIR, now, urgent=urgent):
        start, end = opening.window.start, opening.window.end
        assert start >= now + timedelta(minutes=45)
        hours = calendar.open_hours(business.hours, start.date())
        regular = hours is not None and hours.opens <= start.time() and end.time() <= hours.closes
        on_call = urgent and time(8) <= start.time() and end.time() <= time(23)
        assert regular or on_call
        assert start.utcoffset() == start.astimezone(calendar.zone(business)).utcoffset()


@given(MOMENTS)
def test_when_it_is_open_now_it_is_not_after_hours(now: datetime) -> None:
    business = coolcare()
    here = calendar.local(business, now)
    hours = calendar.open_hours(business.hours, here.date())
    assert calendar.is_after_hours(business, now) is (
        hours is None or here.time() < hours.opens or here.time() >= hours.closes
    )


def closing(opens: str, closes: str, length: int = 60) -> Business:
    """Open at these times every day, holidays too."""
    span = OpenHours.model_validate({"opens": opens, "closes": closes})
    hours = Hours(
        **dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), span),
        closed_on_holidays=False,
    )
    slots = Slots(length_minutes=length, urgent_lead_minutes=0)
    return coolcare().model_copy(update={"hours": hours, "slots": slots})


@pytest.mark.parametrize(
    ("opens", "closes", "shut"),
    [
        ("00:00", "24:00", []),
        ("08:00", "24:00", range(8)),
        ("17:00", "02:00", range(2, 17)),
        ("08:00", "18:00", [*range(8), *range(18, 24)]),
        ("00:00", "08:00", range(8, 24)),
    ],
)
def test_hours_to_midnight_and_past_it(opens: str, closes: str, shut: list[int]) -> None:
    business = closing(opens, closes)
    for day in ("2025-08-27", "2026-03-08", "2026-11-01"):  # an ordinary day, and both changes
        start = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=calendar.zone(business))
        moments = [start.astimezone(UTC) + timedelta(minutes=n) for n in range(0, 23 * 60, 7)]
        for moment in moments:
            hour = calendar.local(business, moment).hour
            assert calendar.is_after_hours(business, moment) is (hour in list(shut)), moment


def test_the_small_hours_belong_to_the_day_before() -> None:
    business = closing("17:00", "02:00")
    hours = business.hours.model_copy(update={"extra_closed_days": (date(2025, 8, 29),)})
    business = business.model_copy(update={"hours": hours})
    assert not calendar.is_after_hours(business, at("2025-08-29T01:30:00-04:00"))
    assert calendar.is_after_hours(business, at("2025-08-29T20:00:00-04:00"))
    assert calendar.is_after_hours(business, at("2025-08-30T01:30:00-04:00"))
    assert not calendar.is_after_hours(business, at("2025-08-31T01:30:00-04:00"))


def test_windows_past_midnight_are_of_the_day_on_which_they_start() -> None:
    business = closing("22:00", "02:00")
    found = starts(business, at("2025-08-28T12:00:00-04:00"), day=date(2025, 8, 29))
    assert [one[11:16] for one in found] == ["00:00", "01:00", "22:00", "23:00"]
    assert [one[11:16] for one in starts(business, at("2025-08-29T00:30:00-04:00"))][:2] == [
        "01:00",
        "22:00",
    ]


def test_the_hour_that_a_night_has_twice_is_there_twice() -> None:
    business = closing("00:00", "24:00")
    autumn = starts(business, at("2026-10-31T12:00:00-04:00"), day=date(2026, 11, 1))
    assert len(autumn) == 25
    assert [one[11:] for one in autumn[:4]] == [
        "00:00:00-04:00",
        "01:00:00-04:00",
        "01:00:00-05:00",
        "02:00:00-05:00",
    ]
    shown = {calendar.display(business, at(one)) for one in autumn}
    assert len(shown) == 25
    assert "Sun, Nov 1, 1:00 AM EST" in shown
    spring = starts(business, at("2026-03-07T12:00:00-05:00"), day=date(2026, 3, 8))
    assert len(spring) == 23


@settings(max_examples=60, deadline=None)
@given(
    ZONES,
    MOMENTS,
    st.sampled_from(["17:00", "20:00", "23:00"]),
    st.sampled_from(["00:30", "02:00", "03:00", "06:00"]),
    st.sampled_from([30, 60, 90]),
)
def test_nights_are_booked_inside_their_hours(
    timezone: str, now: datetime, opens: str, closes: str, length: int
) -> None:
    business = closing(opens, closes, length).model_copy(update={"timezone": timezone})
    last = now.astimezone(UTC)
    for opening in calendar.openings(business, REPAIR, now, urgent=False):
        start, end = (t.astimezone(UTC) for t in (opening.window.start, opening.window.end))
        assert start >= last, "in order, none meets another"
        assert end - start == timedelta(minutes=length)
        assert not calendar.is_after_hours(business, start)
        last = end


def test_an_emergency_past_midnight() -> None:
    slots = Slots.model_validate({"urgent_from": "08:00", "urgent_until": "02:00"})
    business = coolcare().model_copy(update={"slots": slots})
    late = starts(business, at("2025-08-29T22:30:00-04:00"), urgent=True)
    assert late[0] == "2025-08-30T00:00:00-04:00"
    assert starts(business, at("2025-08-30T00:20:00-04:00"), urgent=True)[0] == (
        "2025-08-30T08:00:00-04:00"
    )


def test_the_drive_from_one_area_to_another() -> None:
    near, far = coolcare().areas
    areas = (
        near.model_copy(update={"drive_minutes": 5}),
        far.model_copy(update={"drive_minutes": 25}),
    )
    slots = coolcare().slots.model_copy(update={"travel_buffer_minutes": 10})
    business = coolcare().model_copy(update={"areas": areas, "slots": slots})
    assert calendar.travel_minutes(business, near.id, near.id) == 10
    assert calendar.travel_minutes(business, near.id, far.id) == 30
    assert calendar.travel_minutes(business, far.id, near.id) == 30
    assert calendar.travel_minutes(business, None, far.id) == 10
    assert calendar.longest_travel_minutes(business) == 30


def test_travel_time_counts_on_both_sides() -> None:
    job = Window(at("2025-08-29T10:00:00-04:00"), at("2025-08-29T12:00:00-04:00"))
    after = Window(at("2025-08-29T12:00:00-04:00"), at("2025-08-29T14:00:00-04:00"))
    later = Window(at("2025-08-29T12:30:00-04:00"), at("2025-08-29T14:30:00-04:00"))
    assert not calendar.overlaps(job, after)
    assert calendar.overlaps(job, after, buffer_minutes=30)
    assert calendar.overlaps(after, job, buffer_minutes=30)
    assert not calendar.overlaps(job, later, buffer_minutes=30)


def test_overlap_is_judged_in_real_time_when_the_clock_is_set_back() -> None:
    tz = calendar.zone(coolcare())
    first = datetime(2026, 11, 1, 1, 30, tzinfo=tz)
    second = first.replace(fold=1)
    one = Window(first, first.replace(minute=45))
    other = Window(second, second.replace(minute=45))
    assert not calendar.overlaps(one, other)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2025-08-28T21:00:00-04:00", "Thu, Aug 28, 9:00 PM"),
        ("2025-08-28T04:05:00Z", "Thu, Aug 28, 12:05 AM"),
        ("2025-08-28T12:00:00-04:00", "Thu, Aug 28, 12:00 PM"),
    ],
)
def test_times_as_people_read_them(moment: str, shown: str) -> None:
    assert calendar.display(coolcare(), at(moment)) == shown
