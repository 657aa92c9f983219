"""Links on a sticker: what stands in the chat already when somebody has scanned one.

    https://<host>/chat?asset=unit-1&offer=home-advantage-tag

The words are only written down for them: nothing is done before they send it, and what they send
is heard like everybody's. Nothing of the asset's owner is told: who holds the link has the thing
before them, and is not thereby its owner.
"""

from __future__ import annotations

from voiceagent.domain.business import Business
from voiceagent.errors import Unavailable
from voiceagent.ports.assets import Assets


class FirstWords:
    """Words for who comes by a link.

    Args:
        business: its services and offers.
        assets: what other systems have told of.
    """

    def __init__(self, business: Business, assets: Assets) -> None:
        self._business = business
        self._assets = assets

    async def of(self, asset_id: str, offer_id: str) -> str:
        """What to write into the chat; "" for a link that says nothing that we know.

        Args:
            asset_id: as another system calls it; "" for none.
            offer_id: of the business file; "" for none.
        """
        return " ".join(filter(None, (await self._asset(asset_id), self._offer(offer_id))))

    async def _asset(self, asset_id: str) -> str:
        try:
            asset = await self._assets.find(asset_id) if asset_id else None
        except Unavailable:
            return ""
        service = None if asset is None else self._business.service(asset.service_type)
        if asset is None or service is None:
            return ""
        what = f"my {asset.device_type}" if asset.device_type else "it"
        return f"I need {_a(service.name.lower())} for {what}, tag {asset.asset_id}."

    def _offer(self, offer_id: str) -> str:
        named = (one.name for one in self._business.offers if one.id == offer_id)
        return next((f"I have {name}." for name in named), "")


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
