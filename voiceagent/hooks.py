"""What the business does about calls: the carrier's hooks, composed from the desk and the business.

Composition-level. Numbers that are dialled come from the business file only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from loguru import logger

from telephony.calls import (
    Answer,
    CarrierStatus,
    ConnectAgent,
    DialEnded,
    DialPerson,
    Goodbye,
    InboundText,
    IncomingCall,
    StatusReport,
    StreamEvent,
    StreamReport,
    TakeMessage,
    Voicemail,
)
from telephony.twilio_webhook import Hooks
from voiceagent.business import Business
from voiceagent.domain.records import Outcome

ENDING_S = 8.0
"""How long the end of a stream waits for the call's outcome to be written."""

BUSY = "All our lines are busy right now. One moment, I'm connecting you to a person."
BUSY_VOICEMAIL = "All our lines are busy right now. Please leave your name, number and address."


def on_call_number(business: Business) -> str | None:
    """The number of the first on-call lead, or of any lead; ``None`` when there is none."""
    leads = business.escalation.leads
    first = next((lead for lead in leads if lead.role == "on_call"), None)
    return (first or leads[0]).phone if leads else None


def busy_answer(business: Business) -> DialPerson | TakeMessage:
    """For a caller we cannot serve: a person, or a message."""
    number = on_call_number(business)
    return DialPerson(BUSY, number) if number else TakeMessage(BUSY_VOICEMAIL)


class Front(Protocol):
    """What the hooks ask of a desk."""

    def room(self, pending: int) -> int:
        """How many more calls can be taken beside the live ones and `pending` expected ones."""
        ...

    async def outcome_of(self, call_sid: str, *, wait_s: float) -> Outcome | None:
        """How a call ended; ``None`` when it may go on."""
        ...

    def call_settled(self, call_sid: str) -> None:
        """The carrier says that a call is over."""
        ...

    async def voicemail_left(self, call_sid: str) -> None:
        """The caller left a message."""
        ...


class CallHooks:
    """Decides what happens to calls; `hooks` gives the carrier's edge what it asks for.

    Args:
        business: whose calls they are.
        desk: the worker's.
        pending: calls that were given a token and have not connected yet; each has a place kept.
    """

    def __init__(self, business: Business, desk: Front, pending: Callable[[], int]) -> None:
        self._business = business
        self._desk = desk
        self._pending = pending

    def hooks(self) -> Hooks:
        """For `telephony.routes.add_routes`."""
        return Hooks(
            incoming=self._incoming,
            stream_ended=self._stream_ended,
            dial_ended=self._dial_ended,
            call_status=self._call_status,
            stream_status=self._stream_status,
            voicemail=self._voicemail,
            inbound_text=self._inbound_text,
        )

    async def _incoming(self, _: IncomingCall) -> Answer:
        if self._desk.room(self._pending()):
            return ConnectAgent()
        return busy_answer(self._business)

    async def _stream_ended(self, call: IncomingCall) -> Answer:
        """Goodbye after a finished call; a call that was cut off goes on where it was."""
        outcome = await self._desk.outcome_of(call.call_sid, wait_s=ENDING_S)
        if outcome is None and self._desk.room(self._pending()):
            return ConnectAgent()
        if outcome in {None, Outcome.FAILED}:
            return busy_answer(self._business)
        return Goodbye()

    async def _dial_ended(self, ended: DialEnded) -> Answer:
        if ended.status is CarrierStatus.COMPLETED:
            return Goodbye()
        return TakeMessage(self._business.escalation.unavailable)

    async def _call_status(self, report: StatusReport) -> None:
        logger.info("carrier: call {}", report.status)
        if report.status.final:
            self._desk.call_settled(report.call_sid)

    async def _stream_status(self, report: StreamReport) -> None:
        if report.event is StreamEvent.ERROR:
            logger.warning("carrier.stream_error: {}", report.error)

    async def _voicemail(self, message: Voicemail) -> None:
        await self._desk.voicemail_left(message.call_sid)

    async def _inbound_text(self, _: InboundText) -> str:
        # Answering texts is not built yet; saying nothing is honest, and nothing is lost: the
        # carrier keeps the message.
        return ""
