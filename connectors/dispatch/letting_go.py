"""Visits that were called off, and which an outside dispatcher is still to let go.

The outbox brings them (`ports.dispatch.let_go_of`), again and again until the dispatcher has heard.
A note to a person waits beside that: it leaves when the dispatcher has said nothing for a while.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.records import OutboundMessage
from voiceagent.domain.rota import lead_for_messages
from voiceagent.ports.dispatch import Dispatch
from voiceagent.ports.messages import Outbox

NOTE_AFTER: Final = timedelta(minutes=5)
"""For so long a dispatcher may be away before a person is asked to look."""


class VisitsLetGo:
    """Sends messages on `ports.dispatch.DISPATCH_CHANNEL`.

    Args:
        dispatch: the outside dispatcher.
        outbox: keeps the note.
        business: whose people look.
        clock: whose shift it is.
    """

    def __init__(
        self, dispatch: Dispatch, outbox: Outbox, business: Business, clock: Clock
    ) -> None:
        self._dispatch = dispatch
        self._outbox = outbox
        self._business = business
        self._clock = clock

    async def send(self, message: OutboundMessage) -> str:
        """Have the visit named by the body let go; its name. Raises as `Dispatch.cancel`."""
        order_id = message.body
        note = self._note(order_id)
        if note is not None:
            await self._outbox.put(note, after=NOTE_AFTER)
        await self._dispatch.cancel(order_id)
        if note is not None:
            await self._outbox.withdraw(note.key)
        return order_id

    def _note(self, order_id: str) -> OutboundMessage | None:
        lead = lead_for_messages(self._business, self._clock.now())
        if lead is None:
            return None
        body = (
            f"{self._business.name}: a visit was called off and Dispatch may not have taken that "
            f"in: order {order_id}. Check there how it stands."
        )
        return OutboundMessage(f"let-go-note:{order_id}", "sms", lead.phone, body)
