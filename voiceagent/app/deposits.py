"""What becomes of deposits: the texts, and the owner's policy for those that are not paid.

Composition-level.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from loguru import logger

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.quiet_hours import quiet_s
from voiceagent.errors import Unavailable
from voiceagent.ports.dispatch import Dispatch
from voiceagent.ports.payments import UnpaidBookings

EVERY_S: Final = 60.0


class DepositKeeper:
    """Carries out ``[unpaid_deposits]`` of the business file; without times there it does nothing.

    Args:
        business: whose policy.
        clock: at quiet hours of the business's place nobody is reminded, and nothing called off.
        bookings: those that wait for a deposit. Several workers may ask for them at once.
        dispatch: an outside one is told of what is called off.
    """

    def __init__(
        self, business: Business, clock: Clock, bookings: UnpaidBookings, dispatch: Dispatch
    ) -> None:
        self._business = business
        self._clock = clock
        self._bookings = bookings
        self._dispatch = dispatch

    async def run(self) -> None:
        """Carry out the policy again and again, until cancelled. What fails is tried again."""
        policy = self._business.unpaid_deposits
        if policy.remind_after_hours is None and policy.cancel_after_hours is None:
            return
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Carry it out: who is due for both is reminded now, and called off later."""
        if quiet_s(self._business, self._clock.now()) > 0:
            return
        policy = self._business.unpaid_deposits
        remind, cancel = policy.remind_after_hours, policy.cancel_after_hours
        try:
            if remind is not None:
                text = reminder_text(self._business)
                if count := await self._bookings.remind(timedelta(hours=remind), text):
                    logger.info("deposits.reminded: {}", count)
            if cancel is not None:
                pause = timedelta(hours=cancel - (remind or 0))
                text = cancelled_text(self._business)
                count = await self._bookings.cancel(
                    timedelta(hours=cancel), pause, text, tell_dispatch=not self._dispatch.is_ours
                )
                if count:
                    logger.warning("deposits.cancelled: {}", count)
        except Unavailable as error:
            logger.warning("deposits.put_off: {}", error.code)


def receipt_text(business: Business) -> str:
    """What a customer is told once the deposit is paid; see `ports.jobs.Jobs.book` for braces."""
    return _signed(
        business, "we received your {deposit} deposit. Your visit, code {job_code}, is confirmed."
    )


def reminder_text(business: Business) -> str:
    """What a customer is told who has not paid."""
    end = business.unpaid_deposits.cancel_after_hours
    threat = " Without it the visit will be called off." if end is not None else ""
    return _signed(
        business, "please pay the {deposit} deposit for your visit: {checkout_url}" + threat
    )


def cancelled_text(business: Business) -> str:
    """What a customer is told whose visit was called off."""
    return _signed(
        business,
        "your visit, code {job_code}, was called off because its deposit was not paid. "
        f"To book again, call {business.phone}.",
    )


def _signed(business: Business, text: str) -> str:
    return business.brand.signed(f"{business.name}: {text}")
