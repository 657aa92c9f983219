"""What of customers' is looked after, in memory."""

from __future__ import annotations

import uuid
from dataclasses import replace

from voiceagent.domain.assets import Asset, AssetDraft, NewOwner
from voiceagent.domain.phones import E164_SHAPE
from voiceagent.domain.records import CallId, Customer
from voiceagent.store.assets import is_owner, unknown_customer
from voiceagent.store.memory.tables import Tables, a_uuid, refuse


class MemoryAssets:
    """`ports.assets.Assets` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def keep(self, draft: AssetDraft) -> Asset:
        """See `ports.assets.Assets.keep`."""
        await self._tables.enter("assets.keep")
        if isinstance(draft.owner, NewOwner):
            customer = self._owner(draft.asset_id, draft.owner)
        else:
            a_uuid(CallId(draft.owner))
            known = self._tables.customers.get(draft.owner)
            if known is None:
                raise unknown_customer()
            customer = known
        self._tables.customers[customer.customer_id] = customer
        for job in self._tables.jobs.values():
            if job.customer.customer_id == customer.customer_id:
                self._tables.jobs[job.job_id] = replace(job, customer=customer)
        fields = (draft.service_type, draft.device_type, draft.model)
        kept = Asset(draft.asset_id, customer, *fields)
        self._tables.assets[draft.asset_id] = kept
        return kept

    async def find(self, asset_id: str) -> Asset | None:
        """See `ports.assets.Assets.find`."""
        await self._tables.enter("assets.find")
        kept = self._tables.assets.get(asset_id)
        if kept is None:
            return None
        return replace(kept, customer=self._tables.customers[kept.customer.customer_id])

    def _owner(self, asset_id: str, owner: NewOwner) -> Customer:
        if E164_SHAPE.fullmatch(owner.phone) is None:
            refuse("a number that is not E.164")
        known = self._tables.assets.get(asset_id)
        if known is not None and is_owner(known, owner):
            before = self._tables.customers[known.customer.customer_id]
            return replace(before, email=owner.email or before.email, address=owner.address)
        return Customer(str(uuid.uuid4()), owner.name, owner.phone, owner.email, owner.address)
