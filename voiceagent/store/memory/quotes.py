"""Prices computed for calls, in memory."""

from __future__ import annotations

from voiceagent.domain.records import CallId, Quote
from voiceagent.store.memory.tables import Tables, a_uuid, refuse


class MemoryQuotes:
    """`ports.quotes.Quotes` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def save(self, quote: Quote) -> None:
        """See `ports.quotes.Quotes.save`; a stored quote never changes."""
        await self._tables.enter("quotes.save")
        self._tables.known_call(a_uuid(quote.call_id))
        amounts = (quote.service_call, quote.range_low, quote.estimate, quote.emergency_fee)
        ordered = quote.range_low <= quote.range_high and 0 <= quote.deposit <= quote.estimate
        if min(amounts) < 0 or not ordered:
            refuse("amounts that contradict each other")
        if all(known.quote_id != quote.quote_id for known in self._tables.quotes):
            self._tables.quotes.append(quote)

    async def latest(self, call_id: CallId, service_type: str) -> Quote | None:
        """See `ports.quotes.Quotes.latest`."""
        await self._tables.enter("quotes.latest")
        a_uuid(call_id)
        for quote in reversed(self._tables.quotes):
            if (quote.call_id, quote.service_type) == (call_id, service_type):
                return quote
        return None
