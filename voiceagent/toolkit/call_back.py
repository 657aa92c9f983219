"""A person is to ring somebody back: kept for the console, texted to a lead, told to the caller.

Every way to a call back ends here: a caller who asks for one, and one whom nobody could be fetched
for.
"""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.domain.agent_events import News, NewsKind
from voiceagent.domain.business import Business, Lead
from voiceagent.domain.call_backs import CallBackAsked, ring_window
from voiceagent.domain.records import CallId, OutboundMessage, Window
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.store import Store

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
    store: Store,
    business: Business,
    lead: Lead | None,
    asked: CallBack,
) -> tuple[bool, str]:
    """Keep whom to ring back, and text it to a lead: once a call, however often it is left.

    Args:
        store: where it is kept.
        business: whose people ring back.
        lead: who is texted; ``None`` where there is nobody: then none is left.
        asked: whom and why.

    Returns:
        whether it is kept, and what the caller is told, which claims no more than that.
    """
    if lead is None:
        return False, NOBODY_REACHED_NO_MESSAGE
    key = f"call-back:{asked.call_id}"
    text = text_to(lead, business, asked, key=key)
    try:
        now = await store.now()
        window = ring_window(business, asked.who, now)
        kept = CallBackAsked(key, asked.call_id, asked.who, asked.reason, asked.summary, window)
        await store.call_backs.add(kept, (text,))
    except (Unavailable, CallerFixable):
        return False, NOBODY_REACHED_NO_MESSAGE
    return True, business.escalation.unavailable


def text_to(
    lead: Lead, business: Business, asked: CallBack, *, key: str, when: str = ""
) -> OutboundMessage:
    """What a lead is texted; `when` is said of the number where a time was agreed."""
    at = f" {when}" if when else ""
    body = f"{business.name}: please call back {asked.who}{at} ({asked.reason}). {asked.summary}"
    return OutboundMessage(key, "sms", lead.phone, body, call_id=asked.call_id)


def call_back_asked(asked: CallBack, window: Window, key: str) -> News:
    """The news of it, for agents that see to call backs."""
    data = {
        "who": asked.who,
        "reason": asked.reason,
        "summary": asked.summary,
        "ring_from": window.start.isoformat(),
        "ring_till": window.end.isoformat(),
    }
    return News(NewsKind.CALL_BACK_ASKED, key, window.start, data, asked.call_id)
