"""Whether a business is open at an hour, also one that works past midnight."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from tests.support.rooms import coolcare
from tests.tools.desk import desk
from voiceagent.domain.business import Business, Hours, OpenHours

_FRIDAY = datetime.fromisoformat("2026-11-27T23:44:00-05:00")


def _night_bakery() -> Business:
    late = OpenHours(opens=time(17), closes=time(3))
    hours = Hours(
        thu=OpenHours(opens=time(17), closes=time(2)), fri=late, sat=late, closed_on_holidays=False
    )
    return coolcare().model_copy(update={"hours": hours})


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("are you open at 2:30 am sunday", "Yes, at 2:30 AM on Sunday we are open: Saturday's"),
        ("are you open saturday at 1 am", "Yes, at 1 AM on Saturday we are open: Friday's"),
        ("are you open at 1 am tonight", "Yes, at 1 AM on Saturday we are open: Friday's"),
        ("are you open saturday night at 2 am", "Yes, at 2 AM on Sunday we are open: Saturday's"),
        ("are you open at 4 am sunday", "No, at 4 AM on Sunday we are closed."),
        ("are you open at noon saturday", "No, at 12 PM on Saturday we are closed."),
        ("are you open at 6 pm saturday", "Yes, at 6 PM on Saturday we are open. On Saturday"),
        ("are you open sunday", "We are closed on Sunday, November 29. Saturday's hours go on"),
        ("are you open monday", "We are closed on Monday, November 30."),
    ],
)
async def test_an_hour_is_answered_by_the_night_it_belongs_to(asked: str, answer: str) -> None:
    at = desk(_night_bakery(), _FRIDAY)
    said = await at.ok("answer_from_knowledge", question=asked)
    assert str(said["answer"]).startswith(answer), said
