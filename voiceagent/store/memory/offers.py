"""Offers, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from voiceagent.domain.offers import CustomerOffer
from voiceagent.domain.records import JobId, OutboundMessage
from voiceagent.store.memory.tables import Tables, refuse
from voiceagent.store.offers import offer_had, offer_used


class MemoryOffers:
    """`ports.offers.Offers` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def give(
        self, offer: CustomerOffer, messages: Sequence[OutboundMessage], *, again_after: timedelta
    ) -> CustomerOffer:
        """See `ports.offers.Offers.give`."""
        await self._tables.enter("offers.give")
        now = self._tables.clock.now()
        theirs = [one for one in self._tables.offers.values() if _same_customer(one, offer)]
        for known in theirs:
            if known.is_good(now):
                return known
        used = (one.used_at for one in theirs if offer.phone is not None)
        if any(at is not None and at > now - again_after for at in used):
            raise offer_had()
        if offer.call_id is not None:
            self._tables.known_call(offer.call_id)
        if offer.terms.code in self._tables.offers:
            refuse("a code that is given already")
        self._tables.check(messages)
        self._tables.offers[offer.terms.code] = offer
        for message in messages:
            self._tables.put(message)
        return offer

    async def find(self, code: str) -> CustomerOffer | None:
        """See `ports.offers.Offers.find`."""
        await self._tables.enter("offers.find")
        return self._tables.offers.get(code)


def _same_customer(known: CustomerOffer, offer: CustomerOffer) -> bool:
    if known.rule != offer.rule or known.phone != offer.phone:
        return False
    return offer.phone is not None or known.call_id == offer.call_id


def check_offer(tables: Tables, code: str) -> None:
    """Refuse a booking whose quote counts on an offer that is not good."""
    offer = tables.offers.get(code)
    if code and (offer is None or not offer.is_good(tables.clock.now())):
        raise offer_used()


def use_offer(tables: Tables, code: str, job_id: JobId) -> None:
    """Use an offer that was checked."""
    if code:
        now = tables.clock.now()
        tables.offers[code] = replace(tables.offers[code], used_at=now, used_by=job_id)
