"""SIGTERM cuts nobody off: calls end by themselves, or with a person, and then the server ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import aiohttp
import pytest

from tests.integration.stage import Stage, agent_texts, call_row, outcome, until
from tests.integration.wire import WireCall, wire_call
from tests.support.live import Live, live_engine
from voiceagent.app.calls.hand_over import STOPPING

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(200)]

DRAIN_S = 14.0
"""Longer than the ten seconds after which calls were once cut."""
SOON_S = 8.0


@asynccontextmanager
async def draining_engine(
    stage: Stage, *, workers: int, drain_s: float = DRAIN_S
) -> AsyncIterator[Live]:
    """An engine that drains for so long; all its workers are up."""
    async with live_engine(
        stage.postgres,
        stage.folder("drain"),
        workers=workers,
        max_calls=3,
        drain_s=drain_s,
        ears=stage.ears,
    ) as live:
        if workers > 1:
            for worker in range(workers):
                url = f"{live.engine.url}/health/{worker}"
                await until(lambda: _answers(url), within_s=60, every_s=0.2)  # noqa: B023
        yield live


async def _answers(url: str) -> bool:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.ok


async def _told_ready(live: Live) -> tuple[int, str]:
    url = f"{live.engine.url}/health"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, (await answer.json())["status"]


async def _closing(live: Live) -> bool:
    async with wire_call(live, caller="+15551230064") as probe:
        answer = (await probe.ring()).text
        await over(probe)
        return "<Stream" not in answer


async def over(call: WireCall) -> None:
    """The carrier says that a call is over."""
    await call.tell("/status", CallStatus="completed", SequenceNumber="1")


async def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def action_of(document: str) -> str:
    """The `action` of a document that the call was moved to."""
    found = re.search(r'action="([^"]+)"', document)
    assert found is not None, document
    return unescape(found[1])


async def person_did_not_answer(call: WireCall) -> str:
    """What the carrier is told when the person who was rung did not pick up."""
    (action,) = [action_of(call.moved_to)]
    return (await call.ask(action)).text


@pytest.mark.parametrize("workers", [1, 2])
async def test_calls_end_by_themselves_or_with_a_person(stage: Stage, workers: int) -> None:
    loop = asyncio.get_running_loop()
    async with draining_engine(stage, workers=workers) as live:
        async with (
            wire_call(live, caller="+15551230061") as leaving,
            wire_call(live, caller="+15551230062") as staying,
            wire_call(live, caller="+15551230063") as late,
            wire_call(live, caller="+15551230065") as rung,
        ):
            await asyncio.gather(leaving.answered(), staying.answered())
            await asyncio.gather(leaving.agent_done(), staying.agent_done())
            announced = await rung.ring()
            os.kill(live.engine.pid, signal.SIGTERM)
            stopped_s = loop.time()
            await until(lambda: _closing(live), within_s=2)
            assert await _told_ready(live) == (503, "draining")
            await rung.connect(announced)  # it rang before: it is served
            refused = (await late.ring()).text
            assert "<Dial" in refused
            assert "<Stream" not in refused
            await over(late)
            await asyncio.wait_for(rung.sounded.wait(), 5)
            await rung.hang_up()
            await asyncio.sleep(11.0 - (loop.time() - stopped_s))
            assert not staying.closed.is_set(), "cut before its time"
            assert not leaving.closed.is_set(), "cut before its time"
            await leaving.hang_up()
            assert await outcome(live.store, leaving.call_sid, within_s=5) == "abandoned"
            async with asyncio.timeout(DRAIN_S + SOON_S - (loop.time() - stopped_s)):
                await staying.closed.wait()
            assert loop.time() - stopped_s >= DRAIN_S - 0.5
            lead = live.business.escalation.leads
            assert any(one.phone in staying.moved_to for one in lead)
            assert await outcome(live.store, staying.call_sid, within_s=5) == "transferred"
            said = await agent_texts(live.store, staying.call_sid)
            assert any(STOPPING.caller in text for text in said), said
            answer = await person_did_not_answer(staying)
            assert "<Record" in answer
            await over(staying)
        await until(lambda: _gone(live.engine.pid), within_s=15)


async def test_the_action_of_a_call_is_answered_while_another_goes_on(stage: Stage) -> None:
    async with draining_engine(stage, workers=1, drain_s=6.0) as live:
        async with wire_call(live) as staying, wire_call(live) as lost:
            await asyncio.gather(staying.answered(), lost.answered())
            await asyncio.gather(staying.agent_done(), lost.agent_done())
            os.kill(live.engine.pid, signal.SIGTERM)
            await until(lambda: _closing(live), within_s=2)
            (action,) = (verb.action for verb in lost.answer.verbs if verb.action)
            await lost.drop()
            answer = await lost.ask(action)
            assert "<Dial" in answer.text
            await over(lost)
            await staying.hang_up()
        await until(lambda: _gone(live.engine.pid), within_s=15)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_at_once(
    stage: Stage, workers: int, second: signal.Signals
) -> None:
    async with (
        draining_engine(stage, workers=workers, drain_s=120.0) as live,
        wire_call(live) as call,
    ):
        await call.answered()
        await call.agent_done()
        os.kill(live.engine.pid, signal.SIGTERM)
        await until(lambda: _closing(live), within_s=2)
        await asyncio.sleep(1.0)
        assert not call.closed.is_set()
        os.kill(live.engine.pid, second)
        async with asyncio.timeout(5):
            await call.closed.wait()
        await until(lambda: _gone(live.engine.pid), within_s=8)
        row = await call_row(live.store, call.call_sid)
        assert row is not None
        assert row["outcome"] == "failed"
