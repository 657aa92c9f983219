"""``/phone`` and the events of a call: who may ask, what is refused, what a page is told."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.app.web.test_access import site
from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.web import event_stream
from voiceagent.app.web import live as live_page
from voiceagent.app.web.live import add_live, as_wire
from voiceagent.app.web.phone import NoLine, PhoneLine, add_phone
from voiceagent.core.wire import LineEnd, TurnDecider
from voiceagent.domain.records import CallId, Outcome, Speaker, Turn, TurnLatency
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.live import (
    BargedIn,
    CallerFinished,
    CallerStarted,
    CallOver,
    HeardSoFar,
    KeyUsed,
    LineClosed,
    LineOpened,
    LiveEvent,
    Missed,
    NothingSaid,
    NumberedEvent,
    ReplySounds,
    ToolRan,
    TurnSaid,
    TurnSoFar,
    TurnWritten,
)

PAGE = Path("voiceagent/app/web/phone_page")
SHARED = Path("voiceagent/app/web/shared_page")
FILES = sorted([*PAGE.iterdir(), *SHARED.iterdir()])
SID = "CA" + "a" * 32
LINE = PhoneLine(2, "AC" + "0" * 32, SID, "MZ" + "b" * 32, "/media/2/cafe", {"token": "once"})
LATENCY = TurnLatency(300.0, 80.04, 5.0, 0.0, 20.0, 1.0)
JSON = {"Content-Type": "application/json"}


class Desk:
    """A phone desk that answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.answer: PhoneLine | NoLine | Exception = LINE

    async def ring(self, from_number: str) -> PhoneLine | NoLine:
        return self._asked("ring", from_number)

    async def stream_over(self, call_sid: str, from_number: str) -> PhoneLine | NoLine:
        return self._asked("stream_over", call_sid, from_number)

    async def hung_up(self, call_sid: str) -> None:
        self._asked("hung_up", call_sid)

    def _asked(self, *what: str) -> PhoneLine | NoLine:
        self.asked.append(what)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[TestClient[Any, Any]]:
    app = web.Application()
    add_phone(app, desk, "Cool & Care")
    async with TestClient(TestServer(app)) as client:
        yield client


OTHER_SITES: tuple[Mapping[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://["},
    {"Origin": "http://127.0.0.1:1"},
)


@pytest.mark.parametrize("headers", OTHER_SITES, ids=str)
async def test_a_page_of_another_site_cannot_ring(
    headers: Mapping[str, str], tmp_path: Path
) -> None:
    async with site(tmp_path) as here:
        for path in ("/phone/calls", f"/phone/0/calls/{SID}/stream", f"/phone/0/calls/{SID}/over"):
            status, text = await here.status("POST", path, headers=headers, signed_in=True)
            assert (status, json.loads(text)["error"]["code"]) == (403, "site.other"), path


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "{here}"}], ids=str
)
async def test_our_own_page_and_a_program_can(headers: Mapping[str, str], tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        own = {
            k: v.format(here=str(here.client.make_url("")).rstrip("/")) for k, v in headers.items()
        }
        status, text = await here.status("POST", "/phone/calls", headers=own, signed_in=False)
    assert (status, json.loads(text)["error"]["code"]) == (503, "phone.busy")  # it has no lines


async def test_behind_a_proxy_nobody_rings_without_signing_in(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        for path in ("/phone/calls", f"/phone/0/calls/{SID}/stream", f"/phone/0/calls/{SID}/over"):
            headers = {"X-Forwarded-For": "203.0.113.9"}
            status, _ = await here.status("POST", path, headers=headers, signed_in=False)
            assert status == 401, path
            status, _ = await here.status("POST", path, headers=headers, signed_in=True)
            assert status in {503, 404}, path


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"[]", {}, 400, "body.json"),
        (b"{", {}, 400, "body.json"),
        (b'"x"', {}, 400, "body.json"),
        (b"[" * 900, {}, 400, "body.json"),
        (b'{"from": "", "more": 1}', {}, 400, "body.json"),
        (b'{"from": 1}', {}, 400, "phone.number"),
        (b'{"from": null}', {}, 400, "phone.number"),
        (b"\xff", {}, 400, "body.json"),
        (b" " * 2000, {}, 413, "body.too_large"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "body.encoded"),
    ],
)
async def test_bodies_that_are_none(
    body: bytes, headers: Mapping[str, str], status: int, code: str
) -> None:
    desk = Desk()
    async with served(desk) as client:
        answer = await client.post("/phone/calls", data=body, headers={**JSON, **headers})
        assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
    assert desk.asked == []


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (NoLine("All busy.", "person"), 503, "phone.busy"),
        (Unavailable("token.full", "Too many."), 503, "token.full"),
        (CallerFixable("phone.number", "No number.", field="from"), 400, "phone.number"),
    ],
)
async def test_what_a_page_is_told_when_it_cannot_ring(
    answer: PhoneLine | NoLine | Exception, status: int, code: str
) -> None:
    desk = Desk()
    desk.answer = answer
    async with served(desk) as client:
        told = await client.post("/phone/calls", json={})
        assert (told.status, (await told.json())["error"]["code"]) == (status, code)


async def test_a_call_from_ring_to_end() -> None:
    desk = Desk()
    async with served(desk) as client:
        rung = await client.post("/phone/calls", json={"from": "+15551230000"})
        line = (await rung.json())["line"]
        assert rung.headers["Cache-Control"] == "no-store"
        assert line == {
            "account_sid": LINE.account_sid,
            "call_sid": SID,
            "stream_sid": LINE.stream_sid,
            "media": "/media/2/cafe",
            "parameters": {"token": "once"},
            "stream": f"/phone/2/calls/{SID}/stream",
            "over": f"/phone/2/calls/{SID}/over",
            "events": f"/calls/2/{SID}/events",
        }
        again = await client.post(line["stream"], json={"from": "+15551230000"})
        assert (await again.json())["line"] == line
        desk.answer = NoLine("", "goodbye")
        ended = await client.post(line["stream"], json={})
        assert await ended.json() == {"over": {"say": "", "then": "goodbye"}}
        assert (await client.post(line["over"])).status == 204
        desk.answer = CallerFixable("phone.unknown", "No such call.")
        assert (await client.post(line["over"])).status == 404
    assert desk.asked == [
        ("ring", "+15551230000"),
        ("stream_over", SID, "+15551230000"),
        ("stream_over", SID, ""),
        ("hung_up", SID),
        ("hung_up", SID),
    ]


async def test_the_page_lets_nothing_in_but_its_own_files() -> None:
    async with served(Desk()) as client:
        answer = await client.get("/phone")
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
        html = await answer.text()
    assert policy["default-src"] == "'none'"
    assert all("unsafe" not in value for value in policy.values())
    assert all(value in {"'self'", "'none'"} for value in policy.values())
    assert answer.headers["Permissions-Policy"] == "microphone=(self)"
    assert "<h1>Cool &amp; Care</h1>" in html
    assert "{business}" not in html
    assert " style=" not in html
    assert "<script>" not in html


async def test_files_are_given_by_name_and_by_no_path() -> None:
    async with served(Desk()) as client:
        for path in FILES:
            answer = await client.get(f"/phone/{path.name}")
            assert answer.status == (404 if path.suffix == ".html" else 200), path.name
            if path.suffix == ".js":
                assert answer.content_type == "text/javascript"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for name in ("..%2fphone.py", "%2e%2e%2fphone.py", "phone.html", "x.js", "%00", "é.js"):
            assert (await client.get(f"/phone/{name}")).status == 404, name


@pytest.mark.parametrize("folder", [PAGE, Path("voiceagent/app/web/console_page")])
def test_modules_import_files_that_are_there(folder: Path) -> None:
    for path in [*folder.glob("*.js"), *SHARED.glob("*.js")]:
        for name in re.findall(r"from '\./([^']+)'", path.read_text()):
            assert (folder / name).is_file() or (SHARED / name).is_file(), f"{path.name}: {name}"


TURN = Turn(
    CallId("c"), 3, Speaker.AGENT, "One two.", "One", datetime(2025, 8, 29, tzinfo=UTC), LATENCY
)
EVERY: tuple[LiveEvent, ...] = (
    LineOpened(resumed=True, from_number="+15551230000"),
    CallerStarted(),
    TurnSoFar("my ac"),
    CallerFinished(TurnDecider.TURN_MODEL),
    TurnSaid(2, "my ac is out"),
    NothingSaid(),
    KeyUsed(),
    ToolRan("get_pricing_quote", 12.5, ""),
    ReplySounds(4, LATENCY, "turn_model"),
    ReplySounds(5, None, ""),
    HeardSoFar(4, "One", "One two."),
    BargedIn(),
    TurnWritten(TURN, 4),
    LineClosed(LineEnd.CALLER),
    CallOver(Outcome.BOOKED),
    CallOver(None),
    Missed(7),
)


@pytest.mark.parametrize("event", EVERY, ids=lambda event: type(event).__name__)
def test_every_event_has_a_kind_and_is_json(event: LiveEvent) -> None:
    wire = as_wire(event)
    assert json.loads(json.dumps(wire)) == wire
    words = [word.lower() for word in re.findall("[A-Z][a-z]+", type(event).__name__)]
    assert wire["kind"] == "_".join(words)


def test_stages_are_told_in_milliseconds_and_add_up() -> None:
    told = as_wire(TurnWritten(TURN, 4))["latency"]
    assert isinstance(told, dict)
    total = told.pop("v2v_ms")
    assert total == pytest.approx(sum(v for v in told.values() if isinstance(v, float)), abs=0.5)


class Watched:
    """A server that tells of one call."""

    def __init__(self, client: TestClient[Any, Any], feed: LiveFeed, counts: Counter[str]) -> None:
        self.client = client
        self.feed = feed
        self.call = feed.of(SID)
        self.counts = counts

    async def follow(self, **headers: str) -> Any:
        return await self.client.get(f"/calls/0/{SID}/events", headers=headers)


@asynccontextmanager
async def watched(**feed: Any) -> AsyncIterator[Watched]:
    counts: Counter[str] = Counter()
    app = web.Application()
    made = LiveFeed(**({"quiet_s": 0.02} | feed))
    add_live(app, made, lambda code: counts.update([code]))
    async with TestClient(TestServer(app)) as client:
        yield Watched(client, made, counts)


async def events_of(answer: Any, count: int) -> list[tuple[int, dict[str, Any]]]:
    """The next events, beats left out, with their numbers."""
    found: list[tuple[int, dict[str, Any]]] = []
    number = 0
    async with asyncio.timeout(5):
        while len(found) < count:
            line = (await answer.content.readline()).decode()
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: ") and "beat" not in line:
                found.append((number, json.loads(line[6:])))
    return found


async def test_unknown_calls_and_crowds_are_refused() -> None:
    async with watched(readers=1) as here:
        other = await here.client.get("/calls/0/CA1/events")
        assert (other.status, (await other.json())["error"]["code"]) == (404, "live.unknown")
        async with await here.follow() as first:
            assert first.status == 200
            second = await here.follow()
            assert (second.status, (await second.json())["error"]["code"]) == (503, "live.crowded")


async def test_events_come_with_numbers_and_a_reader_goes_on_where_it_was() -> None:
    async with watched() as here:
        async with await here.follow() as answer:
            assert answer.content_type == "text/event-stream"
            for event in (CallerStarted(), TurnSoFar("a\nb\r\n\ndata: x")):
                here.call.tell(event)
            got = await events_of(answer, 2)
        assert got == [
            (1, {"kind": "caller_started"}),
            (2, {"kind": "turn_so_far", "text": "a\nb\r\n\ndata: x"}),
        ]
        here.call.tell(BargedIn())
        async with await here.follow(**{"Last-Event-ID": "2"}) as answer:
            assert await events_of(answer, 1) == [(3, {"kind": "barged_in"})]
        for odd in ("x", "-1", "9" * 30, "99"):
            async with await here.follow(**{"Last-Event-ID": odd}) as answer:
                assert (await events_of(answer, 1))[0][0] == 1


async def test_there_is_a_beat_while_nothing_happens_and_an_end() -> None:
    async with watched() as here, await here.follow() as answer:
        async with asyncio.timeout(5):
            while (line := await answer.content.readline()) != b'data: {"kind":"beat"}\n':
                assert line
        here.call.tell(CallOver(Outcome.ABANDONED))
        assert (await events_of(answer, 1))[0][1]["outcome"] == "abandoned"
        async with asyncio.timeout(5):
            assert await answer.content.read() is not None


async def test_who_reads_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "UNREAD_S", 0.2)
    async with watched(kept=100_000) as here:
        answer = await here.follow()
        answer.connection.transport.pause_reading()
        async with asyncio.timeout(10):
            while not here.counts["live.unread"]:
                for _ in range(50):
                    here.call.tell(TurnSoFar("x" * 20_000))
                await asyncio.sleep(0.01)
        answer.close()
        async with asyncio.timeout(5):
            while here.feed._reading:  # noqa: ASYNC110 - the server finds out by itself
                await asyncio.sleep(0.01)


def test_a_told_event_is_one_line_of_data() -> None:
    for event in EVERY:
        lines = live_page.as_event(NumberedEvent(9, event)).split(b"\n")
        assert [line[:4] for line in lines] == [b"id: ", b"data", b"", b""]


def test_files_of_a_page_have_names_of_their_own() -> None:
    for folder in (PAGE, Path("voiceagent/app/web/console_page")):
        assert not {path.name for path in folder.iterdir()} & {p.name for p in SHARED.iterdir()}
