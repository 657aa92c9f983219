"""Twilio's webhooks: verified forms in, domain records to the hooks, TwiML out.

Each handler does the same three things: read and verify the form, call one hook, answer; once for
all copies of a request (`answered`). Nothing of ours exists for a request until it has been
verified, so a forged one costs a hash. Somebody may be on the line, so a hook that fails or dawdles
never becomes an error message of the carrier's: the caller gets the `fallback`, which needs no
database.

A copy gets the first one's answer, the token in it included: it is still good for one socket. One
that comes too late to be an honest retry is refused where a token would be handed out, and has no
effect elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from telephony.answered import Replayed, answer_once
from telephony.contract import (
    Answer,
    CarrierStatus,
    DialEnded,
    Fallback,
    Goodbye,
    InboundText,
    IncomingCall,
    StatusReport,
    StreamEvent,
    StreamReport,
    Voicemail,
    is_e164,
)
from telephony.http_errors import Refused, Watch
from telephony.token_gate import TokenGate
from telephony.twilio.account import TwilioAccount
from telephony.twilio.forms import BODY_DIGEST, Form, FormReader, bad_field, leg
from telephony.twilio.texts_api import MESSAGE_KEY, MESSAGE_STATUS_PATH
from telephony.twilio.twiml import answer_twiml, hangup_twiml, say_twiml, text_twiml
from telephony.twilio.whisper_texts import WhisperTexts
from voiceagent.domain.answered import RequestKey
from voiceagent.domain.phones import is_placeholder
from voiceagent.domain.records import IdentityLevel
from voiceagent.domain.texting import Delivery, DeliveryReport, TextVerdict
from voiceagent.errors import PeerMisbehaved, VoiceAgentError
from voiceagent.ports.answered import AnswerMemory

HOOK_S = 10.0
"""How long a hook may think; Twilio gives up after 15 s."""

_ATTESTED = "TN-Validation-Passed-A"
_CHANNELS = {"whatsapp:": "whatsapp", "rcs:": "rcs"}
"""How the addresses of channels beside SMS begin."""

_KEY = re.compile(r"[A-Za-z0-9:_.-]{1,250}")

_DELIVERY = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Delivery.SENT),
    **dict.fromkeys(("delivered", "read"), Delivery.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), Delivery.UNDELIVERED),
}
"""Twilio's words for a text. Source: https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks"""

_BARS = {30006: TextVerdict.LANDLINE, 21614: TextVerdict.LANDLINE, 21610: TextVerdict.OPTED_OUT}
"""Error codes after which a number is texted no more.
Source: https://www.twilio.com/docs/api/errors"""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the business does about calls and texts. All may raise `VoiceAgentError`.

    incoming: a call rings; reserve a place for it and answer `ConnectAgent`, or decline.
    stream_ended: the media stream of a call is over but the caller may still be there.
    dial_ended: a call passed to a person has come back.
    call_status, stream_status, message_status: reports, in any order.
    voicemail: a message was recorded.
    inbound_text: a text came in; returns the reply, ``""`` for none. STOP, START and HELP are
    among the texts.
    """

    incoming: Callable[[IncomingCall], Awaitable[Answer]]
    stream_ended: Callable[[IncomingCall], Awaitable[Answer]]
    dial_ended: Callable[[DialEnded], Awaitable[Answer]]
    call_status: Callable[[StatusReport], Awaitable[None]]
    stream_status: Callable[[StreamReport], Awaitable[None]]
    voicemail: Callable[[Voicemail], Awaitable[None]]
    inbound_text: Callable[[InboundText], Awaitable[str]]
    message_status: Callable[[DeliveryReport], Awaitable[None]]


class Webhooks:
    """The handlers; `routes.add_routes` gives them their paths.

    Args:
        account: ours.
        forms: reads and verifies requests.
        gate: issues a token with each `ConnectAgent`; forgets it when the call is over.
        hooks: see `Hooks`.
        memory: of answered requests, shared by all workers.
        briefings: what a person is told before a transferred call is connected.
        watch: counts refusals and failed hooks by code.
        fallback: for a caller whose hook failed; ring the on-call person, best of all.
        last_words: said when even the person could not be reached and the hook failed again.
        hook_s: seconds a hook may take.
    """

    def __init__(
        self,
        *,
        account: TwilioAccount,
        forms: FormReader,
        gate: TokenGate,
        hooks: Hooks,
        memory: AnswerMemory,
        briefings: WhisperTexts,
        watch: Watch,
        fallback: Fallback,
        last_words: str,
        hook_s: float = HOOK_S,
    ) -> None:
        self._account = account
        self._forms = forms
        self._gate = gate
        self._hooks = hooks
        self._memory = memory
        self._briefings = briefings
        self._watch = watch
        self._fallback = fallback
        self._last_words = Goodbye(last_words)
        self._hook_s = hook_s

    async def incoming(self, request: web.Request) -> web.Response:
        """``POST /incoming``: a call rings."""
        form = await self._forms.read(request, "/incoming")
        call = call_of(form)

        key = RequestKey("incoming", call.call_sid)
        return await self.answer(key, call, lambda: self._hooks.incoming(call), self._fallback)

    async def connect_action(self, request: web.Request) -> web.Response:
        """``POST /connect-action``: the media stream is over, the call is not."""
        form = await self._forms.read(request, "/connect-action")
        call = call_of(form)

        async def ask() -> Answer:
            if form.get("CallStatus") == CarrierStatus.COMPLETED:
                return Goodbye()
            return await self._hooks.stream_ended(call)

        key = RequestKey("connect-action", call.call_sid, leg(request))
        return await self.answer(key, call, ask, self._fallback)

    async def dial_action(self, request: web.Request) -> web.Response:
        """``POST /dial-action``: a person was rung; both have talked, or nobody answered."""
        form = await self._forms.read(request, "/dial-action")
        call = call_of(form)
        ended = DialEnded(call.call_sid, _dial_status(form))
        key = RequestKey("dial-action", call.call_sid, leg(request))
        return await self.answer(key, call, lambda: self._hooks.dial_ended(ended), self._last_words)

    async def whisper(self, request: web.Request) -> web.Response:
        """``POST /whisper``: what to tell a person before the caller is connected."""
        await self._forms.read(request, "/whisper")
        return xml(say_twiml(self._briefings.read(leg(request))))

    async def voicemail(self, request: web.Request) -> web.Response:
        """``POST /voicemail``: a message was recorded."""
        form = await self._forms.read(request, "/voicemail")
        message = Voicemail(
            call_sid=form.sid("CallSid"),
            recording_url=form.get("RecordingUrl"),
            duration_s=form.count("RecordingDuration"),
        )
        key = RequestKey("voicemail", message.call_sid, form.sid("RecordingSid"))
        await self.report(key, lambda: self._hooks.voicemail(message))
        return xml(hangup_twiml())

    async def status(self, request: web.Request) -> web.Response:
        """``POST /status``: a call changed its status."""
        form = await self._forms.read(request, "/status")
        report = StatusReport(
            call_sid=form.sid("CallSid"),
            status=status_of(form),
            sequence=form.count("SequenceNumber") or 0,
            duration_s=form.count("CallDuration"),
        )
        if report.status.final:
            self._gate.revoke(report.call_sid)
        key = RequestKey("status", report.call_sid, f"{report.sequence}-{report.status}")
        await self.report(key, lambda: self._hooks.call_status(report))
        return web.Response(status=204)

    async def stream_status(self, request: web.Request) -> web.Response:
        """``POST /stream-status``: a media stream started, stopped or failed."""
        form = await self._forms.read(request, "/stream-status")
        try:
            event = StreamEvent(form.get("StreamEvent"))
        except ValueError:
            raise bad_field("StreamEvent") from None
        report = StreamReport(
            call_sid=form.sid("CallSid"),
            stream_sid=form.sid("StreamSid"),
            event=event,
            error=form.get("StreamError"),
        )
        key = RequestKey("stream-status", report.stream_sid, event.value)
        await self.report(key, lambda: self._hooks.stream_status(report))
        return web.Response(status=204)

    async def message_status(self, request: web.Request) -> web.Response:
        """``POST /message-status``: what became of a text of ours."""
        form = await self._forms.read(request, MESSAGE_STATUS_PATH)
        said = form.get("MessageStatus")
        if said not in _DELIVERY:
            raise bad_field("MessageStatus")
        code = form.count("ErrorCode")
        report = DeliveryReport(
            form.sid("MessageSid"),
            _message_key(request),
            _DELIVERY[said],
            "" if code is None else str(code),
            None if code is None else _BARS.get(code),
            was_read=said == "read",
        )
        self._watch.count(f"message.{report.status}")
        key = RequestKey("message-status", report.carrier_id, said)
        await self.report(key, lambda: self._hooks.message_status(report))
        return web.Response(status=204)

    async def sms(self, request: web.Request) -> web.Response:
        """``POST /sms``: a text message came in (SMS, WhatsApp or RCS)."""
        form = await self._forms.read(request, "/sms")
        sender = form.get("From")
        text = InboundText(
            message_sid=form.sid("MessageSid"),
            channel=_channel(sender),
            from_number=_number(sender),
            to_number=_number(form.get("To")),
            body=form.get("Body"),
            media_count=form.count("NumMedia") or 0,
            button=form.get("ButtonText"),
            place=form.get("Address") or form.get("Label"),
            located=bool(form.get("Latitude")),
        )
        if not text.from_number:  # a short code or a name: nobody we could answer
            self._watch.count("sms.no_number")
            return xml(text_twiml(""))
        key = RequestKey("sms", text.message_sid)
        return xml(text_twiml(await self.report(key, lambda: self._hooks.inbound_text(text))))

    async def answer(
        self,
        key: RequestKey,
        call: IncomingCall,
        ask: Callable[[], Awaitable[Answer]],
        otherwise: Fallback,
    ) -> web.Response:
        """TwiML for what `ask` decides, or for `otherwise` when it cannot."""

        async def make() -> str:
            try:
                async with asyncio.timeout(self._hook_s):
                    return self._twiml(await ask(), call)
            except Exception as error:  # noqa: BLE001  a bug of ours must not cost them a person
                self.failed(error)
                return self._twiml(otherwise, call)

        try:
            return xml(await self._answer_once(key, make))
        except Replayed:
            raise Refused(403, "webhook.replayed", "This was answered long ago.") from None
        except Exception as error:  # noqa: BLE001  as above: the memory may be down
            self.failed(error)
            return xml(self._twiml(otherwise, call))

    async def report(self, key: RequestKey, hook: Callable[[], Awaitable[str | None]]) -> str:
        """Run a hook unless `key` is known; the answer is empty when the hook cannot do it now.

        The effect of a hook that failed has not happened: the next copy may have it.
        """

        async def make() -> str:
            return await hook() or ""

        try:
            return await self.once(key, make)
        except Replayed:
            return ""
        except (VoiceAgentError, TimeoutError) as error:
            self.failed(error)
            return ""

    async def once(self, key: RequestKey, make: Callable[[], Awaitable[str]]) -> str:
        """What `make` answers in time, to all copies of a request; raises as `answer_once` does.

        Raises:
            TimeoutError: it took longer than a hook may.
        """

        async def in_time() -> str:
            async with asyncio.timeout(self._hook_s):
                return await make()

        return await self._answer_once(key, in_time)

    def _twiml(self, answer: Answer, call: IncomingCall) -> str:
        return answer_twiml(answer, call, account=self._account, gate=self._gate)

    async def _answer_once(self, key: RequestKey, make: Callable[[], Awaitable[str]]) -> str:
        return await answer_once(
            self._memory, key, make, within_s=self._hook_s, repeated=self._repeated
        )

    def _repeated(self) -> None:
        """A copy of a request got the first one's answer."""
        self._watch.count("webhook.repeated")

    def failed(self, error: Exception) -> None:
        """A hook could not do its part."""
        code = error.code if isinstance(error, VoiceAgentError) else type(error).__name__
        self._watch.count(f"hook.{code}")
        self._watch.warn(PeerMisbehaved("webhook.hook_failed", f"A hook failed: {code}."))


def _message_key(request: web.Request) -> str:
    """Which of our texts a report is about; empty when its address does not say."""
    values = request.query.getall(MESSAGE_KEY, [])
    others = request.query.keys() - {MESSAGE_KEY, BODY_DIGEST}
    if others or len(values) > 1 or (values and not _KEY.fullmatch(values[0])):
        raise bad_field(MESSAGE_KEY)
    return values[0] if values else ""


def call_of(form: Form) -> IncomingCall:
    """The call that a webhook is about."""
    attested = form.get("StirVerstat") == _ATTESTED
    return IncomingCall(
        call_sid=form.sid("CallSid"),
        from_number=_number(form.get("From")),
        to_number=_number(form.get("To")),
        identity=IdentityLevel.ATTESTED if attested else IdentityLevel.CALLER_ID,
    )


def _prefix(address: str) -> str:
    return next((prefix for prefix in _CHANNELS if address.startswith(prefix)), "")


def _channel(sender: str) -> str:
    return _CHANNELS.get(_prefix(sender), "sms")


def _number(address: str) -> str:
    number = address.removeprefix(_prefix(address))
    return number if is_e164(number) and not is_placeholder(number) else ""


def status_of(form: Form) -> CarrierStatus:
    """Where a call stands; `Refused` 400 for a word that is none of the carrier's."""
    try:
        return CarrierStatus(form.get("CallStatus"))
    except ValueError:
        raise bad_field("CallStatus") from None


def _dial_status(form: Form) -> CarrierStatus:
    """How ringing a person went. A caller waits for the answer, so no word means failed."""
    given = form.get("DialCallStatus")
    if given == "answered":  # Twilio's word for a conference leg that ended well
        return CarrierStatus.COMPLETED
    try:
        return CarrierStatus(given)
    except ValueError:
        return CarrierStatus.FAILED


def xml(document: str) -> web.Response:
    """TwiML as an answer."""
    return web.Response(text=document, content_type="text/xml")
