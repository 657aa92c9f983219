from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import coolcare
from voiceagent.domain import calendar, rota
from voiceagent.domain.business import Business, Lead, Leave, OnCallShift, Weekday

REPAIR = coolcare().services[0]
NIGHTS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
MIKE, EVE = "mike", "eve"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}-04:00")


def shift(
    *who: str, days: tuple[Weekday, ...] = NIGHTS, starts: int = 18, ends: int = 8
) -> OnCallShift:
    return OnCallShift(who=who, days=days, starts=time(starts), ends=time(ends))


def business(*shifts: OnCallShift, leave: tuple[Leave, ...] = ()) -> Business:
    mike = coolcare().technicians[0]
    eve = mike.model_copy(update={"id": EVE, "leave": leave})
    return coolcare().model_copy(update={"technicians": (mike, eve), "rota": shifts})


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2025-08-29T17:59:00", False),  # Friday
        ("2025-08-29T18:00:00", True),
        ("2025-08-30T07:59:00", True),  # Friday's shift
        ("2025-08-30T08:00:00", False),
        ("2025-08-30T18:00:00", False),  # none on Saturday
        ("2025-08-31T07:00:00", False),
        ("2025-09-01T18:00:00", True),
    ],
)
def test_a_night_shift_belongs_to_the_day_on_which_it_begins(moment: str, on: bool) -> None:
    assert rota.has_shift(business(shift(MIKE)), MIKE, at(moment)) is on
    assert rota.has_shift(business(shift(MIKE)), EVE, at(moment))


@pytest.mark.parametrize(
    ("starts", "ends", "hours"),
    [
        (8, 18, range(8, 18)),
        (18, 8, [*range(8), *range(18, 24)]),
        (0, 0, range(24)),
        (18, 0, range(18, 24)),
    ],
)
def test_the_hours_of_a_shift(starts: int, ends: int, hours: list[int]) -> None:
    week: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    one = business(shift(MIKE, days=week, starts=starts, ends=ends))
    on = [h for h in range(24) if rota.has_shift(one, MIKE, at(f"2025-08-27T{h:02}:30:00"))]
    assert on == list(hours)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_two_shifts_that_share_the_day_leave_nobody_out(moment: datetime) -> None:
    """Also in the nights in which the clock is changed."""
    week: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    one = business(
        shift(MIKE, days=week, starts=18, ends=8), shift(EVE, days=week, starts=8, ends=18)
    )
    on = [rota.has_shift(one, who, moment) for who in (MIKE, EVE)]
    assert sorted(on) == [False, True]


def test_emergency_windows_are_of_who_is_on_the_rota() -> None:
    friday: tuple[Weekday, ...] = ("fri",)
    night = business(shift(MIKE, days=friday), shift(EVE, days=("thu",)))
    found = calendar.openings(night, REPAIR, at("2025-08-29T20:05:00"), urgent=True)
    tonight = {o.technician_id for o in found if o.window.start.date() == date(2025, 8, 29)}
    assert tonight == {MIKE}
    tomorrow = {o.technician_id for o in found if o.window.start.date() == date(2025, 8, 30)}
    assert tomorrow == {MIKE, EVE}


def test_a_shift_that_ends_in_the_middle_of_a_window_is_none_for_it() -> None:
    friday: tuple[Weekday, ...] = ("fri",)
    night = business(shift(MIKE, days=friday, ends=22), shift(EVE, days=friday, ends=23))
    found = calendar.openings(night, REPAIR, at("2025-08-29T20:05:00"), urgent=True)
    tonight = {o.technician_id for o in found if o.window.start.date() == date(2025, 8, 29)}
    assert tonight == {EVE}


def test_in_working_hours_nobody_need_be_on_call() -> None:
    found = calendar.openings(business(shift(MIKE)), REPAIR, at("2025-08-26T10:05:00"), urgent=True)
    assert found[0].window.start == at("2025-08-26T11:00:00")
    assert {o.technician_id for o in found if o.window.start == found[0].window.start} == {
        MIKE,
        EVE,
    }


def test_nobody_comes_on_their_leave_and_the_reason_is_said() -> None:
    away = (Leave(first=date(2025, 9, 2), last=date(2025, 9, 3)),)
    one = business(leave=away)
    found = calendar.openings(one, REPAIR, at("2025-08-29T20:05:00"), urgent=True)
    days = {o.window.start.date() for o in found if o.technician_id == EVE}
    assert date(2025, 8, 30) in days
    assert date(2025, 9, 4) in days
    assert not days & {date(2025, 9, 2), date(2025, 9, 3)}
    alone = one.model_copy(update={"technicians": one.technicians[1:]})
    why = calendar.why_closed(alone, REPAIR, date(2025, 9, 3))
    assert why == "I'm sorry, Mike Alvarez is not in on Wednesday, September 3."


def with_leads(*leads: Lead, shifts: tuple[OnCallShift, ...] = ()) -> Business:
    escalation = coolcare().escalation.model_copy(update={"leads": leads})
    return coolcare().model_copy(update={"escalation": escalation, "rota": shifts})


def test_leads_are_rung_on_duty_only_and_a_message_always_finds_one() -> None:
    night = Lead(id="night", name="N", phone="+19375550111", role="on_call")
    day = Lead(
        id="day", name="D", phone="+19375550112",
        leave=(Leave(first=date(2025, 8, 29), last=date(2025, 8, 29)),),
    )  # fmt: skip
    one = with_leads(night, day, shifts=(shift("night"),))
    assert [lead.id for lead in rota.leads_on_duty(one, at("2025-08-28T12:00:00"))] == ["day"]
    assert [lead.id for lead in rota.leads_on_duty(one, at("2025-08-28T20:00:00"))] == [
        "night",
        "day",
    ]
    assert rota.leads_on_duty(one, at("2025-08-29T12:00:00")) == []
    assert rota.lead_for_messages(one, at("2025-08-29T12:00:00")) == night
    assert rota.lead_for_messages(with_leads(), at("2025-08-29T12:00:00")) is None


def test_a_window_over_a_change_of_shift_is_of_who_has_both() -> None:
    week: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    one = business(
        shift(MIKE, days=week, starts=0, ends=22), shift(MIKE, days=week, starts=22, ends=0)
    )
    start = at("2025-08-29T21:00:00")
    assert rota.is_on_call(one, one.technicians[0], start, start + timedelta(hours=2))
