"""The owner's policy for unpaid deposits: off unless it says something, and told in plain words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.support.rooms import coolcare
from tests.support.virtual_time import run
from voiceagent.app.deposits import (
    EVERY_S,
    DepositKeeper,
    cancelled_text,
    receipt_text,
    reminder_text,
)
from voiceagent.core.clock import SystemClock
from voiceagent.domain.business import Business, UnpaidDeposits
from voiceagent.errors import Unavailable
from voiceagent.ports.dispatch import OwnCalendar

NOON = SystemClock(datetime.fromisoformat("2025-08-27T12:00:00-04:00"))
NIGHT = SystemClock(datetime.fromisoformat("2025-08-27T22:30:00-04:00"))


@dataclass
class Bookings:
    """`UnpaidBookings`, away at first if it is told so."""

    away: int = 0
    asked: list[tuple[str, timedelta, timedelta | None]] = field(default_factory=list)

    async def remind(self, after: timedelta, text: str) -> int:
        return self._ask("remind", after, None, text)

    async def cancel(
        self, after: timedelta, since_reminder: timedelta, text: str, *, tell_dispatch: bool = False
    ) -> int:
        assert not tell_dispatch
        return self._ask("cancel", after, since_reminder, text)

    def _ask(self, what: str, after: timedelta, pause: timedelta | None, text: str) -> int:
        assert text.startswith("CoolCare: ")
        self.asked.append((what, after, pause))
        if len(self.asked) <= self.away:
            raise Unavailable("store.unreachable", "The store is down.")
        return 1


def with_policy(remind: int | None, cancel: int | None) -> Business:
    policy = UnpaidDeposits(remind_after_hours=remind, cancel_after_hours=cancel)
    return coolcare().model_copy(update={"unpaid_deposits": policy})


def hours(number: int) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("remind", "cancel", "asked"),
    [
        (None, None, []),
        (4, None, [("remind", hours(4), None)]),
        (None, 24, [("cancel", hours(24), hours(24))]),
        (4, 24, [("remind", hours(4), None), ("cancel", hours(24), hours(20))]),
    ],
)
async def test_only_what_the_policy_names_is_done(
    remind: int | None, cancel: int | None, asked: list[tuple[str, timedelta, timedelta | None]]
) -> None:
    bookings = Bookings()
    await DepositKeeper(with_policy(remind, cancel), NOON, bookings, OwnCalendar()).once()
    assert bookings.asked == asked


async def test_at_night_nobody_is_reminded_and_nothing_called_off() -> None:
    bookings = Bookings()
    await DepositKeeper(with_policy(4, 24), NIGHT, bookings, OwnCalendar()).once()
    assert bookings.asked == []


async def test_without_a_policy_it_ends_by_itself() -> None:
    await DepositKeeper(coolcare(), NOON, Bookings(), OwnCalendar()).run()


def test_it_goes_on_when_the_store_is_back() -> None:
    bookings = Bookings(away=2)

    async def some_rounds() -> None:
        try:
            async with asyncio.timeout(2.5 * EVERY_S):
                await DepositKeeper(with_policy(4, None), NOON, bookings, OwnCalendar()).run()
        except TimeoutError:
            pass

    run(some_rounds())
    assert len(bookings.asked) == 3


def test_what_is_said() -> None:
    business = with_policy(4, 24)
    assert "{checkout_url}" in reminder_text(business)
    assert "called off" in reminder_text(business)
    assert "called off" not in reminder_text(with_policy(4, None))
    assert business.phone in cancelled_text(business)
    assert "{deposit}" in receipt_text(business)
    for text in (reminder_text(business), cancelled_text(business), receipt_text(business)):
        assert text.endswith(business.brand.sign_off)
