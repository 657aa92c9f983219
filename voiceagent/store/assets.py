"""What of customers' is looked after, on PostgreSQL."""

from __future__ import annotations

from voiceagent.domain.assets import Asset, AssetDraft, NewOwner
from voiceagent.domain.identity import same_words
from voiceagent.domain.records import Customer
from voiceagent.errors import CallerFixable
from voiceagent.store import jobs_sql
from voiceagent.store.locks import lock_identities
from voiceagent.store.pool import Connection, Database

_FIND = """
SELECT a.id AS asset_id, a.service_type, a.device_type, a.model,
       c.id::text AS customer_id, c.name, c.phone, c.email, c.address
  FROM assets a JOIN customers c ON c.id = a.customer_id
 WHERE a.id = $1
"""

_KNOWN = "SELECT EXISTS (SELECT FROM customers WHERE id = $1)"

_KEEP = """
INSERT INTO assets (id, customer_id, service_type, device_type, model) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE
   SET customer_id = excluded.customer_id, service_type = excluded.service_type,
       device_type = excluded.device_type, model = excluded.model, updated_at = app_now()
"""


class PostgresAssets:
    """`ports.assets.Assets` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, draft: AssetDraft) -> Asset:
        """See `ports.assets.Assets.keep`."""

        async def work(connection: Connection) -> Asset:
            if isinstance(draft.owner, NewOwner):
                customer_id = await _owner(connection, draft.asset_id, draft.owner)
            else:
                customer_id = draft.owner
                if not await connection.fetchval(_KNOWN, customer_id):
                    raise unknown_customer()
            fields = (draft.service_type, draft.device_type, draft.model)
            await connection.execute(_KEEP, draft.asset_id, customer_id, *fields)
            kept = await _find(connection, draft.asset_id)
            assert kept is not None  # noqa: S101 - it was written just now
            return kept

        return await self._db.run(work)

    async def find(self, asset_id: str) -> Asset | None:
        """See `ports.assets.Assets.find`."""
        return await self._db.run(lambda connection: _find(connection, asset_id))


async def _find(connection: Connection, asset_id: str) -> Asset | None:
    row = await connection.fetchrow(_FIND, asset_id)
    if row is None:
        return None
    customer = Customer(row["customer_id"], row["name"], row["phone"], row["email"], row["address"])
    fields = (row["service_type"], row["device_type"], row["model"])
    return Asset(row["asset_id"], customer, *fields)


async def _owner(connection: Connection, asset_id: str, owner: NewOwner) -> str:
    """The customer an asset belongs to from now on."""
    await lock_identities(connection, (owner.phone,))
    known = await _find(connection, asset_id)
    if known is not None and is_owner(known, owner):
        theirs = known.customer.customer_id
        await connection.execute(jobs_sql.RENEW_CUSTOMER, theirs, owner.email, owner.address)
        return theirs
    fields = (owner.phone, owner.name, owner.email, owner.address)
    return str(await connection.fetchval(jobs_sql.ADD_CUSTOMER, *fields))


def is_owner(known: Asset, owner: NewOwner) -> bool:
    """Whether somebody is whom an asset belongs to already."""
    return known.customer.phone == owner.phone and same_words(known.customer.name, owner.name)


def unknown_customer() -> CallerFixable:
    """The error for an id that no customer has."""
    return CallerFixable("customer.unknown_id", "There is no such customer.", field="customer_id")
