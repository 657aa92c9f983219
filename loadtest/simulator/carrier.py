"""A local carrier: the other end of the engine's wire, in one process, on loopback.

    async with CarrierEmulator(account_sid="AC…", auth_token="…").running() as carrier:
        report = await carrier.place_call(
            webhook_url="http://127.0.0.1:8080/incoming",
            script=CallerScript.from_wavs(["hello.wav", "goodbye.wav"]),
            from_number="+15551230000",
            to_number="+15559870000",
        )

The engine's REST client must be pointed at `carrier.rest_url`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from loadtest.simulator.call import PlacedCall
from loadtest.simulator.call_order import CallOrder
from loadtest.simulator.leads import LeadScript, OutgoingLeg, PickUp
from loadtest.simulator.metronome import Metronome
from loadtest.simulator.network import NetworkSpec
from loadtest.simulator.report import CallReport, CarrierEvent, TextMessage
from loadtest.simulator.rest import RestApi, RestCall, RestFault
from loadtest.simulator.rooms import Rooms
from loadtest.simulator.script import CallerScript
from loadtest.simulator.texting import TextPhone
from loadtest.simulator.texts import TextApi
from loadtest.simulator.webhooks import WebhookClient

_PERFECT: Final = NetworkSpec()
_NO_PARAMS: Final[Mapping[str, str]] = MappingProxyType({})


class NotRunning(RuntimeError):
    """Used outside `async with carrier.running()`."""


class CarrierEmulator:
    """REST API and telephone lines of one account.

    Args:
        account_sid: of the account the engine is configured with.
        auth_token: the same; signs webhooks and guards REST.
        routes: public base URL → local base URL, for an engine that validates signatures against a
            public URL: webhooks, callbacks and media sockets of the public host are signed as such
            but connected to the local one.
        host: address the REST API listens on.
        port: its port; 0 picks a free one.

    Attributes:
        leads: by number, what people do whom the engine rings; other numbers ring out.
        legs: calls that the engine has placed, oldest first.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        routes: Mapping[str, str] = _NO_PARAMS,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._routes = routes
        self._host = host
        self._port = port
        self._calls: dict[str, RestCall] = {}
        self._rest = RestApi(account_sid, auth_token, self._calls, self._place)
        self._ringing: set[asyncio.Task[None]] = set()
        self._rooms: Rooms | None = None
        self.leads: dict[str, LeadScript] = {}
        self.legs: list[OutgoingLeg] = []
        self._webhooks: WebhookClient | None = None
        self._metronome: Metronome | None = None

    @property
    def rest_url(self) -> str:
        """Base URL of the REST API, in place of `https://api.twilio.com`."""
        return f"http://{self._host}:{self._port}"

    @property
    def messages(self) -> list[TextMessage]:
        """Every text the engine has sent, oldest first."""
        return self._rest.texts.messages

    @property
    def texts(self) -> TextApi:
        """Its messages: what becomes of them can be told here."""
        return self._rest.texts

    @property
    def faults(self) -> list[RestFault]:
        """Faults to inject into REST; append to it."""
        return self._rest.faults

    @property
    def numbers(self) -> dict[str, str]:
        """The account's numbers, and the address that each asks when it is called; to fill."""
        return self._rest.numbers

    @property
    def rooms(self) -> Rooms:
        """Its conferences.

        Raises:
            NotRunning: outside `running()`.
        """
        if self._rooms is None:
            raise NotRunning("rooms need `async with carrier.running()`")
        return self._rooms

    def text_phone(self, url: str, *, number: str, to_number: str) -> TextPhone:
        """A telephone that writes to a number of the account.

        Args:
            url: the number's messaging webhook.
            number: of the telephone.
            to_number: of the account.

        Raises:
            NotRunning: outside `running()`.
        """
        if self._webhooks is None:
            raise NotRunning("texts need `async with carrier.running()`")
        return TextPhone(
            self._webhooks,
            account_sid=self._account_sid,
            url=url,
            number=number,
            to_number=to_number,
        )

    def _place(self, form: Mapping[str, str]) -> OutgoingLeg:
        """The engine rings somebody."""
        if self._webhooks is None:
            raise NotRunning("a call needs `async with carrier.running()`")
        leg = OutgoingLeg(
            form,
            self.leads.get(form["To"], LeadScript(PickUp.NOBODY)),
            account_sid=self._account_sid,
            webhooks=self._webhooks,
            rooms=self.rooms,
        )
        self.legs.append(leg)
        self._calls[leg.call_sid] = leg
        ringing = asyncio.create_task(leg.run())
        self._ringing.add(ringing)
        ringing.add_done_callback(self._ringing.discard)
        return leg

    async def wait_for_message(self, to: str, count: int = 1) -> TextMessage:
        """The `count`-th text to a number; waits for it without limit (use `asyncio.timeout`)."""
        return await self._rest.texts.wait_for(to, count)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serves until the block is left.

        Raises:
            OSError: the address is taken.
        """
        runner = web.AppRunner(self._rest.app(), access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
            self._port = runner.addresses[0][1]
            connector = TCPConnector(limit=0)
            async with ClientSession(connector=connector, cookie_jar=DummyCookieJar()) as session:
                self._webhooks = WebhookClient(session, self._auth_token, self._routes)
                self._rest.texts.post = self._webhooks.post
                self._metronome = Metronome()
                self._rooms = Rooms(self._account_sid, self._webhooks)
                yield self
        finally:
            if self._metronome is not None:
                self._metronome.close()
            self._rest.texts.post = None
            self._rest.texts.close()
            for ringing in self._ringing:
                ringing.cancel()
            self._webhooks = self._metronome = self._rooms = None
            await runner.cleanup()

    async def place_call(
        self,
        *,
        webhook_url: str,
        script: CallerScript,
        from_number: str,
        to_number: str,
        record_to: Path | str | None = None,
        status_callback_url: str | None = None,
        extra_params: Mapping[str, str] = _NO_PARAMS,
        hold_s: float = 0.0,
        max_s: float = 600.0,
        on_event: Callable[[CarrierEvent], None] | None = None,
        network: NetworkSpec = _PERFECT,
        seed: int | None = None,
    ) -> CallReport:
        """Phones the engine and returns when the call is over; engine faults are in the report.

        Args:
            webhook_url: the number's voice webhook, as the carrier knows it (public).
            script: what the caller does.
            from_number: caller, E.164.
            to_number: called number, E.164.
            record_to: stereo WAV to write: caller left, agent right.
            status_callback_url: gets `completed` after the end.
            extra_params: more webhook fields, such as `ForwardedFrom`.
            hold_s: after a transfer, how long the call stays up for the engine to take it back.
            max_s: longest call.
            on_event: called on the event loop for every event; must be quick.
            network: what the caller's frames suffer on their way to the engine.
            seed: of the network's chances and the line's noise; one of the call's own by default.

        Raises:
            NotRunning: outside `running()`.
        """
        if self._webhooks is None or self._metronome is None or self._rooms is None:
            raise NotRunning("place_call needs `async with carrier.running()`")
        order = CallOrder(
            webhook_url=webhook_url,
            script=script,
            from_number=from_number,
            to_number=to_number,
            record_to=None if record_to is None else Path(record_to),
            status_callback_url=status_callback_url,
            extra_params=extra_params,
            hold_s=hold_s,
            max_s=max_s,
            on_event=on_event,
            network=network,
            seed=seed,
        )
        call = PlacedCall(
            order,
            account_sid=self._account_sid,
            webhooks=self._webhooks,
            metronome=self._metronome,
            rooms=self._rooms,
        )
        self._calls[call.call_sid] = call
        return await call.run(self._rest.texts.messages)
