"""Finance: what things cost, and what may be offered. The business file answers by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from voiceagent.domain.business import Business, PriceTable


@dataclass(frozen=True, slots=True)
class OfferVerdict:
    """Whether an offer may be given; `say` is a sentence for the customer who may not have it."""

    allowed: bool
    say: str = ""


class Finance(Protocol):
    """The agent for money. All may raise `Unavailable` and `PeerMisbehaved`."""

    async def price_tables(self, day: date) -> Sequence[PriceTable]:
        """The price tables that are published on a day; those known already may be among them."""
        ...

    async def may_offer(self, rule: str, phone: str | None) -> OfferVerdict:
        """Whether a customer may have an offer that the business file allows.

        Args:
            rule: its id in the business file.
            phone: the customer's number, E.164, where it is known.
        """
        ...


class FinanceOfFile:
    """`Finance` by the business file: its tables, and its rules as they stand."""

    def __init__(self, business: Business) -> None:
        self._business = business

    async def price_tables(self, day: date) -> Sequence[PriceTable]:  # noqa: ARG002 - the port's
        """See `Finance.price_tables`."""
        return self._business.prices

    async def may_offer(self, rule: str, phone: str | None) -> OfferVerdict:  # noqa: ARG002 - the port's
        """See `Finance.may_offer`; what it costs Finance to say no is a rule less in the file."""
        return OfferVerdict(any(one.id == rule for one in self._business.offers))
