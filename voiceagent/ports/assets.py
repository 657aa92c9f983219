"""What of customers' is looked after."""

from __future__ import annotations

from typing import Protocol

from voiceagent.domain.assets import Asset, AssetDraft


class Assets(Protocol):
    """Assets as they are kept. All may raise `Unavailable`."""

    async def keep(self, draft: AssetDraft) -> Asset:
        """Keep an asset in place of what was known of it, and its owner: one transaction.

        Who is named as they are known with this asset (number and name) is the same customer, whose
        address is the new one; anybody else is a new customer.

        Raises:
            CallerFixable: ``customer.unknown_id``.
        """
        ...

    async def find(self, asset_id: str) -> Asset | None:
        """One asset."""
        ...
