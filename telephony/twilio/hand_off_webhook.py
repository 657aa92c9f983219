"""The webhooks of a warm transfer: verified forms in, hooks asked, TwiML out.

===========================  ==================================================================
``POST /handoff-caller``     a caller is out of the conference; answer: TwiML
``POST /handoff-lead``       a lead has picked up; answer: TwiML, the briefing
``POST /handoff-key``        a lead has pressed a key, or none; answer: TwiML
``POST /handoff-machine``    what picked up a lead's phone; 204
``POST /handoff-leg``        status callback of leads' legs; 204
``POST /handoff-room``       status callback of conferences; 204
===========================  ==================================================================

As in `webhook`, copies of a request are answered alike. A lead whose hook fails is told goodbye:
the caller waits on, and the hand-off's clock goes to the next lead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from telephony.answered import Replayed
from telephony.contract import Answer, CarrierStatus, Fallback, IncomingCall, LegEvent, LegReport
from telephony.twilio.account import TwilioAccount
from telephony.twilio.forms import Form, FormReader, leg
from telephony.twilio.hand_off_twiml import (
    CALLER_PATH,
    KEY_PATH,
    LEAD_PATH,
    LEG_PATH,
    MACHINE_PATH,
    ROOM_PATH,
    TAKES_THE_CALL,
    TOO_LATE,
    briefing_twiml,
    declined_twiml,
    join_twiml,
)
from telephony.twilio.twiml import goodbye_twiml
from telephony.twilio.webhook import Webhooks, call_of, status_of, xml
from voiceagent.domain.answered import RequestKey

_MACHINES: Final = ("machine_", "fax")
"""How the carrier's words for what is no person begin; ``unknown`` may be one."""

_JOINED: Final = "participant-join"


@dataclass(frozen=True, slots=True)
class RoomSeat:
    """A place in a conference: its name, and whether it is the third one's, who ends nothing."""

    room: str
    guest: bool = False


@dataclass(frozen=True, slots=True)
class HandOffHooks:
    """What the business does about warm transfers. All may raise `VoiceAgentError`.

    caller_out: a caller has left the conference and is still there; what is next for them.
    caller_gone: a caller has hung up.
    lead_answered: a lead has picked up (key of their leg, CallSid); what to tell them, ``None``
    when they are not needed any more.
    lead_decided: a lead wants the call, or does not (key, CallSid, wants); where to sit, ``None``
    for nowhere.
    told: what a leg tells by itself, in any order and more than once.
    """

    caller_out: Callable[[IncomingCall], Awaitable[Answer]]
    caller_gone: Callable[[str], Awaitable[None]]
    lead_answered: Callable[[str, str], Awaitable[str | None]]
    lead_decided: Callable[[str, str, bool], Awaitable[RoomSeat | None]]
    told: Callable[[LegReport], Awaitable[None]]


class HandOffWebhooks:
    """The handlers.

    Args:
        webhooks: answers callers, and counts what fails.
        account, forms: as `Webhooks` has them.
        hooks: see `HandOffHooks`.
        otherwise: for a caller whose hook failed.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        *,
        account: TwilioAccount,
        forms: FormReader,
        hooks: HandOffHooks,
        otherwise: Fallback,
    ) -> None:
        self._webhooks = webhooks
        self._account = account
        self._forms = forms
        self._hooks = hooks
        self._otherwise = otherwise

    def handlers(self) -> tuple[tuple[str, Callable[[web.Request], Awaitable[web.Response]]], ...]:
        """Path and handler of each."""
        return (
            (CALLER_PATH, self.caller),
            (LEAD_PATH, self.lead),
            (KEY_PATH, self.key),
            (MACHINE_PATH, self.machine),
            (LEG_PATH, self.leg_status),
            (ROOM_PATH, self.room),
        )

    async def caller(self, request: web.Request) -> web.Response:
        """``POST /handoff-caller``."""
        form = await self._forms.read(request, CALLER_PATH)
        call = call_of(form)
        key = RequestKey("handoff-caller", call.call_sid, leg(request))
        if form.get("CallStatus") == CarrierStatus.COMPLETED:
            await self._webhooks.report(key, lambda: self._hooks.caller_gone(call.call_sid))
            return xml(declined_twiml())
        return await self._webhooks.answer(
            key, call, lambda: self._hooks.caller_out(call), self._otherwise
        )

    async def lead(self, request: web.Request) -> web.Response:
        """``POST /handoff-lead``."""
        form = await self._forms.read(request, LEAD_PATH)
        leg_sid, named = form.sid("CallSid"), leg(request)

        async def briefing() -> str:
            text = await self._hooks.lead_answered(named, leg_sid)
            if text is None:
                return goodbye_twiml(TOO_LATE)
            return briefing_twiml(text, named, self._account)

        return await self._told_once(RequestKey("handoff-lead", leg_sid, named), briefing)

    async def key(self, request: web.Request) -> web.Response:
        """``POST /handoff-key``. Nothing pressed is a no; so is any key but the one asked for."""
        form = await self._forms.read(request, KEY_PATH)
        leg_sid, named = form.sid("CallSid"), leg(request)
        wants = form.get("Digits") == TAKES_THE_CALL

        async def decided() -> str:
            seat = await self._hooks.lead_decided(named, leg_sid, wants)
            if seat is not None:
                return join_twiml(seat.room, self._account, guest=seat.guest)
            return goodbye_twiml(TOO_LATE) if wants else declined_twiml()

        return await self._told_once(RequestKey("handoff-key", leg_sid, named), decided)

    async def machine(self, request: web.Request) -> web.Response:
        """``POST /handoff-machine``. What may be a person is none of our business here."""
        form = await self._forms.read(request, MACHINE_PATH)
        named = leg(request)
        if form.get("AnsweredBy").startswith(_MACHINES):
            await self._tell("handoff-machine", form, named, LegEvent.MACHINE)
        return web.Response(status=204)

    async def leg_status(self, request: web.Request) -> web.Response:
        """``POST /handoff-leg``."""
        form = await self._forms.read(request, LEG_PATH)
        named = leg(request)
        if status_of(form).final:
            await self._tell("handoff-leg", form, named, LegEvent.OVER)
        return web.Response(status=204)

    async def room(self, request: web.Request) -> web.Response:
        """``POST /handoff-room``. Who leaves is told by the calls themselves."""
        form = await self._forms.read(request, ROOM_PATH)
        named = leg(request)
        if form.get("StatusCallbackEvent") == _JOINED:
            await self._tell("handoff-room", form, named, LegEvent.IN_ROOM)
        return web.Response(status=204)

    async def _tell(self, kind: str, form: Form, named: str, event: LegEvent) -> None:
        report = LegReport(named, form.sid("CallSid"), event)
        key = RequestKey(kind, report.leg_sid, named)
        await self._webhooks.report(key, lambda: self._hooks.told(report))

    async def _told_once(self, key: RequestKey, make: Callable[[], Awaitable[str]]) -> web.Response:
        try:
            document = await self._webhooks.once(key, make)
        except Replayed:
            document = goodbye_twiml(TOO_LATE)
        except Exception as error:  # noqa: BLE001  the lead is told goodbye, the caller waits on
            self._webhooks.failed(error)
            document = declined_twiml()
        return xml(document)
