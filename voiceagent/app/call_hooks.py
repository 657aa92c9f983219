"""What the business does about calls: the carrier's hooks, over the call manager.

Composition-level. Numbers that are dialled come from the business file only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

from loguru import logger

from telephony.contract import (
    Answer,
    CarrierStatus,
    ConnectAgent,
    DialEnded,
    DialPerson,
    Fallback,
    Goodbye,
    InboundText,
    IncomingCall,
    StatusReport,
    StreamEvent,
    StreamReport,
    TakeMessage,
    Voicemail,
)
from telephony.twilio.twiml import MAX_MESSAGE_S, RING_S
from telephony.twilio.webhook import Hooks
from voiceagent.app.reconnections import Reconnections
from voiceagent.core.wire import LineEnd
from voiceagent.domain.business import Business
from voiceagent.domain.records import Outcome
from voiceagent.domain.rota import leads_on_duty
from voiceagent.domain.texting import DeliveryReport
from voiceagent.ports.meter import CallMeter, TurnedAway

ENDING_S = 8.0
"""How long the end of a stream waits for the call's outcome to be written."""

ANSWERING_S: Final = 5.0
"""How much later than it must the carrier's next question may come."""


WHAT_THEY_ARE_TOLD: Final = {
    TurnedAway.BUSY: "All our lines are busy right now.",
    TurnedAway.LOST: "I'm sorry, we lost you for a moment.",
    TurnedAway.FAILED: "I'm sorry, something went wrong on our side.",
}
A_PERSON: Final = "One moment, I'm connecting you to a person."
A_MESSAGE: Final = "Please leave your name, number and address."


def on_call_number(business: Business, now: datetime | None = None) -> str | None:
    """The number of the first on-call lead, or of any lead; ``None`` when there is none.

    Of those on duty `now` (aware); without a time the rota is not looked at.
    """
    leads = business.escalation.leads if now is None else leads_on_duty(business, now)
    first = next((lead for lead in leads if lead.role == "on_call"), None)
    return (first or leads[0]).phone if leads else None


def person_or_message(
    business: Business, why: TurnedAway, now: datetime | None = None
) -> DialPerson | TakeMessage:
    """For a caller we cannot serve (any more)."""
    number = on_call_number(business, now)
    if number:
        return DialPerson(f"{WHAT_THEY_ARE_TOLD[why]} {A_PERSON}", number)
    return TakeMessage(f"{WHAT_THEY_ARE_TOLD[why]} {A_MESSAGE}")


def busy_answer(business: Business) -> DialPerson | TakeMessage:
    """For a caller there is no place for."""
    return person_or_message(business, TurnedAway.BUSY)


class Front(Protocol):
    """What the hooks ask of a call manager."""

    def free_slots(self, pending: int) -> int:
        """How many more calls can be taken beside the live ones and `pending` expected ones."""
        ...

    async def outcome_of(self, call_sid: str, *, wait_s: float) -> Outcome | None:
        """How a call ended; ``None`` when it may go on."""
        ...

    def call_settled(self, call_sid: str) -> None:
        """The carrier says that a call is over."""
        ...

    def last_end(self, call_sid: str) -> LineEnd | None:
        """How the last line of a call that is over ended; ``None`` when unknown here."""
        ...

    def carrier_asks_again(self, call_sid: str, within_s: float) -> None:
        """What the carrier was told to do ends with another question to us."""
        ...

    async def voicemail_left(self, call_sid: str) -> None:
        """The caller left a message."""
        ...


class TextFront(Protocol):
    """What the hooks ask of whoever answers texts."""

    async def inbound_text(self, text: InboundText) -> str:
        """The reply, "" for none."""
        ...

    async def message_status(self, report: DeliveryReport) -> None:
        """What became of a text of ours, which may be a reply."""
        ...


class CallHooks:
    """Decides what happens to calls; `hooks` gives the carrier's edge what it asks for.

    Args:
        business: whose calls they are.
        call_manager: the worker's.
        pending: calls that were given a token and have not connected yet; each has a place kept.
        meter: told of callers who do not get to the agent.
        gone: told the CallSid of each call that the carrier says is over.
        texts: answers texts, and hears what became of replies; without it nobody does.
        arrived: told what became of texts; False when there is none of that name.
        now: the time, for whoever is on duty then; without it the rota is not looked at.
        offered: answers texts that answer an offer of the waiting list; `None` to any other.
    """

    def __init__(
        self,
        business: Business,
        call_manager: Front,
        pending: Callable[[], int],
        meter: CallMeter,
        gone: Callable[[str], Awaitable[None]] | None = None,
        texts: TextFront | None = None,
        arrived: Callable[[DeliveryReport], Awaitable[bool]] | None = None,
        now: Callable[[], datetime] | None = None,
        offered: Callable[[str, str], Awaitable[str | None]] | None = None,
    ) -> None:
        self._texts = texts
        self._offered = offered
        self._now = now
        self._gone = gone
        self._arrived = arrived
        self._meter = meter
        self._business = business
        self._call_manager = call_manager
        self._pending = pending
        self._streams = Reconnections()

    def opened(self, call_sid: str) -> None:
        """The stream that a call was sent to has been opened."""
        self._streams.opened(call_sid)

    def hooks(self) -> Hooks:
        """For `telephony.twilio.routes.add_routes`."""
        return Hooks(
            incoming=self._incoming,
            stream_ended=self._stream_ended,
            dial_ended=self._dial_ended,
            call_status=self._call_status,
            stream_status=self._stream_status,
            voicemail=self._voicemail,
            inbound_text=self._inbound_text,
            message_status=self._message_status,
        )

    async def _incoming(self, call: IncomingCall) -> Answer:
        if self._call_manager.free_slots(self._pending()):
            return self._connect(call.call_sid)
        return self._turn_away(call.call_sid, TurnedAway.BUSY)

    async def _stream_ended(self, call: IncomingCall) -> Answer:
        """Goodbye after a finished call; a call that was cut off goes on where it was.

        Where it cannot, the caller gets a person or a message, and is told the true reason.
        """
        outcome = await self._call_manager.outcome_of(call.call_sid, wait_s=ENDING_S)
        room = self._call_manager.free_slots(self._pending())
        if outcome is None and room and self._streams.may_connect(call.call_sid):
            return self._connect(call.call_sid)
        if outcome in {None, Outcome.FAILED}:
            why = self._why(call.call_sid, outcome, room)
            return self._turn_away(call.call_sid, why)
        return self._told(call.call_sid, Goodbye())

    def _why(self, call_sid: str, outcome: Outcome | None, room: int) -> TurnedAway:
        """Why a call whose stream is over cannot go on with the agent."""
        if outcome is Outcome.FAILED:
            gap = self._call_manager.last_end(call_sid) is LineEnd.MEDIA_GAP
            return TurnedAway.LOST if gap else TurnedAway.FAILED
        if self._streams.was_opened(call_sid):
            return TurnedAway.LOST
        return TurnedAway.FAILED if room else TurnedAway.BUSY

    def _turn_away(self, call_sid: str, why: TurnedAway) -> Fallback:
        self._meter.turned_away(why)
        now = None if self._now is None else self._now()
        return self._told(call_sid, person_or_message(self._business, why, now))

    async def _dial_ended(self, ended: DialEnded) -> Answer:
        if ended.status is CarrierStatus.COMPLETED:
            return self._told(ended.call_sid, Goodbye())
        return self._message(ended.call_sid)

    def _connect(self, call_sid: str) -> ConnectAgent:
        self._streams.connecting(call_sid)
        return ConnectAgent()

    def _told(self, call_sid: str, answer: Fallback) -> Fallback:
        """`answer`, after which the carrier will ask once more, or not."""
        match answer:
            case DialPerson():
                self._call_manager.carrier_asks_again(call_sid, RING_S + ANSWERING_S)
            case TakeMessage():
                self._call_manager.carrier_asks_again(call_sid, MAX_MESSAGE_S + ANSWERING_S)
            case Goodbye():
                self._call_manager.carrier_asks_again(call_sid, 0.0)
        return answer

    def _message(self, call_sid: str) -> Fallback:
        """Nobody could be reached: the caller may leave a message."""
        return self._told(call_sid, TakeMessage(self._business.escalation.unavailable))

    def come_back(self, call_sid: str) -> Answer:
        """Send a call that waited for a person to the agent again; a message without room."""
        if self._call_manager.free_slots(self._pending()):
            return self._connect(call_sid)
        return self._message(call_sid)

    async def _call_status(self, report: StatusReport) -> None:
        logger.info("carrier.call: {}", report.status)
        if report.status.final:
            self._streams.over(report.call_sid)
            self._call_manager.call_settled(report.call_sid)
            if self._gone is not None:
                await self._gone(report.call_sid)

    async def _stream_status(self, report: StreamReport) -> None:
        if report.event is StreamEvent.ERROR:
            logger.warning("carrier.stream_error: {}", report.error)

    async def _message_status(self, report: DeliveryReport) -> None:
        if self._arrived is not None and not await self._arrived(report):
            logger.info("messages.unknown: {}", report.status)
        if self._texts is not None:
            await self._texts.message_status(report)

    async def _voicemail(self, message: Voicemail) -> None:
        await self._call_manager.voicemail_left(message.call_sid)

    async def _inbound_text(self, text: InboundText) -> str:
        answer = None if self._offered is None else await self._offered(text.from_number, text.body)
        if answer is not None:
            return answer
        return "" if self._texts is None else await self._texts.inbound_text(text)
