"""Signing in: the form, the cookie, wrong passwords, other sites."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.app.web.session import (
    COOKIE,
    FORGOTTEN_S,
    FORM_S,
    LONGEST_WAIT_S,
    SESSION_S,
    SOURCES,
    TRIES,
    TRY_EVERY_S,
    Sessions,
    Tries,
)
from voiceagent.app.web.sign_in import FORM_COOKIE, add_sign_in
from voiceagent.core.clock import ManualClock
from voiceagent.domain.setting_values import networks

PASSWORD = "correct horse battery"
NOW = datetime(2025, 8, 29, tzinfo=UTC)


def sessions(clock: ManualClock, *, password: str = PASSWORD, secure: bool = False) -> Sessions:
    return Sessions(password, "key", clock, secure=secure)


@asynccontextmanager
async def browser(own: Sessions, proxies: str = "") -> AsyncIterator[TestClient[Any, Any]]:
    app = web.Application()
    add_sign_in(app, own, hint="Look into the folder.", proxies=networks(proxies))
    jar = CookieJar(unsafe=True)  # it then keeps cookies of addresses
    async with TestClient(TestServer(app), cookie_jar=jar) as client:
        yield client


async def form_of(client: TestClient[Any, Any], path: str = "/sign-in") -> str:
    async with client.get(path) as page:
        found = re.search(r"name=form value='([^']+)'", await page.text())
    assert found is not None
    return found[1]


async def enter(
    client: TestClient[Any, Any], form: str, password: str, via: str = "", **more: str
) -> Any:
    data = {"form": form, "password": password, "next": "/console"} | more
    headers = {"X-Forwarded-For": via} if via else {}
    return await client.post("/sign-in", data=data, headers=headers, allow_redirects=False)


@pytest.mark.parametrize("secure", [True, False])
async def test_the_password_gives_a_session(secure: bool) -> None:
    own = sessions(ManualClock(NOW), secure=secure)
    async with browser(own) as client:
        answer = await client.get("/sign-in")
        form = answer.cookies[FORM_COOKIE]
        jar = {FORM_COOKIE: form.value}
        data = {"form": form.value, "password": PASSWORD, "next": "/console/calls/CA1"}
        entered = await client.post(
            "/sign-in",
            data=data,
            headers={"Cookie": f"{FORM_COOKIE}={jar[FORM_COOKIE]}"},
            allow_redirects=False,
        )
    assert entered.status == 303
    assert entered.headers["Location"] == "/console/calls/CA1"
    cookie = entered.cookies[COOKIE]
    assert own.visitor(cookie.value)
    for one in (cookie, form):
        assert one["httponly"]
        assert one["samesite"] == "Strict"
        assert bool(one["secure"]) is secure


async def test_a_wrong_password_gives_none() -> None:
    async with browser(sessions(ManualClock(NOW))) as client:
        for wrong in ("", "x", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper(), "é" * 100):
            answer = await enter(client, await form_of(client), wrong)
            assert answer.status == 403
            assert "not the password" in await answer.text()
            assert COOKIE not in answer.cookies


@pytest.mark.parametrize(
    "back",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/console/../x", "javascript:1",
     "/console\r\nX: 1", "/pay/x", "", "/console?x=<script>"],
)  # fmt: skip
async def test_signing_in_leads_to_pages_of_ours_only(back: str) -> None:
    async with browser(sessions(ManualClock(NOW))) as client:
        answer = await enter(client, await form_of(client), PASSWORD, next=back)
        assert answer.headers["Location"] == "/console"


async def test_another_site_cannot_fill_in_the_form() -> None:
    own = sessions(ManualClock(NOW))
    async with browser(own) as client:
        stolen = own.form()  # a page the attacker asked for himself: no such cookie here
        answer = await enter(client, stolen, PASSWORD)
        assert (answer.status, COOKIE in answer.cookies) == (403, False)
        await form_of(client)
        answer = await enter(client, stolen, PASSWORD)
        assert (answer.status, COOKIE in answer.cookies) == (403, False)
        for nonsense in ("", "x", "1.2.3", ".", "9" * 1000):
            answer = await enter(client, nonsense, PASSWORD)
            assert answer.status == 403


async def test_a_form_expires() -> None:
    clock = ManualClock(NOW)
    async with browser(sessions(clock)) as client:
        form = await form_of(client)
        clock.advance(FORM_S)
        assert (await enter(client, form, PASSWORD)).status == 403


async def test_tries_are_bounded_and_come_back() -> None:
    clock = ManualClock(NOW)
    async with browser(sessions(clock)) as client:
        for _ in range(TRIES):
            assert (await enter(client, await form_of(client), "wrong")).status == 403
        refused = await enter(client, await form_of(client), PASSWORD)
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) >= 1
        clock.advance(TRY_EVERY_S)
        assert (await enter(client, await form_of(client), PASSWORD)).status == 303


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x" * 5000, {}, 413),
        (b"password=x", {"Content-Encoding": "gzip"}, 415),
        (b"\x1f\x8b\x00", {"Content-Encoding": "gzip"}, 415),
        (b"a=1&" * 100, {}, 400),
        (b"\xff\xfe\x00", {"Content-Type": "text/plain; charset=nonsense"}, 403),
        (b"", {}, 403),
    ],
)
async def test_nonsense_is_refused(body: bytes, headers: dict[str, str], status: int) -> None:
    async with (
        browser(sessions(ManualClock(NOW))) as client,
        client.post("/sign-in", data=body, headers=headers) as answer,
    ):
        assert answer.status == status


async def test_signing_out_takes_the_cookie_away() -> None:
    async with browser(sessions(ManualClock(NOW))) as client:
        answer = await client.post("/sign-out", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/sign-in")
        assert answer.cookies[COOKIE].value == ""


def test_a_session_ends_and_a_new_password_ends_all() -> None:
    clock = ManualClock(NOW)
    own = sessions(clock)
    cookie = own.issue()
    assert own.visitor(cookie)
    assert not sessions(clock, password="another password").visitor(cookie)
    assert not Sessions(PASSWORD, "another key", clock, secure=False).visitor(cookie)
    clock.advance(SESSION_S - 1)
    assert own.visitor(cookie)
    clock.advance(1)
    assert not own.visitor(cookie)


def test_a_form_is_no_session() -> None:
    own = sessions(ManualClock(NOW))
    assert not own.visitor(own.form())
    assert not own.form_valid(own.issue(), own.issue())


@given(st.text() | st.from_regex(r"\d{1,12}\.[0-9a-f]{0,40}\.[0-9a-f]{0,70}"))
def test_nothing_that_we_did_not_seal_is_a_session(text: str) -> None:
    assert not sessions(ManualClock(NOW)).visitor(text)


@given(st.data())
def test_a_session_with_any_other_character_is_none(data: st.DataObject) -> None:
    own = sessions(ManualClock(NOW))
    cookie = own.issue()
    at = data.draw(st.integers(0, len(cookie) - 1))
    other = data.draw(st.characters().filter(lambda c: c != cookie[at]))
    assert not own.visitor(cookie[:at] + other + cookie[at + 1 :])


async def guesses(client: TestClient[Any, Any], via: str, count: int = TRIES) -> None:
    for _ in range(count):
        assert (await enter(client, await form_of(client), "wrong", via)).status == 403


async def test_who_guesses_keeps_the_owner_at_another_address_in() -> None:
    clock = ManualClock(NOW)
    async with browser(sessions(clock), "127.0.0.1") as client:
        await guesses(client, "203.0.113.7")
        shut_out = await enter(client, await form_of(client), PASSWORD, "203.0.113.7")
        assert shut_out.status == 429
        owner = await enter(client, await form_of(client), PASSWORD, "198.51.100.2")
        assert owner.status == 303


@pytest.mark.parametrize(
    ("proxies", "first", "second", "same"),
    [
        ("", "203.0.113.7", "203.0.113.8", True),  # nobody's word is taken
        ("10.0.0.0/8", "203.0.113.7", "203.0.113.8", True),  # not this one's
        ("127.0.0.1", "203.0.113.7", "203.0.113.8", False),
        ("127.0.0.1", "1.1.1.1, 203.0.113.7", "2.2.2.2, 203.0.113.7", True),  # said by itself
        ("127.0.0.1,10.0.0.0/8", "203.0.113.7, 10.0.0.3", "203.0.113.8, 10.0.0.4", False),
        ("127.0.0.1", "203.0.113.7:4711", "203.0.113.7:4712", True),
        ("127.0.0.1", "2001:db8::1", "2001:db8::2", True),  # one subscriber has all of them
        ("127.0.0.1", "2001:db8::1", "[2001:db8:0:1::1]:80", False),
        ("127.0.0.1", "nonsense", "more nonsense", True),
        ("127.0.0.1", "203.0.113.7, x", "203.0.113.8, y", True),
    ],
)
async def test_a_header_is_believed_of_a_trusted_proxy_alone(
    proxies: str, first: str, second: str, same: bool
) -> None:
    async with browser(sessions(ManualClock(NOW)), proxies) as client:
        await guesses(client, first)
        other = await enter(client, await form_of(client), PASSWORD, second)
        assert other.status == (429 if same else 303)


async def test_the_right_password_clears_what_went_before() -> None:
    async with browser(sessions(ManualClock(NOW))) as client:
        for _ in range(3):
            await guesses(client, "", TRIES - 1)
            assert (await enter(client, await form_of(client), PASSWORD)).status == 303


def test_waits_double_to_a_bound_and_are_forgotten() -> None:
    clock = ManualClock(NOW)
    tries, waits = Tries(clock), []
    for _ in range(TRIES + 12):
        tries.wrong("a")
        waits.append(tries.wait_s("a"))
    assert waits[: TRIES - 1] == [0.0] * (TRIES - 1)
    grown = waits[TRIES - 1 :]
    assert grown[:4] == [TRY_EVERY_S, 2 * TRY_EVERY_S, 4 * TRY_EVERY_S, 8 * TRY_EVERY_S]
    assert grown[-1] == LONGEST_WAIT_S
    assert tries.wait_s("b") == 0
    clock.advance(FORGOTTEN_S)
    tries.wrong("b")
    tries.wrong("a")
    assert tries.wait_s("a") == 0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 60)), max_size=200))
def test_no_source_tries_more_often_than_its_waits_allow(moves: list[tuple[str, float]]) -> None:
    clock = ManualClock(NOW)
    tries, spent, passed_s = Tries(clock), dict.fromkeys("abc", 0), 0.0
    for source, gap_s in moves:
        clock.advance(gap_s)
        passed_s += gap_s
        if tries.wait_s(source) == 0:
            tries.wrong(source)
            spent[source] += 1
    for source, count in spent.items():
        assert count <= TRIES + passed_s / TRY_EVERY_S + 1, source


def test_however_many_sources_there_are_few_are_kept() -> None:
    tries = Tries(ManualClock(NOW))
    for number in range(SOURCES + 100):
        tries.wrong(str(number))
    assert len(tries._sources) == SOURCES
