"""One engine for the calls that leave it standing; long scenarios start with the session.

Real calls take real time. A test marked ``pytest.mark.ahead.with_args(scenario)`` names a coroutine
function ``(Stage) -> T``; it is started when the first test of this folder runs, so long calls go
on beside the short tests, and the fixture `ahead` hands over its result. Such tests run last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.stage import Scenario, Stage
from tests.support.ears import emulated_ears
from tests.support.live import Live
from voiceagent.store.embedded import EmbeddedPostgres

Running = dict[Scenario, "asyncio.Task[Any]"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ahead(scenario): a coroutine started with the session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("ahead") is not None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ears() -> AsyncIterator[Mapping[str, str]]:
    """What every engine here hears by."""
    async with emulated_ears() as settings:
        yield settings


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(
    postgres: EmbeddedPostgres, ears: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Stage:
    """Where scenarios get databases, folders and engines of their own."""
    return Stage(postgres, tmp_path_factory.mktemp("integration"), asyncio.Lock(), ears)


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def running(
    request: pytest.FixtureRequest, stage: Stage, live: Live
) -> AsyncIterator[Running]:
    """The scenarios of the chosen tests, under way; the shared engine is up before them."""
    markers = (item.get_closest_marker("ahead") for item in request.session.items)
    scenarios: list[Scenario] = [marker.args[0] for marker in markers if marker is not None]
    tasks = {one: asyncio.ensure_future(one(stage)) for one in dict.fromkeys(scenarios)}
    yield tasks
    for task in tasks.values():
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


@pytest_asyncio.fixture(loop_scope="session")
async def ahead(request: pytest.FixtureRequest, running: Running) -> Any:
    """The result of the test's scenario."""
    marker = request.node.get_closest_marker("ahead")
    assert marker is not None
    return await running[marker.args[0]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def live(stage: Stage) -> AsyncIterator[Live]:
    """The shared engine; tests must leave it alive."""
    async with stage.engine("shared") as engine:
        yield engine
