"""What customers want to be known of them, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.customer_facts import CustomerFact, FactConsent, FactKind, FactOrigin
from voiceagent.domain.records import CallId
from voiceagent.store.pool import Database

_KEEP = """
INSERT INTO customer_facts (phone, kind, value, origin, consent, call_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (phone, kind) DO UPDATE
   SET value = excluded.value, origin = excluded.origin, consent = excluded.consent,
       call_id = excluded.call_id, at = excluded.at
 WHERE customer_facts.origin = 'unproven' OR excluded.origin <> 'unproven'
RETURNING kind
"""

_OF = "SELECT * FROM customer_facts WHERE phone = $1 ORDER BY kind"


class PostgresCustomerFacts:
    """`ports.customer_facts.CustomerFacts` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, fact: CustomerFact) -> bool:
        """See `ports.customer_facts.CustomerFacts.keep`."""
        row = await self._db.row(
            _KEEP,
            fact.phone,
            fact.kind.value,
            fact.value,
            fact.origin.value,
            fact.consent.value,
            fact.call_id,
            fact.at,
        )
        return row is not None

    async def of(self, phone: str) -> Sequence[CustomerFact]:
        """See `ports.customer_facts.CustomerFacts.of`."""
        return [
            CustomerFact(
                phone=row["phone"],
                kind=FactKind(row["kind"]),
                value=row["value"],
                origin=FactOrigin(row["origin"]),
                consent=FactConsent(row["consent"]),
                call_id=CallId(str(row["call_id"])) if row["call_id"] is not None else None,
                at=row["at"],
            )
            for row in await self._db.rows(_OF, phone)
        ]
