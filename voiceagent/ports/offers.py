"""What customers were promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from voiceagent.domain.offers import CustomerOffer
from voiceagent.domain.records import OutboundMessage


class Offers(Protocol):
    """Offers as they are kept; a booking uses one in its own transaction (`ports.jobs.Jobs.book`).

    All may raise `Unavailable`.
    """

    async def give(
        self, offer: CustomerOffer, messages: Sequence[OutboundMessage], *, again_after: timedelta
    ) -> CustomerOffer:
        """Keep an offer, with what is told of it; who has a good one of its rule keeps that.

        Args:
            offer: a new one.
            messages: queued with it; not where an older one is returned.
            again_after: how long after using one its customer gets another.

        Raises:
            CallerFixable: ``offer.had``, the customer has used one too short a time ago.
        """
        ...

    async def find(self, code: str) -> CustomerOffer | None:
        """The offer of a code, good or not."""
        ...
