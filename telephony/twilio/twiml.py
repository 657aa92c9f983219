"""Answers to the carrier as TwiML, by Twilio's own SDK.

Every URL we hand out for later carries ``?leg=`` with a random id: the carrier signs it with the
rest of the URL, so each of these callbacks can be told from its replay although Twilio numbers
none of them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from telephony.contract import Answer, ConnectAgent, DialPerson, Goodbye, IncomingCall, TakeMessage
from telephony.token_gate import TokenGate, ticket_of
from telephony.twilio.account import TwilioAccount, check_stream_url
from telephony.twilio.handshake import TOKEN_PARAMETER

RING_S = 20
"""How long a person's phone rings; shorter than most mailboxes take to answer."""

MAX_TRANSFER_S = 3600
"""Longest transferred call: a cap on what toll fraud could cost."""

MAX_MESSAGE_S = 120
LEG_CHARS = 12
"""Length of a leg: nine bytes in URL-safe base64."""

MAX_TEXT_CHARS = 1600
"""Longest body Twilio takes (its error 21617)."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def new_leg() -> str:
    """A random id for one callback URL."""
    return secrets.token_urlsafe(LEG_CHARS * 3 // 4)


def answer_twiml(
    answer: Answer, call: IncomingCall, *, account: TwilioAccount, gate: TokenGate
) -> str:
    """TwiML for `answer` to `call`; `ConnectAgent` issues a token.

    Raises:
        Unavailable: ``token.full``, see `TokenGate.issue`.
        OwnerFixable: ``account.bad_url`` for a stream URL that Twilio would refuse.
    """
    match answer:
        case ConnectAgent():
            return _connect(answer, call, account, gate)
        case DialPerson():
            return dial_twiml(answer, account=account)
        case TakeMessage():
            response = _saying(answer.say)
            response.record(
                action=account.url("/voicemail"),
                method="POST",
                max_length=MAX_MESSAGE_S,
                play_beep=True,
            )
            response.hangup()
            return str(response)
        case Goodbye():
            return goodbye_twiml(answer.say)


def dial_twiml(answer: DialPerson, *, account: TwilioAccount, briefing_leg: str = "") -> str:
    """TwiML that rings a person; a briefing, if any, is said to them before they are connected."""
    response = _saying(answer.say)
    dial = response.dial(
        action=account.url(f"/dial-action?leg={new_leg()}"),
        method="POST",
        timeout=RING_S,
        time_limit=MAX_TRANSFER_S,
        answer_on_bridge=True,
    )
    if briefing_leg:
        dial.number(answer.number, url=account.url(f"/whisper?leg={briefing_leg}"), method="POST")
    else:
        dial.number(answer.number)
    return str(response)


def say_twiml(text: str) -> str:
    """TwiML that only says `text`; empty text gives an empty response."""
    return str(_saying(text))


def said_twice_twiml(text: str) -> str:
    """TwiML that says `text` twice, for somebody who has just picked up, and ends the call."""
    response = _saying(text)
    response.pause(length=1)
    response.say(spoken(text))
    response.hangup()
    return str(response)


def goodbye_twiml(text: str) -> str:
    """TwiML that says `text` and ends the call."""
    response = _saying(text)
    response.hangup()
    return str(response)


def hangup_twiml() -> str:
    """TwiML that ends the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def text_twiml(reply: str) -> str:
    """TwiML that answers a text message; long replies become several, empty ones none."""
    response = MessagingResponse()
    for piece in _pieces(_NOT_XML.sub("", reply).strip()):
        response.message(piece)
    return str(response)


def _connect(
    answer: ConnectAgent, call: IncomingCall, account: TwilioAccount, gate: TokenGate
) -> str:
    if answer.stream_url:
        check_stream_url(answer.stream_url)
    response = VoiceResponse()
    connect = response.connect(
        action=account.url(f"/connect-action?leg={new_leg()}"), method="POST"
    )
    token = gate.issue(call)
    stream = connect.stream(
        url=f"{answer.stream_url or account.stream_url}/{ticket_of(token)}",
        status_callback=account.url("/stream-status"),
        status_callback_method="POST",
    )
    stream.parameter(name=TOKEN_PARAMETER, value=token)
    return str(response)


def spoken(text: str) -> str:
    """`text` without what XML cannot carry."""
    return _NOT_XML.sub("", text).strip()


def _saying(text: str) -> VoiceResponse:
    response = VoiceResponse()
    if clean := spoken(text):
        response.say(clean)
    return response


def _pieces(text: str) -> Iterator[str]:
    """Cut at the last blank that fits, else in mid-word."""
    while len(text) > MAX_TEXT_CHARS:
        cut = text.rfind(" ", 1, MAX_TEXT_CHARS + 1)
        cut = MAX_TEXT_CHARS if cut < 0 else cut
        yield text[:cut]
        text = text[cut:].lstrip()
    if text:
        yield text
