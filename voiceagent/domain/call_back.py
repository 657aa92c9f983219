"""The message that is left with a person who could not be reached: whom to ring back, and why."""

from __future__ import annotations

from voiceagent.domain.business import Business, Lead
from voiceagent.domain.records import CallId, OutboundMessage

NOBODY_REACHED_NO_MESSAGE = (
    "I'm sorry, I couldn't reach anyone just now, and I couldn't leave a message either. "
    "Please call us again."
)


def call_back_note(
    business: Business, lead: Lead, call_id: CallId, *, who: str, reason: str, summary: str
) -> OutboundMessage:
    """A text to a lead; one a call, however often it is put into the outbox.

    Args:
        business: whose line it is.
        lead: who gets it.
        call_id: of the caller's call.
        who: whom to ring back: a number, or words.
        reason: why a person was needed.
        summary: what they should know.
    """
    body = f"{business.name}: please call back {who} ({reason}). {summary}"
    return OutboundMessage(f"call-back:{call_id}", "sms", lead.phone, body, call_id=call_id)
