"""Who may see what: every route of the server, from everywhere, signed in and not.

The routes are taken from the server's own application, so a route without a rule fails here.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from connectors.local.payments import LocalPayments
from telephony.token_gate import TokenGate
from telephony.twilio.account import TwilioAccount
from telephony.twilio.whisper_texts import WhisperTexts
from tests.app.test_reception import answer
from tests.channels.rig import a_desk
from tests.pipelines.scripted import CALL
from tests.support.postgres import a_job
from voiceagent.app import server
from voiceagent.app.cli.phone import free_port
from voiceagent.app.hand_offs import warm_transfers
from voiceagent.app.installation import access_for
from voiceagent.app.letters import letters_taken
from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.settings import Settings
from voiceagent.app.site import application
from voiceagent.app.web.access import LEAST, RULES, SCOPES, Rule, is_loopback, was_passed_on
from voiceagent.app.web.paths import filled
from voiceagent.app.web.session import COOKIE
from voiceagent.core.clock import ManualClock, SystemClock
from voiceagent.domain.business_file import load_business
from voiceagent.domain.records import Cents, Outcome, Speaker, Turn
from voiceagent.ports.dispatch import OwnCalendar
from voiceagent.ports.live import CallOver, LineOpened, TurnWritten
from voiceagent.ports.meter import Unmetered
from voiceagent.ports.outside import OutsideAgents
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.spec import Tool
from voiceagent.toolkit.toolbox import Toolbox

TOKEN = "a-token-for-figures"
API_TOKEN = "a-token-for-the-tools"
LETTERS = {
    "email_from": "office@coolcare.example",
    "resend_api_key": "re_1",
    "resend_webhook_secret": "whsec_" + "QUJD" * 8,
    "inbound_email_secret": "a-password-of-letters",
}
PASSWORD = "correct horse battery"
SAID = "My gate code is 4711."
NOBODYS = "00000000-0000-4000-8000-000000000000"
"""A name of the kind that visits and customers have, and none has."""

FORWARDED: tuple[Mapping[str, str], ...] = tuple(
    {name: value}
    for name, value in (
        ("Forwarded", "for=203.0.113.9"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Host", "127.0.0.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Server", "edge"),
        ("Via", "1.1 proxy"),
        ("X-Real-IP", "203.0.113.9"),
        ("CF-Connecting-IP", "203.0.113.9"),
        ("CF-Ray", "1"),
        ("True-Client-IP", "203.0.113.9"),
        ("X-Client-IP", "203.0.113.9"),
        ("X-Cluster-Client-IP", "203.0.113.9"),
        ("X-Original-Forwarded-For", "203.0.113.9"),
        ("X-Envoy-External-Address", "203.0.113.9"),
        ("Fastly-Client-IP", "203.0.113.9"),
        ("Fly-Client-IP", "203.0.113.9"),
        ("Tailscale-User-Login", "someone"),
        ("Host", "voice.example.com"),
        ("Host", "rebound.example:8080"),
        ("Host", ""),
    )
)
"""What tells that a request did not come from this machine, one by one."""


class Site:
    """The server's application on real loopback, configured as if it listened elsewhere."""

    def __init__(
        self, client: TestClient[Any, Any], app: web.Application, session: str, store: MemoryStore
    ) -> None:
        self.store = store
        self.client = client
        self.app = app
        self.session = session

    async def status(
        self, method: str, path: str, *, headers: Mapping[str, str], signed_in: bool
    ) -> tuple[int, str]:
        cookie = self.session if signed_in else ""
        return await self.asked(method, path, headers=headers, cookie=cookie)

    async def asked(
        self, method: str, path: str, *, headers: Mapping[str, str], cookie: str
    ) -> tuple[int, str]:
        """The answer; of one that goes on without an end its beginning."""
        sent = dict(headers) | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
        async with self.client.request(method, path, headers=sent, allow_redirects=False) as answer:
            if path.endswith("/0/events") and answer.status == 200:
                begun = [await answer.content.readline() for _ in range(4)]
                return answer.status, b"".join(begun).decode()
            return answer.status, await answer.text()


def _told(clock: ManualClock) -> LiveFeed:
    """A call of which everything has been told."""
    feed = LiveFeed()
    call = feed.of(CALL.call_sid)
    with feed.follow(CALL.call_sid, after=0):
        pass
    turn = Turn(CALL.call_id, 0, Speaker.CALLER, SAID, SAID, clock.now(), None)
    call.tell(LineOpened(resumed=False, from_number=CALL.from_number))
    call.tell(TurnWritten(turn, None))
    call.tell(CallOver(Outcome.ABANDONED))
    return feed


def _switches() -> SimpleNamespace:
    """What `web.admin` works on."""
    return SimpleNamespace(
        log_level="INFO",
        takes_calls=True,
        live_calls=0,
        log_from=lambda _: None,
        drain=lambda: None,
        accept=lambda: None,
    )


async def _at_once() -> None:
    """There are no calls to wait for."""


@asynccontextmanager
async def site(folder: Path, **settings: str) -> AsyncIterator[Site]:
    async with equipped_site(folder, settings) as here:
        yield here


@asynccontextmanager
async def equipped_site(
    folder: Path,
    settings: Mapping[str, str],
    *,
    tools: Sequence[Tool] = (),
    rest: object = None,
) -> AsyncIterator[Site]:
    """A site with such tools, and a carrier."""
    given = {
        "state_dir": folder,
        "console_password": PASSWORD,
        "metrics_token": TOKEN,
        "api_token": API_TOKEN,
        **LETTERS,
    }
    configured = Settings(**(given | dict(settings)))  # type: ignore[arg-type]  # parsed, like the environment
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    store = MemoryStore(clock)
    await store.calls.open(CALL)
    await store.calls.add_turn(Turn(CALL.call_id, 0, Speaker.CALLER, SAID, SAID, clock.now(), None))
    local = LocalPayments(
        page_url="http://127.0.0.1/pay",
        webhook_url="http://127.0.0.1:9/webhooks/stripe",
        secret="whsec",
        business_name="CoolCare",
        clock=SystemClock(),
    )
    engine = SimpleNamespace(
        settings=configured,
        business=load_business("business/coolcare.toml"),
        clock=clock,
        rest=rest or SimpleNamespace(texts=None),
        toolbox=Toolbox(tools),
        dispatch=OwnCalendar(),
        letters=letters_taken(configured, cast("Any", None)),
        agents=OutsideAgents.of_file(load_business("business/coolcare.toml")),
        store=SimpleNamespace(
            history=store.history,
            now=store.now,
            payment_events=store.payment_events,
            call_backs=store.call_backs,
            answered=store.answered,
            looks=store.looks,
            threads=store.threads,
            assets=store.assets,
            deliveries=store.deliveries,
            hand_offs=store.hand_offs,
            waiting=store.waiting,
            api_tokens=store.api_tokens,
        ),
        account=TwilioAccount("AC" + "0" * 32, "token", "http://127.0.0.1"),
        briefings=WhisperTexts(),
        webhook_secret="whsec",
        local_pay=local,
        parts={"database": "none"},
    )
    call_manager = SimpleNamespace(
        live=0,
        draining=False,
        accept=None,
        free_slots=lambda _: 0,
        sweeper=SimpleNamespace(spared=None),
        carrier_asks_again=lambda *_: None,
        hand_over=lambda _: None,
    )
    scheduler = SimpleNamespace(between_ticks=_at_once)
    speech = SimpleNamespace(names={"stt": "a", "tts": "b"})
    app = application(
        cast("Any", engine),
        cast("Any", call_manager),
        cast("Any", speech),
        TokenGate(clock),
        CollectorRegistry(),
        cast("Any", scheduler),
        Unmetered(),
        _told(clock),
        cast("Any", _switches()),
        warm_transfers(cast("Any", engine), lambda: cast("Any", call_manager)),
        a_desk(store, clock),
    )
    session = access_for(configured)[1].issue()
    async with TestClient(TestServer(app)) as client:
        yield Site(client, app, session, store)


def routes(app: web.Application) -> list[tuple[str, str]]:
    """Method and path as registered, of every route, those of sub-applications included."""
    found = []
    for route in app.router.routes():
        assert route.resource is not None
        found.append((route.method, route.resource.canonical))
    for resource in app.router.resources():
        if hasattr(resource, "_app"):
            found += [(r.method, r.resource.canonical) for r in resource._app.router.routes()]
    return sorted(set(found))


def concrete(path: str) -> str:
    return (
        filled(path, worker=0, call_sid=CALL.call_sid)
        .replace("{ticket}", "ab" * 12)
        .replace("{session_id}", "cs_local_AAAA")
        .replace("{name}", "end_call")
        .replace("{asset_id}", "unit-1")
        .replace("{order_id}", NOBODYS)
        .replace("{cust_id}", NOBODYS)
    )


async def test_every_route_has_a_rule_and_every_rule_a_route(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        found = routes(here.app)
        assert {path for _, path in found} == set(RULES)
        assert {one for one in found if RULES[one[1]] is Rule.TOOLS} == set(SCOPES)


async def test_a_route_without_a_rule_answers_nobody(tmp_path: Path) -> None:
    from voiceagent.app.web import access

    async def secret(_: web.Request) -> web.Response:
        return web.Response(text=SAID)

    configured = Settings(state_dir=tmp_path)
    app = web.Application(middlewares=[access_for(configured)[0].guard])
    app.router.add_get("/new", secret)
    assert "/new" not in access.RULES
    async with TestClient(TestServer(app)) as client, client.get("/new") as answer:
        assert answer.status == 403
        assert SAID not in await answer.text()


VISITS: tuple[tuple[str, Mapping[str, str], Mapping[str, str]], ...] = (
    ("loopback", {"host": "127.0.0.1"}, {}),
    ("loopback by name", {"host": "localhost"}, {}),
    *(
        (f"{name}: {value}", {"host": "127.0.0.1"}, {name: value})
        for one in FORWARDED
        for name, value in one.items()
    ),
    ("every interface", {"host": "0.0.0.0"}, {}),
    ("every interface, v6", {"host": "::"}, {}),
    ("an address", {"host": "192.168.1.10"}, {}),
    ("a public address", {"host": "127.0.0.1", "public_url": "https://voice.example.com"}, {}),
)
LOCAL = {"loopback", "loopback by name"}


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "stranger"])
@pytest.mark.parametrize(("name", "settings", "headers"), VISITS, ids=[v[0] for v in VISITS])
async def test_every_route_from_everywhere(
    name: str,
    settings: Mapping[str, str],
    headers: Mapping[str, str],
    signed_in: bool,
    tmp_path: Path,
) -> None:
    local = name in LOCAL
    async with site(tmp_path, **settings) as here:
        for method, path in routes(here.app):
            status, text = await here.status(
                method, concrete(path), headers=headers, signed_in=signed_in
            )
            who = (method, path, status)
            let_in = local or signed_in
            assert is_as_ruled(RULES[path], method, status, local=local, let_in=let_in), who
            personal = CALL.from_number in text or SAID in text
            shows = let_in and method == "GET" and RULES[path] is Rule.PERSONAL
            # The page of live calls comes empty: it is filled by events.
            assert personal is (shows and path != "/console"), who


GIVES: Mapping[Rule, frozenset[int]] = {
    Rule.OPEN: frozenset(range(200, 500)),
    Rule.PROVEN: frozenset(range(400, 600)) - {500},  # no signature, token or link comes with it
    Rule.TOOLS: frozenset({401}),
    Rule.PERSONAL: frozenset({200}),
    Rule.OWNS: frozenset({200}),
    Rule.LISTENS: frozenset({404}),  # there is neither a recording nor a call on a line
    Rule.INSIDE: frozenset({200, 404}),
    Rule.OPERATES: frozenset(range(200, 600)) - {303, 401, 403, 500},
}
"""What a route with a rule may answer to an owner."""


def is_as_ruled(rule: Rule, method: str, status: int, *, local: bool, let_in: bool) -> bool:
    """Whether a route with a rule may answer so to somebody who is local, or has signed in."""
    if rule is Rule.FIGURES:
        return status == (200 if local else 401)
    if rule in LEAST and not let_in:
        return status == (303 if method in {"GET", "HEAD"} else 401)
    return status in GIVES[rule]


@pytest.mark.parametrize("path", [p for p, rule in RULES.items() if rule is Rule.FIGURES])
async def test_figures_open_with_the_token_only(path: str, tmp_path: Path) -> None:
    async with site(tmp_path, host="0.0.0.0") as here:
        for given, wanted in (
            (f"Bearer {TOKEN}", 200),
            (f"bearer {TOKEN}", 200),
            (f"Bearer {TOKEN}x", 401),
            (f"Basic {TOKEN}", 401),
            ("Bearer ", 401),
            ("", 401),
            ("Bearer \u00e9\u00e9", 401),
        ):
            headers = {"Authorization": given}
            status, _ = await here.status("GET", concrete(path), headers=headers, signed_in=False)
            assert status == wanted, given


async def test_tools_open_with_their_own_token_only_on_this_machine_too(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        for given, wanted in (
            (f"Bearer {API_TOKEN}", 404),  # this site has no tools
            (f"Bearer {API_TOKEN}x", 401),
            (f"Bearer {TOKEN}", 401),
            (f"Basic {API_TOKEN}", 401),
            ("Bearer ", 401),
            ("", 401),
        ):
            headers = {"Authorization": given}
            status, text = await here.status("POST", "/tools/x", headers=headers, signed_in=True)
            assert status == wanted, given
            assert set(json.loads(text)["error"]) == {"code", "message", "field"}


async def test_tools_are_closed_while_there_is_no_token(tmp_path: Path) -> None:
    async with site(tmp_path, api_token="") as here:
        for given in ("Bearer ", "Bearer", "", f"Bearer {API_TOKEN}"):
            headers = {"Authorization": given}
            status, text = await here.status("POST", "/tools/x", headers=headers, signed_in=True)
            assert status == 403
            assert "API_TOKEN" in text


async def test_without_a_token_an_empty_one_opens_nothing(tmp_path: Path) -> None:
    async with site(tmp_path, host="0.0.0.0", metrics_token="") as here:
        for given in ("Bearer ", "Bearer", "", "bearer  "):
            headers = {"Authorization": given}
            status, _ = await here.status("GET", "/metrics", headers=headers, signed_in=True)
            assert status == 401


async def test_health_says_only_ok_to_strangers(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        _, local = await here.status("GET", "/health", headers={}, signed_in=False)
        headers = {"X-Forwarded-For": "203.0.113.9"}
        status, far = await here.status("GET", "/health", headers=headers, signed_in=True)
    assert '"parts"' in local
    assert (status, far) == (200, '{"status": "ok"}')


async def test_a_local_payment_page_shows_a_deposit_to_its_link_only(tmp_path: Path) -> None:
    async with site(tmp_path, host="0.0.0.0") as here:
        pay = LocalPayments(
            page_url="",
            webhook_url="http://127.0.0.1:9/",
            secret="whsec",
            business_name="CoolCare",
            clock=SystemClock(),
        )
        link = await pay.deposit_link(a_job(), Cents(20600), idempotency_key="k")
        status, text = await here.status(
            "GET", f"/pay{link.url}", headers={"Via": "1.1 proxy"}, signed_in=False
        )
        assert (status, "482937" in text) == (200, True)
        near = link.url[:-2] + ("AA" if link.url[-2:] != "AA" else "BB")
        status, text = await here.status("GET", f"/pay{near}", headers={}, signed_in=True)
        assert (status, "482937" in text) == (404, False)


@pytest.mark.parametrize(
    "sid",
    ["%00", "CA%00", "%ff%fe", "%ED%A0%80", "..%2f..%2fetc", "'%20OR%201=1", "x" * 300, "%0a", "é"],
)
async def test_a_call_that_cannot_be_is_no_page(sid: str, tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        status, _ = await here.status("GET", f"/console/calls/{sid}", headers={}, signed_in=False)
    assert status in {400, 404}


@given(
    st.sampled_from(["X-Forwarded-", "CF-", "X-Envoy-", "Fly-", "x-real-"]),
    st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True),
)
def test_families_of_forwarding_headers_are_known(family: str, rest: str) -> None:
    assert was_passed_on({family + rest: "1"})
    assert was_passed_on({(family + rest).upper(): ""})


def test_what_browsers_and_monitors_send_is_not_forwarding() -> None:
    usual = "Host User-Agent Accept Accept-Language Accept-Encoding Cookie Connection Referer"
    more = "Upgrade-Insecure-Requests Sec-Fetch-Site Sec-Ch-Ua Cache-Control If-None-Match DNT"
    assert not was_passed_on(dict.fromkeys(f"{usual} {more}".split(), "1"))


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours


def test_a_generated_password_is_kept_private_and_the_same_for_all_workers(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    first, second = access_for(settings)[1], access_for(settings)[1]
    file = tmp_path / "state" / "console-password"
    assert first.role_for(file.read_text().strip())
    assert second.visitor(first.issue())
    assert file.stat().st_mode & 0o077 == 0
    assert len(file.read_text().strip()) >= 20
    assert not first.role_for(secrets.token_urlsafe(18))


async def test_who_is_refused_is_let_go_too(tmp_path: Path) -> None:
    """The next request on the connection might be another worker's."""
    configured = Settings(state_dir=tmp_path, port=free_port())
    app = web.Application(middlewares=[access_for(configured)[0].guard])
    app.router.add_get("/metrics", _nobody)
    runner = web.AppRunner(app, access_log=None)
    async with server._entrance(configured, app, runner, lambda: 1):
        ask = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"
        told = await answer(configured.port, ask)
    await runner.cleanup()
    assert told.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in told.lower()


async def _nobody(_: web.Request) -> web.Response:
    raise AssertionError("it was let in")
