"""What a request names by its id, or a refusal that points at the field."""

from __future__ import annotations

from voiceagent.app.rest.desk import RestDesk
from voiceagent.domain.assets import Asset
from voiceagent.domain.records import Customer
from voiceagent.errors import CallerFixable


async def customer_named(desk: RestDesk, customer_id: str, field: str = "cust_id") -> Customer:
    """The customer of an id.

    Raises:
        CallerFixable: ``customer.unknown_id``; also for one who was forgotten.
    """
    found = await desk.store.customers.get(customer_id)
    if found is None or not found.name:
        raise CallerFixable("customer.unknown_id", "There is no such customer.", field=field)
    return found


async def asset_named(desk: RestDesk, asset_id: str, field: str = "asset_id") -> Asset:
    """The asset of an id.

    Raises:
        CallerFixable: ``asset.unknown_id``.
    """
    found = await desk.store.assets.find(asset_id)
    if found is None:
        problem = "There is no such asset: PUT /assets/{asset_id} first."
        raise CallerFixable("asset.unknown_id", problem, field=field)
    return found
