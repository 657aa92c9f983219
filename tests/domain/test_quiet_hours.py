"""Quiet hours: where the business is and where the number is, over midnight, on both DST nights."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import coolcare
from voiceagent.domain.business import Business, QuietHours
from voiceagent.domain.quiet_hours import quiet_s
from voiceagent.domain.texting import is_unasked
from voiceagent.store.outbox import reminder_key

HERE, CALIFORNIA, HAWAII, NOWHERE = "+19375550161", "+14155550161", "+18085550161", "+15551230000"
HOUR = 3600.0
ZONES = {HERE: "America/New_York", CALIFORNIA: "America/Los_Angeles", HAWAII: "Pacific/Honolulu"}


def quiet(begins: str = "21:00", ends: str = "08:00") -> Business:
    hours = QuietHours(begins=time.fromisoformat(begins), ends=time.fromisoformat(ends))
    return coolcare().model_copy(update={"quiet_hours": hours})


CASES = [
    ("2025-08-27T20:59:00-04:00", HERE, 0.0),
    ("2025-08-27T21:00:00-04:00", HERE, 11 * HOUR),
    ("2025-08-27T07:30:00-04:00", HERE, 0.5 * HOUR),
    ("2025-08-27T08:00:00-04:00", HERE, 0.0),
    ("2025-08-27T08:00:00-04:00", CALIFORNIA, 3 * HOUR),
    ("2025-08-27T23:00:00-04:00", CALIFORNIA, 12 * HOUR),
    ("2025-08-27T08:00:00-04:00", HAWAII, 6 * HOUR),
    ("2025-08-27T09:00:00-04:00", NOWHERE, 0.0),
    ("2025-11-01T21:00:00-04:00", HERE, 12 * HOUR),  # that night has an hour twice
    ("2025-03-08T21:00:00-05:00", HERE, 10 * HOUR),  # and that one an hour less
]


@pytest.mark.parametrize(("moment", "number", "wait_s"), CASES)
def test_it_is_quiet_until_it_is_quiet_nowhere(moment: str, number: str, wait_s: float) -> None:
    assert quiet_s(quiet(), datetime.fromisoformat(moment), number) == wait_s


@pytest.mark.parametrize(
    ("begins", "ends", "at", "wait_s"),
    [
        ("12:00", "13:00", "12:30", 0.5 * HOUR),
        ("12:00", "13:00", "13:00", 0.0),
        ("00:00", "00:00", "03:00", 0.0),
        ("00:00", "06:30", "06:00", 0.5 * HOUR),
    ],
)
def test_hours_as_the_owner_set_them(begins: str, ends: str, at: str, wait_s: float) -> None:
    moment = datetime.fromisoformat(f"2025-08-27T{at}:00-04:00")
    assert quiet_s(quiet(begins, ends), moment) == wait_s


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([*ZONES]),
)
def test_after_the_wait_it_is_day_wherever_they_may_be(moment: datetime, number: str) -> None:
    then = moment + timedelta(seconds=quiet_s(quiet(), moment, number))
    for zone in ("America/New_York", ZONES[number]):
        assert time(8) <= then.astimezone(ZoneInfo(zone)).time() < time(21)


@pytest.mark.parametrize(
    ("key", "unasked"),
    [
        (reminder_key("x"), True),  # type: ignore[arg-type]
        ("unpaid:x", True),
        ("waiting:x", True),
        ("reply:7", False),
        ("booked:call:slot", False),
        ("one-time-code:+1", False),
        ("dispatch:x", False),
    ],
)
def test_only_what_nobody_waits_for_keeps_them(key: str, unasked: bool) -> None:
    assert is_unasked(key) is unasked
