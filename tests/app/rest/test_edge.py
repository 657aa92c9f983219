"""Tokens, what is read of a request, and the document: for every route there is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.app.rest.rig import BOOTSTRAP, rest_site
from tests.support.rooms import line
from tools import TOOLS
from voiceagent.app.web.access import SCOPES
from voiceagent.domain.api_tokens import ApiScope, new_token
from voiceagent.errors import Unavailable

QUOTE = {"zip": "45501", "model": "Carrier 24ACC6", "symptom": "AC not cooling"}


async def test_who_brings_no_good_token_learns_only_that() -> None:
    async with rest_site() as site:
        good = await site.token(ApiScope.QUOTES)
        for wrong in (None, "", "x", good[:-1], f"{good}0", new_token().text, BOOTSTRAP.upper()):
            reply = await site.ask("GET", "/quote", token=wrong, **QUOTE)
            assert reply.wrong == (401, "tools.token", ""), wrong
            assert reply.headers["WWW-Authenticate"] == "Bearer"
        assert not site.phone.store.kept.calls
        assert (await site.ask("GET", "/quote", token=good, **QUOTE)).status == 200


async def test_a_token_opens_what_its_scopes_say_and_nothing_else() -> None:
    async with rest_site() as site:
        theirs = await site.token(ApiScope.MESSAGES, ApiScope.TOOLS)
        reply = await site.ask("GET", "/quote", token=theirs, **QUOTE)
        assert reply.wrong == (403, "token.scope", "")
        assert 'scope="quotes"' in reply.headers["WWW-Authenticate"]


async def test_without_a_token_of_the_settings_scoped_ones_are_the_only_way_in() -> None:
    async with rest_site(bootstrap="") as site:
        good = await site.token(ApiScope.QUOTES)
        assert (await site.ask("GET", "/quote", token=good, **QUOTE)).status == 200
        assert (await site.ask("GET", "/quote", token="", **QUOTE)).wrong[0] == 403
        assert (await site.ask("GET", "/quote", token=good[:-1], **QUOTE)).wrong[0] == 403


async def test_a_token_that_was_taken_back_or_rotated_opens_nothing_from_then_on() -> None:
    async with rest_site() as site:
        for gone in ("revoke", "rotate"):
            text = await site.token(ApiScope.QUOTES)
            token_id = text.split("_")[1]
            assert (await site.ask("GET", "/quote", token=text, **QUOTE)).status == 200
            if gone == "revoke":
                await site.store.api_tokens.revoke(token_id)
            else:
                await site.store.api_tokens.rotate(new_token(token_id), grace=timedelta())
            assert (await site.ask("GET", "/quote", token=text, **QUOTE)).wrong[0] == 401


async def test_a_token_has_its_own_rate() -> None:
    async with rest_site() as site:
        few, many = (
            await site.token(ApiScope.QUOTES, per_minute=20),
            await site.token(ApiScope.QUOTES),
        )
        found = [(await site.ask("GET", "/quote", token=few, **QUOTE)).status for _ in range(3)]
        assert found == [200, 200, 429]
        assert (await site.ask("GET", "/quote", token=many, **QUOTE)).status == 200
        site.phone.clock.advance(3.0)
        assert (await site.ask("GET", "/quote", token=few, **QUOTE)).status == 200


async def test_guessing_at_tokens_costs_no_more_looks_than_a_bound() -> None:
    phone = line()
    async with rest_site(phone) as site:
        good = await site.token(ApiScope.QUOTES)
        assert (await site.ask("GET", "/quote", token=good, **QUOTE)).status == 200
        statuses = [
            (await site.ask("GET", "/quote", token=new_token().text, **QUOTE)).status
            for _ in range(203)
        ]
        assert (set(statuses[:200]), statuses[-1]) == ({401}, 429)
        assert (await site.ask("GET", "/quote", token=good, **QUOTE)).status == 200


async def test_where_the_store_is_away_nobody_is_let_in() -> None:
    phone = line()
    async with rest_site(phone) as site:
        good = await site.token(ApiScope.QUOTES)
        phone.store.fail("api_tokens.find", Unavailable("store.unreachable", "The store is down."))
        reply = await site.ask("GET", "/quote", token=good, **QUOTE)
    assert reply.wrong == (503, "store.unreachable", "")
    assert reply.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({}, "request.missing", "zip"),
        (QUOTE | {"zip": "4550"}, "request.field", "zip"),
        (QUOTE | {"zip": "４５５０１"}, "request.field", "zip"),  # noqa: RUF001 - other digits
        (QUOTE | {"size": "3"}, "request.field", "size"),
        (QUOTE | {"symptom": ""}, "request.field", "symptom"),
        (QUOTE | {"symptom": "x" * 501}, "request.field", "symptom"),
        (QUOTE | {"model": "a\0b"}, "request.field", "model"),
        (QUOTE | {"model": "4242 4242 4242 4242"}, "card.refused", ""),
    ],
    ids=lambda value: str(value)[-30:],
)
async def test_what_is_asked_wrongly_is_told_with_its_field_and_opens_nothing(
    query: dict[str, str], code: str, field: str
) -> None:
    async with rest_site() as site:
        reply = await site.ask("GET", "/quote", **query)
        assert reply.wrong == (422, code, field)
        assert not site.phone.store.kept.calls


async def test_what_is_given_twice_is_refused() -> None:
    async with rest_site() as site:
        path = "/quote?zip=45501&zip=45502&model=&symptom=x"
        assert (await site.ask("GET", path)).wrong == (422, "request.twice", "zip")


async def document() -> Any:
    async with rest_site() as site:
        reply = await site.ask("GET", "/openapi.json", token=None)
        assert reply.status == 200
        return reply.body


ANY_TOOL = ("POST", "/tools/{name}")


async def test_the_document_is_of_the_routes_each_with_its_scope() -> None:
    found = await document()
    assert found["openapi"].startswith("3.1.")
    operations = {
        (method.upper(), path): one
        for path, methods in found["paths"].items()
        for method, one in methods.items()
    }
    of_tools = {("POST", f"/tools/{one.spec.name}") for one in TOOLS}
    assert set(operations) == (set(SCOPES) - {ANY_TOOL}) | of_tools
    assert len({one["operationId"] for one in operations.values()}) == len(operations)
    for route, one in operations.items():
        scope = SCOPES[ANY_TOOL if route in of_tools else route]
        assert one["security"] == [{"token": [scope.value]}], route
        assert {"200", "401", "403", "422", "429", "503"} <= set(one["responses"]), route
        named = {p["name"] for p in one["parameters"] if p["in"] == "path"}
        assert named == {part[1:-1] for part in route[1].split("/") if part[:1] == "{"}, route
        keyed = any(p["name"] == "Idempotency-Key" for p in one["parameters"])
        assert keyed is (route[0] != "GET" and route[1] != "/msg"), route
        needed = any(p["name"] == "Idempotency-Key" and p["required"] for p in one["parameters"])
        assert needed is (route in NEED_A_KEY), route


NEED_A_KEY = {
    ("POST", "/book"),
    ("PATCH", "/resched/{order_id}"),
    ("POST", "/offer"),
    ("POST", "/memory"),
}


@pytest.mark.parametrize(("method", "path"), sorted(NEED_A_KEY))
async def test_a_write_that_repetition_would_change_needs_a_key(method: str, path: str) -> None:
    async with rest_site() as site:
        asked = path.replace("{order_id}", "0" * 8)
        reply = await site.ask(method, asked, {"anything": "at all"}, key="")
        assert reply.wrong == (400, "idempotency.missing", "Idempotency-Key")
        assert not site.phone.store.kept.calls


async def test_every_reference_of_the_document_leads_somewhere() -> None:
    found = await document()
    named = set(found["components"]["schemas"])
    text = json.dumps(found)
    wanted = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert wanted == named
    assert "$defs" not in text
