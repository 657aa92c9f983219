"""The embedded server is started again, whatever ended it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress

from tests.support.postgres import a_call, state_folder
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore, databases
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.keeper import keep_up


class Stage:
    """A server that is down, and whose first starts fail."""

    def __init__(self, *, failures: int) -> None:
        self.up = False
        self.left = failures
        self.starts = 0
        self.is_up = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def running(self) -> bool:
        return self.up

    def start(self) -> str:
        self.starts += 1
        if self.left:
            self.left -= 1
            raise Unavailable("database.start", "No space left on device.")
        self.up = True
        self._loop.call_soon_threadsafe(self.is_up.set)
        return ""


async def test_it_is_tried_until_it_starts_and_again_when_it_goes() -> None:
    server = Stage(failures=2)
    keeping = asyncio.ensure_future(keep_up(server, every_s=0.0))
    try:
        await server.is_up.wait()
        assert server.starts == 3
        server.is_up.clear()
        server.up = False
        await server.is_up.wait()
        assert server.starts == 4
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def test_an_outcome_is_written_when_a_killed_server_is_back() -> None:
    with state_folder() as state:
        server = EmbeddedPostgres(state, durable=False)
        dsn = await asyncio.to_thread(server.start)
        databases.migrate(dsn)
        keeping = asyncio.ensure_future(keep_up(server, every_s=0.1))
        try:
            async with PostgresStore(dsn).opened() as store:
                call = await store.calls.open(a_call())
                pid = int((state / "postgres/data/postmaster.pid").read_text().split("\n")[0])
                os.kill(pid, signal.SIGKILL)
                stands = None
                async with asyncio.timeout(60):
                    while stands is None:
                        with suppress(Unavailable):
                            stands = await store.calls.close(call, Evidence.of(Outcome.ANSWERED))
                assert stands is Outcome.ANSWERED
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            await asyncio.to_thread(server.stop)
