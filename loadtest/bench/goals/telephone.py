"""The real engine on a pinned core, and calls to it as the carrier makes them.

The engine is the command that serves calls, with a database and speech of its own in a fresh
folder. A call rings (a signed webhook), is given a token by the answer, and connects with it.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from picows import ws_connect

from loadtest.bench.subjects import ROOT, Server, free_port, process, wait_for
from loadtest.bench.swarm_caller import SwarmCaller
from loadtest.simulator import twiml
from loadtest.simulator.callbacks import Callbacks, CallFacts
from loadtest.simulator.clock import now_s
from loadtest.simulator.webhooks import WebhookClient, WebhookError

START_S: Final = 180.0
"""The first start in a fresh folder makes a database and a language model."""

CALLER: Final = "+15551230000"
CALLED: Final = "+15559870000"


@dataclass(frozen=True, slots=True)
class CarrierAccount:
    """Of the carrier."""

    sid: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Rung:
    """A call that rang and was answered with TwiML.

    Attributes:
        call_sid: its id.
        answer_ms: how long the answer took.
        media: socket to connect to; empty when the call was declined.
        token: for `start`.
        document: the TwiML.
    """

    call_sid: str
    answer_ms: float
    media: str
    token: str
    document: str


@contextmanager
def engine(account: CarrierAccount, *, core: int, places: int) -> Iterator[Server]:
    """A real engine for a block, with its database.

    Args:
        account: the carrier's.
        core: where it runs, with its database and its speech.
        places: calls at one time.

    Raises:
        BenchError: it did not come up.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="goals-") as folder:
        state = Path(folder) / "state"
        environment = {
            "TWILIO_ACCOUNT_SID": account.sid,
            "TWILIO_AUTH_TOKEN": account.auth_token,
            "TWILIO_API_URL": "http://127.0.0.1:9",
            "PUBLIC_URL": url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": "",
            "VOICEAGENT_STATE": str(state),
            "MAX_CALLS": str(places),
            "LOG_LEVEL": "WARNING",
        }
        command = ("-m", "voiceagent", "serve")
        try:
            with process(command, core=core, environment=environment) as started:
                wait_for(started, f"{url}/health", START_S)
                yield Server(started.pid, port)
        finally:
            stop = [sys.executable, "-m", "voiceagent", "db", "stop"]
            settings = {"VOICEAGENT_STATE": str(state), "DATABASE_URL": ""}
            subprocess.run(  # noqa: S603 - our own command line
                stop, cwd=ROOT, env=os.environ | settings, capture_output=True, check=False
            )


class Switchboard:
    """The carrier's side of many calls.

    Args:
        account: whose calls they are.
        webhooks: signs and posts.
        url: of the engine.
    """

    def __init__(self, account: CarrierAccount, webhooks: WebhookClient, url: str) -> None:
        self._account = account
        self._webhooks = webhooks
        self._url = url
        self._serial = 0

    async def ring(self) -> Rung:
        """A new call; what the engine answers.

        Raises:
            WebhookError: no answer, or a status other than 2xx.
            TwimlError: an answer that the carrier would reject.
        """
        call_sid = "CA" + secrets.token_hex(16)
        began_s = now_s()
        body = await self._callbacks(call_sid).ask(f"{self._url}/incoming", "ringing")
        answer_ms = (now_s() - began_s) * 1000.0
        nouns = [verb.stream for verb in twiml.parse(body).verbs if verb.stream is not None]
        media, token = (nouns[0].url, nouns[0].parameters["token"]) if nouns else ("", "")
        return Rung(call_sid, answer_ms, media, token, body)

    async def connect(self, rung: Rung) -> SwarmCaller:
        """Connect a call that was let in, and send `start`."""
        self._serial += 1
        caller = SwarmCaller(
            self._serial,
            call_sid=rung.call_sid,
            account_sid=self._account.sid,
            token=rung.token,
        )
        await ws_connect(lambda: caller, rung.media)
        caller.start()
        return caller

    async def hang_up(self, caller: SwarmCaller) -> None:
        """End a call as the carrier does: `stop`, the socket closes, the status is reported.

        Raises:
            WebhookError: the engine did not take the report.
        """
        caller.stop()
        caller.hang_up()
        callbacks = self._callbacks(caller.call_sid)
        callbacks.tell_completed(f"{self._url}/status", now_s() - caller.started_s)
        await callbacks.settle()
        if callbacks.errors:
            raise WebhookError(callbacks.errors[0])

    def _callbacks(self, call_sid: str) -> Callbacks:
        facts = CallFacts(self._account.sid, call_sid, CALLER, CALLED, {})
        return Callbacks(facts, self._webhooks, self._url)


@asynccontextmanager
async def switchboard(account: CarrierAccount, url: str) -> AsyncIterator[Switchboard]:
    """A switchboard for a block."""
    connector = TCPConnector(limit=0)
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar()) as http:
        yield Switchboard(account, WebhookClient(http, account.auth_token, {}), url)
