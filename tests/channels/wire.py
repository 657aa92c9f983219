"""The engine's text routes over real sockets and a store: the webhook, ``/msg`` and the chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, unused_port

from channels.desk import TextDesk
from loadtest.simulator.carrier import CarrierEmulator
from telephony.contract import Goodbye
from telephony.token_gate import TokenGate
from telephony.twilio.account import TwilioAccount
from telephony.twilio.rest import TwilioRest
from telephony.twilio.routes import add_routes
from telephony.twilio.webhook import Hooks
from telephony.twilio.whisper_texts import WhisperTexts
from tests.channels.rig import CALM, a_desk
from tests.support.rooms import coolcare
from voiceagent.app.deep_links import FirstWords
from voiceagent.app.text_hooks import TextHooks
from voiceagent.app.web.access import Access
from voiceagent.app.web.bearers import Bearers
from voiceagent.app.web.chat import add_chat
from voiceagent.app.web.messages import add_messages
from voiceagent.app.web.session import Sessions
from voiceagent.core.beside import beside
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.errors import PeerMisbehaved
from voiceagent.ports.store import Store

ACCOUNT_SID, TOKEN = "AC" + "0" * 32, "s3cret"
API_TOKEN = "a-token-for-tests"


class Watch:
    """Counts nothing."""

    def count(self, code: str) -> None: ...

    def warn(self, error: PeerMisbehaved) -> None: ...


def text_app(
    store: Store, clock: Clock, desk: TextDesk, account: TwilioAccount, hooks: TextHooks
) -> web.Application:
    """The routes, guarded as the server guards them."""
    sessions = Sessions("password-of-twelve", "k" * 64, SystemClock(), secure=False, others={})
    access = Access(
        listener="127.0.0.1",
        public_url="",
        sessions=sessions,
        metrics_token="",
        bearers=Bearers(API_TOKEN, store.api_tokens, clock.monotonic),
    )
    app = web.Application(middlewares=[access.guard])
    add_routes(
        app,
        account=account,
        gate=TokenGate(clock),
        hooks=text_hooks_only(hooks),
        accept=cast("Any", None),
        memory=store.answered,
        watch=Watch(),
        briefings=WhisperTexts(),
        fallback=Goodbye("Bye."),
        last_words="Bye.",
    )
    add_messages(app, desk, clock.monotonic)
    words = FirstWords(coolcare(), store.assets).of
    add_chat(app, desk, "CoolCare", clock.monotonic, lambda _: None, words, mails=True)
    return app


def text_hooks_only(hooks: TextHooks) -> Hooks:
    """Hooks about texts; nobody calls."""
    nobody = cast("Any", None)
    return Hooks(
        incoming=nobody,
        stream_ended=nobody,
        dial_ended=nobody,
        call_status=nobody,
        stream_status=nobody,
        voicemail=nobody,
        inbound_text=hooks.inbound_text,
        message_status=hooks.message_status,
    )


@dataclass
class Wired:
    """A server of texts, its carrier, and who asks."""

    url: str
    carrier: CarrierEmulator
    http: ClientSession
    rest: TwilioRest
    desk: TextDesk

    async def msg(self, **body: object) -> tuple[int, dict[str, object]]:
        """``POST /msg``; status and body."""
        given = {"channel": "sms", "from": "+15551230000"} | body
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        async with self.http.post(f"{self.url}/msg", json=given, headers=headers) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def wired(store: Store, clock: Clock) -> AsyncIterator[Wired]:
    """A server of texts on loopback."""
    carrier = CarrierEmulator(account_sid=ACCOUNT_SID, auth_token=TOKEN)
    desk = a_desk(store, clock, pace=CALM)
    hooks = TextHooks(desk, store.threads)
    async with carrier.running() as running, ClientSession() as http, beside(desk.run()):
        port = unused_port()
        url = f"http://127.0.0.1:{port}"
        account = TwilioAccount(ACCOUNT_SID, TOKEN, url)
        server = TestServer(text_app(store, clock, desk, account, hooks), port=port)
        await server.start_server()
        rest = TwilioRest(
            account,
            http,
            from_number=coolcare().phone,
            transfer_numbers=frozenset(),
            briefings=WhisperTexts(),
            base_url=running.rest_url,
        )
        try:
            yield Wired(url, running, http, rest, desk)
        finally:
            await server.close()
