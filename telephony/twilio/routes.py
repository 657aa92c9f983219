"""The carrier's paths, put together.

==========================  ===================================================================
``GET /media``              media socket of one call (WebSocket); see `socket`. Behind it may
                            stand a worker's number, and a call's ticket (`token_gate`)
``POST /incoming``          a call rings; answer: TwiML. Set as the number's voice webhook
``POST /connect-action``    the media stream of a call is over; answer: TwiML
``POST /dial-action``       a person was rung; answer: TwiML
``POST /whisper``           briefing for a person, before a caller is connected; answer: TwiML
``POST /voicemail``         a message was recorded; answer: TwiML
``POST /status``            status callback of calls; 204. Set as the number's status callback
``POST /stream-status``     status callback of media streams; 204
``POST /sms``               a text came in; answer: TwiML. Set as the number's messaging webhook
==========================  ===================================================================

Refusals are 400, 403, 408, 413, 415 and 503 with ``{"error": {"code", "message", "field"}}``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from telephony.contract import Fallback, Goodbye
from telephony.http_errors import Refused, Watch
from telephony.token_gate import TICKET_DIGITS, TokenGate
from telephony.twilio.account import TwilioAccount
from telephony.twilio.forms import FormReader, Signatures
from telephony.twilio.hand_off_webhook import HandOffHooks, HandOffWebhooks
from telephony.twilio.socket import Accept, MediaSocket, PeerAddress, SocketLimits, direct_address
from telephony.twilio.texts_api import MESSAGE_STATUS_PATH
from telephony.twilio.webhook import Hooks, Webhooks
from telephony.twilio.whisper_texts import WhisperTexts
from voiceagent.ports.answered import AnswerMemory

_WORKER = r"{worker:\d{1,4}}"
_TICKET = f"{{ticket:[0-9a-f]{{{TICKET_DIGITS}}}}}"
MEDIA_PATHS = (
    "/media",
    f"/media/{_WORKER}",
    f"/media/{_TICKET}",
    f"/media/{_WORKER}/{_TICKET}",
)

RouteHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(
    app: web.Application,
    *,
    account: TwilioAccount,
    gate: TokenGate,
    hooks: Hooks,
    accept: Accept,
    memory: AnswerMemory,
    watch: Watch,
    briefings: WhisperTexts,
    fallback: Fallback,
    last_words: str,
    signatures: Signatures = Signatures.REQUIRED,
    limits: SocketLimits | None = None,
    peer_address: PeerAddress = direct_address,
    hand_offs: HandOffHooks | None = None,
) -> None:
    """Give `app` the paths above.

    Args:
        app: not yet frozen.
        account: credentials and public addresses.
        gate: one per worker; `/incoming` and `/media` share it.
        hooks: what the business does about calls and texts.
        accept: opens a call whose socket has been believed; the first thing that costs money.
        memory: of answered requests; asked after the signature has been verified.
        watch: counts and hears of what went wrong.
        briefings: shared with `TwilioRest`.
        fallback: TwiML for a caller when a hook fails.
        last_words: said when reaching a person failed and the hook too.
        signatures: required unless this machine talks to itself.
        limits: of the media socket.
        peer_address: under whose name a media socket is counted.
        hand_offs: what is done about warm transfers; without them there are none.

    Raises:
        OwnerFixable: ``webhook.unsigned``, see `FormReader`.
    """
    forms = FormReader(account, signatures=signatures)
    webhooks = Webhooks(
        account=account,
        forms=forms,
        gate=gate,
        hooks=hooks,
        memory=memory,
        briefings=briefings,
        watch=watch,
        fallback=fallback,
        last_words=last_words,
    )
    socket = MediaSocket(
        account_sid=account.account_sid,
        redeem=gate.redeem,
        accept=accept,
        watch=watch,
        limits=limits,
        peer_address=peer_address,
        announced=gate.announced,
    )
    for path in MEDIA_PATHS:
        app.router.add_get(path, socket.handle, allow_head=False)
    handlers: list[tuple[str, RouteHandler]] = [
        ("/incoming", webhooks.incoming),
        ("/connect-action", webhooks.connect_action),
        ("/dial-action", webhooks.dial_action),
        ("/whisper", webhooks.whisper),
        ("/voicemail", webhooks.voicemail),
        ("/status", webhooks.status),
        ("/stream-status", webhooks.stream_status),
        ("/sms", webhooks.sms),
        (MESSAGE_STATUS_PATH, webhooks.message_status),
    ]
    if hand_offs is not None:
        more = HandOffWebhooks(
            webhooks,
            account=account,
            forms=forms,
            hooks=hand_offs,
            otherwise=Goodbye(last_words),
        )
        handlers += more.handlers()
    for path, handler in handlers:
        app.router.add_post(path, _refusing(handler, watch))


def _refusing(handler: RouteHandler, watch: Watch) -> RouteHandler:
    """`handler`, with `Refused` turned into its answer and counted."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            watch.count(refused.code)
            return refused.response()

    return answer
