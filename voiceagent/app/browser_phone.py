"""The engine's side of the browser phone: calls that ring from a page of ours.

Composition-level. A page is let through the carrier's own gate: the same hooks decide about its
calls, the same token opens the same socket. Its CallSids are sealed, so that a page can ask to go
on with a call that a page has made, and with no other, whichever worker made it.
"""

from __future__ import annotations

import secrets
from typing import Final

from telephony.contract import (
    Answer,
    CarrierStatus,
    ConnectAgent,
    DialPerson,
    IncomingCall,
    StatusReport,
    TakeMessage,
    is_e164,
)
from telephony.token_gate import TokenGate, ticket_of
from telephony.twilio.account import TwilioAccount
from telephony.twilio.handshake import TOKEN_PARAMETER
from telephony.twilio.webhook import Hooks
from voiceagent.app.web.phone import NoLine, PhoneLine
from voiceagent.app.web.seal import same, seal
from voiceagent.errors import CallerFixable
from voiceagent.ports.live import CallTellers

_RANDOM_BYTES: Final = 8
_SEAL_DIGITS: Final = 16


class PhoneSids:
    """CallSids of browser phones: half random, half seal (`web.seal`).

    Args:
        key: kept secret of this installation.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def new(self) -> str:
        """A CallSid that `ours` knows again."""
        head = secrets.token_hex(_RANDOM_BYTES)
        return f"CA{head}{self._seal(head)}"

    def ours(self, call_sid: str) -> bool:
        """Whether a browser phone of this installation has rung with it."""
        head, given = call_sid[2:-_SEAL_DIGITS], call_sid[-_SEAL_DIGITS:]
        return call_sid[:2] == "CA" and same(given, self._seal(head))

    def _seal(self, head: str) -> str:
        return seal(self._key, f"phone:{head}")[:_SEAL_DIGITS]


class BrowserPhone:
    """`web.phone.PhoneDesk` over the carrier's hooks.

    Args:
        account: whose streams are let in, and where they go.
        gate: gives tokens.
        hooks: decide about calls.
        sids: names them.
        to_number: the business's own, E.164.
        live: knows each call as soon as it has rung, so that a page can follow it.
        worker: this one's number.
    """

    def __init__(
        self,
        account: TwilioAccount,
        gate: TokenGate,
        hooks: Hooks,
        sids: PhoneSids,
        *,
        to_number: str,
        live: CallTellers,
        worker: int,
    ) -> None:
        self._account = account
        self._gate = gate
        self._hooks = hooks
        self._sids = sids
        self._to_number = to_number
        self._live = live
        self._worker = worker

    async def ring(self, from_number: str) -> PhoneLine | NoLine:
        """See `PhoneDesk`."""
        call = self._call(self._sids.new(), from_number)
        answer = await self._hooks.incoming(call)
        if isinstance(answer, ConnectAgent):
            self._live.of(call.call_sid)
        return self._told(call, answer)

    async def stream_over(self, call_sid: str, from_number: str) -> PhoneLine | NoLine:
        """See `PhoneDesk`."""
        call = self._call(self._known(call_sid), from_number)
        self._live.of(call_sid)  # it may come from a worker that is gone
        return self._told(call, await self._hooks.stream_ended(call))

    async def hung_up(self, call_sid: str) -> None:
        """See `PhoneDesk`."""
        self._gate.revoke(self._known(call_sid))
        await self._hooks.call_status(StatusReport(call_sid, CarrierStatus.COMPLETED, sequence=0))

    def _known(self, call_sid: str) -> str:
        if not self._sids.ours(call_sid):
            raise CallerFixable("phone.unknown", "No such call has rung from a browser phone.")
        return call_sid

    def _call(self, call_sid: str, from_number: str) -> IncomingCall:
        if from_number and not is_e164(from_number):
            problem = "Write the number like +15551230000, or leave it out."
            raise CallerFixable("phone.number", problem, field="from")
        return IncomingCall(call_sid, from_number, self._to_number)

    def _told(self, call: IncomingCall, answer: Answer) -> PhoneLine | NoLine:
        match answer:
            case ConnectAgent():
                token = self._gate.issue(call)
                return PhoneLine(
                    worker=self._worker,
                    account_sid=self._account.account_sid,
                    call_sid=call.call_sid,
                    stream_sid=f"MZ{secrets.token_hex(16)}",
                    media_path=f"{self._account.media_path}/{ticket_of(token)}",
                    parameters={TOKEN_PARAMETER: token},
                )
            case DialPerson():
                return NoLine(answer.say, "person")
            case TakeMessage():
                return NoLine(answer.say, "message")
            case _:
                return NoLine(answer.say, "goodbye")
