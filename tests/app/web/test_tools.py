"""``POST /tools/{name}``: what goes wrong first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.support.rooms import SARAH, Line, line
from tests.tools.desk import desk
from tools import TOOLS
from voiceagent.app.tool_requests import ToolRequests
from voiceagent.app.web.once import IDEMPOTENCY_KEY
from voiceagent.app.web.tools import ASKING, MAX_BODY_BYTES, add_tools
from voiceagent.core.audio.allowance import Rate
from voiceagent.domain.identity import MOST_WRONG_CODES_A_DAY
from voiceagent.domain.records import Outcome
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.store import PostgresStore
from voiceagent.store.memory.answered import MemoryAnswerMemory
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, Tool, tool
from voiceagent.toolkit.toolbox import Toolbox

QUOTE = {"service_type": "repair", "description": "", "is_after_hours": False}

Send = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


class Nothing(Arguments):
    pass


class Done(Result):
    message: str


@asynccontextmanager
async def rest(
    phone: Line,
    tools: tuple[Tool, ...] = TOOLS,
    *,
    rate: Rate = ASKING,
    monotonic: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[Send]:
    app = web.Application()
    desk = ToolRequests(phone.business, phone.clock, phone.store, phone.control, Toolbox(tools))
    add_tools(app, desk, MemoryAnswerMemory(phone.clock), monotonic, rate)
    async with TestClient(TestServer(app)) as client:

        async def send(name: str, body: object = b"", **more: Any) -> tuple[int, dict[str, Any]]:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            async with client.post(f"/tools/{name}", data=data, **more) as answer:
                return answer.status, await answer.json()

        yield send


def outcomes(phone: Line) -> list[Outcome | None]:
    return [row.outcome for row in phone.store.kept.calls.values()]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "body.json"),
        (b'{"service_type": "repair", "service_type": "spa"}', 422, "request.twice"),
        (b"[]", 400, "body.json"),
        (b'"text"', 400, "body.json"),
        (b"\xff\xfe\xfa", 400, "body.json"),
        (b'{"day": NaN}', 400, "body.json"),
        (b"[" * 60_000, 400, "body.json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", 400, "body.json"),
        (rb'{"service_type": "a\u0000b"}', 400, "body.json"),
        (rb'{"deep": [{"service_type": "\ud800"}]}', 400, "body.json"),
        (rb'{"a\u0000": 1}', 400, "body.json"),
        (b" " * (MAX_BODY_BYTES + 1), 413, "body.too_large"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_body_that_is_no_arguments_opens_no_contact(
    body: bytes, status: int, code: str
) -> None:
    phone = line()
    async with rest(phone) as send:
        found, answer = await send("get_pricing_quote", body)
    assert (found, answer["error"]["code"]) == (status, code)
    assert set(answer["error"]) == {"code", "message", "field"}
    assert not phone.store.kept.calls


@pytest.mark.parametrize("name", ["sculpt", "4242424242424242", "end_call%00", "..%2fx"])
async def test_a_name_that_is_no_tool_opens_no_contact(name: str) -> None:
    phone = line()
    async with rest(phone) as send:
        found, answer = await send(name, {})
    assert (found, answer["error"]["code"]) == (404, "tool.unknown")
    assert not phone.store.kept.calls


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({}, "tool.arguments", "service_type"),
        (QUOTE | {"size": 3}, "tool.arguments", "size"),
        (QUOTE | {"is_after_hours": "late"}, "tool.arguments", "is_after_hours"),
        (QUOTE | {"service_type": "moon"}, "service.unknown", "service_type"),
        (QUOTE | {"description": "4242 4242 4242 4242"}, "card.refused", ""),
    ],
)
async def test_a_request_that_can_be_put_right_says_where(
    arguments: dict[str, object], code: str, field: str
) -> None:
    phone = line()
    async with rest(phone) as send:
        status, answer = await send("get_pricing_quote", arguments)
    error = answer["error"]
    assert (status, error["code"], error["field"]) == (422, code, field)
    assert [a.error_code for a in phone.store.kept.audits] == [code]
    assert "4242" not in str(phone.store.kept.audits)
    assert outcomes(phone) == [Outcome.ABANDONED]


async def test_a_success_is_the_result_and_a_contact_on_record() -> None:
    phone = line()
    async with rest(phone) as send:
        status, answer = await send("get_pricing_quote", QUOTE)
        assert (status, answer["total_estimate"]) == (200, 825)
        status, answer = await send(
            "check_availability", {"service_type": "repair", "is_emergency": True}
        )
    assert status == 200
    assert answer["available_slots"][0]["datetime"] == "2025-08-29T21:00:00-04:00"
    assert outcomes(phone) == [Outcome.QUOTED, Outcome.ANSWERED]
    calls = [row.call for row in phone.store.kept.calls.values()]
    assert {(c.channel, c.from_number) for c in calls} == {("rest", "")}
    assert [a.call_id for a in phone.store.kept.audits] == [c.call_id for c in calls]


async def test_codes_are_not_found_by_asking_again_and_again() -> None:
    """Each request is a call of its own: only the number that is guessed at counts them."""
    at = desk()
    slots = await at.slots(preferred_date="2025-09-03")
    await at.quote()
    booked = await at.ok("book_appointment", **await at.priced(slots[0]))
    async with rest(at.line) as send:
        wrong = {"phone": SARAH, "code": "222222"}
        errors = [
            (await send("lookup_customer", wrong))[1]["error"]["code"]
            for _ in range(MOST_WRONG_CODES_A_DAY + 1)
        ]
        assert errors == ["identity.wrong_code"] * 12 + ["identity.too_many_tries"]
        for tool_name in ("lookup_customer", "cancel_appointment"):
            status, answer = await send(tool_name, wrong | {"code": booked["code"]})
            assert (status, answer["error"]["code"]) == (422, "identity.too_many_tries")


async def test_on_postgres_a_request_reads_back_as_a_contact(database: str) -> None:
    phone = line()
    async with PostgresStore(database, clock_offset=timedelta(0)).opened() as store:
        desk = ToolRequests(phone.business, phone.clock, store, phone.control, Toolbox(TOOLS))
        app = web.Application()
        add_tools(app, desk, store.answered, lambda: 0.0)
        async with TestClient(TestServer(app)) as client:
            async with client.post("/tools/get_pricing_quote", json=QUOTE) as answer:
                assert answer.status == 200
                quote = await answer.json()
            moon = QUOTE | {"service_type": "moon \U0001f319"}
            async with client.post("/tools/get_pricing_quote", json=moon) as answer:
                assert answer.status == 422
        calls = {summary.outcome: summary.call for summary in await store.history.recent(10)}
        assert set(calls) == {Outcome.QUOTED, Outcome.ABANDONED}
        history = await store.history.call(calls[Outcome.QUOTED].call_sid)
        assert history is not None
        assert history.summary.call.channel == "rest"
        (used,) = history.tools
        assert json.loads(used.result_json) == quote


async def test_a_store_that_is_down_is_503_and_nothing_is_done() -> None:
    phone = line()
    phone.store.fail("calls.open", Unavailable("db.down", "Down."))
    async with rest(phone) as send:
        status, answer = await send("get_pricing_quote", QUOTE)
    assert (status, answer["error"]["code"]) == (503, "db.down")
    assert not phone.store.kept.audits


async def test_a_tool_that_fails_is_503_and_its_defect_is_not_told() -> None:
    @tool(budget_s=1.0)
    async def broken(args: Nothing, ctx: ToolContext) -> Done:
        """Fails."""
        raise ZeroDivisionError("a defect")

    phone = line()
    async with rest(phone, (broken,)) as send:
        status, answer = await send("broken")
    assert (status, answer["error"]["code"]) == (503, "tool.failed")
    assert "defect" not in str(answer)
    assert outcomes(phone) == [Outcome.FAILED]


@pytest.mark.parametrize(
    ("error", "status"), [(None, 200), (CallerFixable("slot.taken", "Taken."), 422)]
)
async def test_a_program_waits_for_an_effect_that_takes_longer_than_a_caller_would(
    error: CallerFixable | None, status: int
) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    times = 0

    @tool(budget_s=0.01, side_effects=SideEffects.CHANGES)
    async def paint(args: Nothing, ctx: ToolContext) -> Done:
        """Takes its time."""
        nonlocal times
        times += 1
        begun.set()
        await go.wait()
        if error is not None:
            raise error
        return Done(message="Painted.")

    phone = line()
    async with rest(phone, (paint,)) as send:
        asking = asyncio.ensure_future(send("paint"))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, go.set)
        assert (await asking)[0] == status
    assert times == 1


def counting(failure: Exception | None = None) -> tuple[Tool, list[None], asyncio.Event]:
    """A tool that changes something, how often it did, and what lets it go on."""
    done: list[None] = []
    go = asyncio.Event()
    go.set()

    @tool(budget_s=1.0, side_effects=SideEffects.CHANGES)
    async def paint(args: Nothing, ctx: ToolContext) -> Done:
        """Paints."""
        done.append(None)
        await go.wait()
        if failure is not None:
            raise failure
        return Done(message=f"Painted {len(done)}.")

    return paint, done, go


KEY = {IDEMPOTENCY_KEY: "order-17"}


@pytest.mark.parametrize("key", ["x" * 256, "caf\u00e9", "a\tb"])
async def test_a_key_that_is_none_is_refused_before_anything_is_done(key: str) -> None:
    paint, done, _ = counting()
    async with rest(line(), (paint,)) as send:
        status, answer = await send("paint", {}, headers={IDEMPOTENCY_KEY: key})
    assert (status, answer["error"]["code"], done) == (400, "idempotency.key", [])


async def test_a_request_that_is_sent_again_has_one_effect_and_one_answer() -> None:
    paint, done, _ = counting()
    async with rest(line(), (paint,)) as send:
        answers = [await send("paint", {}, headers=KEY) for _ in range(3)]
        other = await send("paint", {}, headers={IDEMPOTENCY_KEY: "order-18"})
        without = await send("paint", {})
    assert answers == [(200, {"message": "Painted 1."})] * 3
    assert (other[1]["message"], without[1]["message"]) == ("Painted 2.", "Painted 3.")
    assert len(done) == 3


async def test_the_same_key_for_something_else_is_a_mistake() -> None:
    paint, done, _ = counting()
    async with rest(line(), (paint, *TOOLS)) as send:
        await send("paint", {}, headers=KEY)
        status, answer = await send("get_pricing_quote", QUOTE, headers=KEY)
    assert (status, answer["error"]["code"], len(done)) == (422, "idempotency.reused", 1)


async def test_while_the_first_is_being_answered_the_second_is_told_so() -> None:
    paint, done, go = counting()
    go.clear()
    async with rest(line(), (paint,)) as send:
        first = asyncio.ensure_future(send("paint", {}, headers=KEY))
        while not done:  # noqa: ASYNC110 - the other end decides
            await asyncio.sleep(0.001)
        status, answer = await send("paint", {}, headers=KEY)
        assert (status, answer["error"]["code"]) == (409, "idempotency.in_progress")
        go.set()
        assert (await first)[0] == 200
    assert len(done) == 1


@pytest.mark.parametrize(
    ("failure", "status", "times"),
    [(CallerFixable("slot.taken", "Taken."), 422, 1), (Unavailable("db.down", "Down."), 503, 2)],
)
async def test_what_was_refused_stays_so_and_what_had_no_effect_is_tried_again(
    failure: Exception, status: int, times: int
) -> None:
    paint, done, _ = counting(failure)
    async with rest(line(), (paint,)) as send:
        assert [(await send("paint", {}, headers=KEY))[0] for _ in range(2)] == [status] * 2
    assert len(done) == times


async def test_a_memory_that_is_down_lets_nothing_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object) -> None:
        raise Unavailable("store.unreachable", "Down.")

    monkeypatch.setattr(MemoryAnswerMemory, "begin", down)
    paint, done, _ = counting()
    async with rest(line(), (paint,)) as send:
        status, _ = await send("paint", {}, headers=KEY)
    assert (status, done) == (503, [])


async def test_requests_have_a_rate() -> None:
    now_s = 0.0
    paint, done, _ = counting()
    async with rest(line(), (paint,), rate=Rate(per_s=1, burst=3), monotonic=lambda: now_s) as send:
        assert [(await send("paint", {}))[0] for _ in range(5)] == [200, 200, 200, 429, 429]
        _, answer = await send("paint", {})
        assert answer["error"]["code"] == "tools.too_many"
        now_s = 1.0
        assert (await send("paint", {}))[0] == 200
    assert len(done) == 4
