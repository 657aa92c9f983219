"""Offers on PostgreSQL: given once a customer, used once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from voiceagent.domain.offers import CustomerOffer, PriceTerms
from voiceagent.domain.records import CallId, JobId, OutboundMessage
from voiceagent.errors import CallerFixable
from voiceagent.store.locks import lock_identities
from voiceagent.store.outbox import put_text
from voiceagent.store.pool import Connection, Database, Row

_GOOD = """
SELECT * FROM offers
 WHERE rule = $1 AND (phone = $2 OR ($2::text IS NULL AND phone IS NULL AND call_id = $3))
   AND used_at IS NULL AND expires_at > app_now()
 ORDER BY created_at LIMIT 1
"""

_HAD = """
SELECT EXISTS (SELECT FROM offers WHERE rule = $1 AND phone = $2 AND used_at > app_now() - $3::interval)
"""  # noqa: E501

_GIVE = """
INSERT INTO offers (code, rule, phone, call_id, no_trip_fee, percent, services, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

_FIND = "SELECT * FROM offers WHERE code = $1"

# The row is locked by the first booking that uses it; a second one waits here and finds it used.
_USE = """
UPDATE offers SET used_at = app_now(), used_by = $2
 WHERE code = $1 AND used_at IS NULL AND expires_at > app_now()
RETURNING code
"""

_GIVE_BACK = "UPDATE offers SET used_at = NULL, used_by = NULL WHERE used_by = $1"


class PostgresOffers:
    """`ports.offers.Offers` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def give(
        self, offer: CustomerOffer, messages: Sequence[OutboundMessage], *, again_after: timedelta
    ) -> CustomerOffer:
        """See `ports.offers.Offers.give`."""

        async def work(connection: Connection) -> CustomerOffer:
            await lock_identities(connection, (offer.phone or "",))
            known = await connection.fetchrow(_GOOD, offer.rule, offer.phone, offer.call_id)
            if known is not None:
                return _read(known)
            if await connection.fetchval(_HAD, offer.rule, offer.phone, again_after):
                raise offer_had()
            await connection.execute(
                _GIVE,
                offer.terms.code,
                offer.rule,
                offer.phone,
                offer.call_id,
                offer.terms.no_trip_fee,
                offer.terms.percent,
                list(offer.terms.services),
                offer.expires_at,
            )
            for message in messages:
                await put_text(connection, message)
            return offer

        return await self._db.run(work)

    async def find(self, code: str) -> CustomerOffer | None:
        """See `ports.offers.Offers.find`."""
        row = await self._db.row(_FIND, code)
        return None if row is None else _read(row)


async def use_offer(connection: Connection, code: str, job_id: JobId) -> None:
    """Use an offer in the transaction of its booking; nothing where the quote has none.

    Raises:
        CallerFixable: ``offer.used``, another booking has used it, or its time is over.
    """
    if code and await connection.fetchval(_USE, code, job_id) is None:
        raise offer_used()


async def give_offer_back(connection: Connection, job_id: JobId) -> None:
    """A booking that is called off has used no offer, in the caller's transaction."""
    await connection.execute(_GIVE_BACK, job_id)


def offer_had() -> CallerFixable:
    """The customer has used this offer, and does not get it again yet."""
    return CallerFixable(
        "offer.had",
        "This customer has used this offer already.",
        say="That offer was used with an earlier visit already, so I can't give it again.",
    )


def offer_used() -> CallerFixable:
    """The offer that a price counts on is not good any more."""
    return CallerFixable(
        "offer.used",
        "The offer in this quote was used, or its time is over; get a quote without it.",
        say="That offer has been used already, or it has run out. Let me check the price again.",
        field="estimated_cost",
    )


def _read(row: Row) -> CustomerOffer:
    return CustomerOffer(
        terms=PriceTerms(row["code"], row["percent"], row["no_trip_fee"], tuple(row["services"])),
        rule=row["rule"],
        phone=row["phone"],
        call_id=CallId(str(row["call_id"])) if row["call_id"] is not None else None,
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        used_by=JobId(str(row["used_by"])) if row["used_by"] is not None else None,
    )
