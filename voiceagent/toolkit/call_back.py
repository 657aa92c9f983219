"""The message that is left with a person who could not be reached, and what the caller is told."""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.domain.business import Business, Lead
from voiceagent.domain.records import CallId, OutboundMessage
from voiceagent.errors import Unavailable
from voiceagent.ports.messages import Outbox

NOBODY_REACHED_NO_MESSAGE = (
    "I'm sorry, I couldn't reach anyone just now, and I couldn't leave a message either. "
    "Please call us again."
)


@dataclass(frozen=True, slots=True)
class CallBack:
    """Whom to ring back, and why.

    Attributes:
        call_id: of the caller's call.
        who: a number, or words.
        reason: why a person was needed.
        summary: what they should know.
    """

    call_id: CallId
    who: str
    reason: str
    summary: str


async def leave_message(
    outbox: Outbox, business: Business, lead: Lead | None, asked: CallBack
) -> tuple[bool, str]:
    """Text a lead whom to ring back: one text a call, however often it is left.

    Returns:
        whether it is in the outbox, and what the caller is told, which claims no more than that.
    """
    if lead is None:
        return False, NOBODY_REACHED_NO_MESSAGE
    body = f"{business.name}: please call back {asked.who} ({asked.reason}). {asked.summary}"
    key = f"call-back:{asked.call_id}"
    try:
        await outbox.put(OutboundMessage(key, "sms", lead.phone, body, call_id=asked.call_id))
    except Unavailable:
        return False, NOBODY_REACHED_NO_MESSAGE
    return True, business.escalation.unavailable
