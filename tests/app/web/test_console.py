"""The page of one call."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.pipelines.scripted import CALL
from voiceagent.app.web.console import add_console
from voiceagent.core.clock import ManualClock
from voiceagent.domain.business_file import load_business
from voiceagent.domain.records import Speaker, Turn, TurnLatency
from voiceagent.store.memory import MemoryStore


async def test_a_late_answer_shows_what_was_done_and_when_it_came() -> None:
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    store = MemoryStore(clock)
    await store.calls.open(CALL)
    await store.calls.add_turn(
        Turn(
            CALL.call_id,
            0,
            Speaker.AGENT,
            "One moment. Tonight at nine.",
            "One moment. Tonight at nine.",
            clock.now(),
            TurnLatency(200, 600, 0, 0, 0, 20),
            budget_acts=("cached_filler", "hedge:not_available"),
            answer_ms=1950.0,
        )
    )
    app = web.Application()
    add_console(app, store.history, load_business("business/coolcare.toml"))
    async with TestClient(TestServer(app)) as client:
        page = await (await client.get(f"/console/calls/{CALL.call_sid}")).text()
    assert "820 ms" in page
    assert "cached_filler, hedge:not_available" in page
    assert "answer after 1950 ms" in page
