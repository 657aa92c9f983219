"""Twilio's webhooks: verified forms in, domain records to the hooks, TwiML out.

Each handler does the same four things: read and verify the form, refuse what has been seen before,
call one hook, answer. Nothing of ours exists for a request until it has been verified, so a forged
one costs a hash. Somebody may be on the line, so a hook that fails or dawdles never becomes an
error message of the carrier's: the caller gets the `fallback`, which needs no database.

A replay of what would hand out a token is refused; a replay of a report or a text is answered as
if it were the first, and has no effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from telephony.account import TwilioAccount
from telephony.briefings import Briefings
from telephony.calls import (
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
from telephony.twilio_forms import Form, FormReader, Seen, bad_field
from telephony.twilio_twiml import answer_twiml, hangup_twiml, say_twiml, text_twiml
from voiceagent.domain.records import IdentityLevel
from voiceagent.errors import PeerMisbehaved, VoiceAgentError

HOOK_S = 10.0
"""How long a hook may think; Twilio gives up after 15 s."""

_ATTESTED = "TN-Validation-Passed-A"
_WHATSAPP = "whatsapp:"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the business does about calls and texts. All may raise `VoiceAgentError`.

    incoming: a call rings; reserve a place for it and answer `ConnectAgent`, or decline.
    stream_ended: the media stream of a call is over but the caller may still be there.
    dial_ended: a call passed to a person has come back.
    call_status, stream_status: reports, in any order.
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


class Webhooks:
    """The handlers; `routes.add_routes` gives them their paths.

    Args:
        account: ours.
        forms: reads and verifies requests.
        gate: issues a token with each `ConnectAgent`; forgets it when the call is over.
        hooks: see `Hooks`.
        seen: replay memory, shared by all workers.
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
        seen: Seen,
        briefings: Briefings,
        watch: Watch,
        fallback: Fallback,
        last_words: str,
        hook_s: float = HOOK_S,
    ) -> None:
        self._account = account
        self._forms = forms
        self._gate = gate
        self._hooks = hooks
        self._seen = seen
        self._briefings = briefings
        self._watch = watch
        self._fallback = fallback
        self._last_words = Goodbye(last_words)
        self._hook_s = hook_s

    async def incoming(self, request: web.Request) -> web.Response:
        """``POST /incoming``: a call rings."""
        form = await self._forms.read(request, "/incoming")
        call = _call(form)

        async def ask() -> Answer:
            await self._first_time("incoming", call.call_sid, "")
            return await self._hooks.incoming(call)

        return await self._answer(call, ask, self._fallback)

    async def connect_action(self, request: web.Request) -> web.Response:
        """``POST /connect-action``: the media stream is over, the call is not."""
        form = await self._forms.read(request, "/connect-action")
        call = _call(form)

        async def ask() -> Answer:
            await self._first_time("connect-action", call.call_sid, request.query.get("leg", ""))
            if form.get("CallStatus") == CarrierStatus.COMPLETED:
                return Goodbye()
            return await self._hooks.stream_ended(call)

        return await self._answer(call, ask, self._fallback)

    async def dial_action(self, request: web.Request) -> web.Response:
        """``POST /dial-action``: a person was rung; both have talked, or nobody answered."""
        form = await self._forms.read(request, "/dial-action")
        call = _call(form)
        ended = DialEnded(call.call_sid, _dial_status(form))

        async def ask() -> Answer:
            await self._first_time("dial-action", call.call_sid, request.query.get("leg", ""))
            return await self._hooks.dial_ended(ended)

        return await self._answer(call, ask, self._last_words)

    async def whisper(self, request: web.Request) -> web.Response:
        """``POST /whisper``: what to tell a person before the caller is connected."""
        await self._forms.read(request, "/whisper")
        return _xml(say_twiml(self._briefings.take(request.query.get("leg", ""))))

    async def voicemail(self, request: web.Request) -> web.Response:
        """``POST /voicemail``: a message was recorded."""
        form = await self._forms.read(request, "/voicemail")
        message = Voicemail(
            call_sid=form.sid("CallSid"),
            recording_url=form.get("RecordingUrl"),
            duration_s=form.count("RecordingDuration"),
        )
        recording = form.sid("RecordingSid")
        await self._report(
            ("voicemail", message.call_sid, recording), lambda: self._hooks.voicemail(message)
        )
        return _xml(hangup_twiml())

    async def status(self, request: web.Request) -> web.Response:
        """``POST /status``: a call changed its status."""
        form = await self._forms.read(request, "/status")
        report = StatusReport(
            call_sid=form.sid("CallSid"),
            status=_status(form),
            sequence=form.count("SequenceNumber") or 0,
            duration_s=form.count("CallDuration"),
        )
        if report.status.final:
            self._gate.revoke(report.call_sid)
        key = ("status", report.call_sid, f"{report.sequence}-{report.status}")
        await self._report(key, lambda: self._hooks.call_status(report))
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
        key = ("stream-status", report.stream_sid, event.value)
        await self._report(key, lambda: self._hooks.stream_status(report))
        return web.Response(status=204)

    async def sms(self, request: web.Request) -> web.Response:
        """``POST /sms``: a text message came in (SMS or WhatsApp)."""
        form = await self._forms.read(request, "/sms")
        sender = form.get("From")
        text = InboundText(
            message_sid=form.sid("MessageSid"),
            channel="whatsapp" if sender.startswith(_WHATSAPP) else "sms",
            from_number=_number(sender),
            to_number=_number(form.get("To")),
            body=form.get("Body"),
            media_count=form.count("NumMedia") or 0,
        )
        if not text.from_number:  # a short code or a name: nobody we could answer
            self._watch.count("sms.no_number")
            return _xml(text_twiml(""))
        reply = await self._report(
            ("sms", text.message_sid, ""), lambda: self._hooks.inbound_text(text)
        )
        return _xml(text_twiml(reply or ""))

    async def _answer(
        self, call: IncomingCall, ask: Callable[[], Awaitable[Answer]], otherwise: Fallback
    ) -> web.Response:
        """TwiML for what `ask` decides, or for `otherwise` when it cannot."""
        try:
            async with asyncio.timeout(self._hook_s):
                answer = await ask()
            return _xml(self._twiml(answer, call))
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001  a bug of ours must not cost the caller a person
            self._failed(error)
            return _xml(self._twiml(otherwise, call))

    async def _report(
        self, key: tuple[str, str, str], hook: Callable[[], Awaitable[T]]
    ) -> T | None:
        """Run a hook unless `key` is known; ``None`` then, and when the hook cannot do it now."""
        try:
            async with asyncio.timeout(self._hook_s):
                return None if await self._seen(*key) else await hook()
        except (VoiceAgentError, TimeoutError) as error:
            self._failed(error)
            return None

    async def _first_time(self, kind: str, sid: str, sequence: str) -> None:
        if await self._seen(kind, sid, sequence):
            raise Refused(403, "webhook.replayed", "This request has been answered before.")

    def _twiml(self, answer: Answer, call: IncomingCall) -> str:
        return answer_twiml(answer, call, account=self._account, gate=self._gate)

    def _failed(self, error: Exception) -> None:
        code = error.code if isinstance(error, VoiceAgentError) else type(error).__name__
        self._watch.count(f"hook.{code}")
        self._watch.warn(PeerMisbehaved("webhook.hook_failed", f"A hook failed: {code}."))


def _call(form: Form) -> IncomingCall:
    attested = form.get("StirVerstat") == _ATTESTED
    return IncomingCall(
        call_sid=form.sid("CallSid"),
        from_number=_number(form.get("From")),
        to_number=_number(form.get("To")),
        identity=IdentityLevel.ATTESTED if attested else IdentityLevel.NUMBER_ONLY,
    )


def _number(address: str) -> str:
    number = address.removeprefix(_WHATSAPP)
    return number if is_e164(number) else ""


def _status(form: Form) -> CarrierStatus:
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


def _xml(document: str) -> web.Response:
    return web.Response(text=document, content_type="text/xml")
