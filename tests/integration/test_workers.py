"""Two workers behind one port: every place is used, none twice, and a dead worker costs its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from loadtest.simulator.twiml import Document
from tests.integration.stage import Stage, call_row, outcome, until
from tests.integration.wire import WireCall, wire_call
from tests.support.live import Live, live_engine

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

WORKERS, PLACES = 2, 3


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_port(stage: Stage) -> AsyncIterator[Live]:
    """Two workers with three places each; all are up."""
    async with live_engine(
        stage.postgres, stage.folder("workers"), workers=WORKERS, max_calls=PLACES, ears=stage.ears
    ) as live:
        for worker in range(WORKERS):
            await until(lambda: answers(live, worker), within_s=60, every_s=0.2)  # noqa: B023
        yield live


async def answers(live: Live, worker: int) -> bool:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{live.engine.url}/health/{worker}") as answer,
    ):
        return answer.ok


def worker_of(document: Document) -> int | None:
    """Which worker a ringing call was given to; ``None`` when it was sent to a person."""
    for verb in document.verbs:
        if verb.stream is not None:
            found = re.search(r"/media/(\d+)/[0-9a-f]+$", verb.stream.url)
            assert found is not None
            return int(found[1])
    assert [verb.name for verb in document.verbs] == ["Say", "Dial"]
    return None


async def calls(stack: AsyncExitStack, live: Live, count: int) -> list[WireCall]:
    return [await stack.enter_async_context(wire_call(live)) for _ in range(count)]


def processes_of(live: Live) -> dict[int, int]:
    """Worker number -> process id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = f"\nPPid:\t{live.engine.pid}\n" in (entry / "status").read_text()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        number = re.search(rb"\0WORKER=(\d+)\0", b"\0" + environment)
        if parent and number is not None:
            found[int(number[1])] = int(entry.name)
    return found


async def test_an_operator_drains_a_worker_by_page_and_all_of_them_by_a_signal(
    shared_port: Live,
) -> None:
    url, door = shared_port.engine.url, shared_port.engine.pid

    async def takes_calls() -> list[bool]:
        return [await answers(shared_port, worker) for worker in range(WORKERS)]

    async def asked(path: str, wish: Mapping[str, str] | None = None) -> dict[str, object]:
        async with aiohttp.ClientSession() as http, http.post(f"{url}{path}", json=wish) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def all_are(wanted: bool) -> bool:
        return await takes_calls() == [wanted] * WORKERS

    drained = await asked("/admin/1/drain")
    assert (drained["worker"], drained["takes_calls"]) == (1, False)
    assert await takes_calls() == [True, False]
    assert (await asked("/admin/1/accept"))["takes_calls"]
    for wanted in (False, True):
        os.kill(door, signal.SIGUSR2)
        await until(lambda: all_are(wanted), within_s=10, every_s=0.2)  # noqa: B023
    assert (await asked("/admin/0/log-level", {"level": "DEBUG"}))["log_level"] == "DEBUG"
    os.kill(door, signal.SIGUSR1)

    async def turned() -> bool:
        levels = [(await asked(f"/admin/{worker}/accept"))["log_level"] for worker in (0, 1)]
        return levels == ["INFO", "DEBUG"]

    await until(turned, within_s=10, every_s=0.2)
    os.kill(door, signal.SIGUSR1)


async def test_a_burst_fills_every_place_once_and_the_rest_gets_a_person(
    shared_port: Live,
) -> None:
    async with AsyncExitStack() as stack:
        ringing = await calls(stack, shared_port, 12)
        documents = await asyncio.gather(*(call.ring() for call in ringing))
        given = Counter(map(worker_of, documents))
        assert given == {0: PLACES, 1: PLACES, None: 12 - WORKERS * PLACES}
        accepted = [
            (call, document)
            for call, document in zip(ringing, documents, strict=True)
            if worker_of(document) is not None
        ]
        await asyncio.gather(*(call.connect(document) for call, document in accepted))
        for call, _ in accepted:
            async with asyncio.timeout(10):
                await call.sounded.wait()
        (late,) = await calls(stack, shared_port, 1)
        assert worker_of(await late.ring()) is None
        await accepted[0][0].hang_up()
        (last,) = await calls(stack, shared_port, 1)

        async def there_is_room() -> bool:
            last.call_sid = f"CA{os.urandom(16).hex()}"
            return worker_of(await last.ring()) is not None

        await until(there_is_room, within_s=10, every_s=0.1)
        for call, _ in accepted[1:]:
            await call.hang_up()
        for call, _ in accepted:
            assert await outcome(shared_port.store, call.call_sid) == "abandoned"


async def test_a_killed_worker_costs_its_own_calls_only_and_comes_back(shared_port: Live) -> None:
    async with AsyncExitStack() as stack:
        ringing = await calls(stack, shared_port, 4)
        documents = [await call.ring() for call in ringing]
        by_worker = {
            worker_of(document): (call, document)
            for call, document in zip(ringing, documents, strict=True)
        }
        (killed, _), (spared, _) = by_worker[0], by_worker[1]
        for call, document in (by_worker[0], by_worker[1]):
            await call.connect(document)
            await call.agent_done()
        os.kill(processes_of(shared_port)[0], signal.SIGKILL)
        async with asyncio.timeout(5):
            await killed.closed.wait()
        assert await outcome(shared_port.store, killed.call_sid, within_s=40) == "failed"
        row = await call_row(shared_port.store, spared.call_sid)
        assert row is not None
        assert row["outcome"] is None
        assert not spared.closed.is_set()
        await until(lambda: answers(shared_port, 0), within_s=40, every_s=0.2)
        await spared.hang_up()
        assert await outcome(shared_port.store, spared.call_sid) == "abandoned"
