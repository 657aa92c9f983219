"""Pages by text message to the business's own people: what there is without a paging service."""

from __future__ import annotations

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.records import OutboundMessage
from voiceagent.domain.rota import first_lead
from voiceagent.errors import PeerMisbehaved
from voiceagent.ports.messages import Texts
from voiceagent.ports.pager import Page, Pager


class TextPager:
    """`ports.pager.Pager` that texts the lead who is on duty, on-call staff first.

    A page that is told twice is texted twice, and better than never. Where nobody is on duty it
    goes to the first lead there is.

    Args:
        texts: sends them.
        business: whose leads and rota.
        clock: whose shift it is.
    """

    def __init__(self, texts: Texts, business: Business, clock: Clock) -> None:
        self._texts = texts
        self._business = business
        self._clock = clock

    async def page(self, page: Page) -> str:
        """See `ports.pager.Pager.page`."""
        lead = first_lead(self._business, self._clock.now(), on_call_first=True)
        if lead is None:
            raise PeerMisbehaved("pager.nobody", "The business file names no lead.")
        return await self._texts.send(OutboundMessage(page.key, "sms", lead.phone, page.summary))


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
