"""Pages by text message to the business's own people: what there is without a paging service."""

from __future__ import annotations

from voiceagent.domain.business import Business
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import PeerMisbehaved
from voiceagent.ports.messages import Texts
from voiceagent.ports.pager import Page, Pager

_ORDER = ("on_call", "manager", "lead")
"""Whom of the business file's leads it goes to: the first there is."""


class TextPager:
    """`ports.pager.Pager` that texts the lead who is on call: twice sooner than never.

    Args:
        texts: sends them.
        business: whose leads.
    """

    def __init__(self, texts: Texts, business: Business) -> None:
        self._texts = texts
        self._business = business

    async def page(self, page: Page) -> str:
        """See `ports.pager.Pager.page`."""
        leads = sorted(self._business.escalation.leads, key=lambda lead: _ORDER.index(lead.role))
        if not leads:
            raise PeerMisbehaved("pager.nobody", "The business file names no lead.")
        return await self._texts.send(
            OutboundMessage(page.key, "sms", leads[0].phone, page.summary)
        )


class PageMessages:
    """Sends messages of the outbox that are pages.

    Args:
        pager: pages.
        source: which business.
    """

    def __init__(self, pager: Pager, source: str) -> None:
        self._pager = pager
        self._source = source

    async def send(self, message: OutboundMessage) -> str:
        """Send a message on `ports.pager.PAGER`."""
        return await self._pager.page(Page(message.key, message.body, self._source))
