"""A worker that answers texts, and nothing else: ``/msg`` over PostgreSQL by the house policy.

python -m tests.soak.thread_worker --port 8123 --dsn postgresql://… --at 2025-08-29T20:05:00+00:00
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime

import uvloop
from aiohttp import web

from channels.desk import DeskPace
from tests.channels.rig import a_desk
from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.app.ops.garbage import collect_young, settle_garbage
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.web.messages import add_messages
from voiceagent.core.beside import beside
from voiceagent.core.clock import SystemClock
from voiceagent.store import PostgresStore


async def serve(port: int, dsn: str, at: datetime) -> None:
    """Until the process is ended."""
    clock = SystemClock(FRIDAY_NIGHT, at)
    async with PostgresStore(dsn, clock_offset=clock.offset).opened() as store:
        desk = a_desk(store, clock, pace=DeskPace())
        app = web.Application()
        add_messages(app, desk, clock.monotonic)
        async with beside(desk.run()), beside(collect_young()):
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
            settle_garbage()  # as a worker that is served does
            await asyncio.Event().wait()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--at", required=True, help="when Friday night began, in real time")
    given = parser.parse_args()
    set_up_logs("WARNING")
    uvloop.run(serve(given.port, given.dsn, datetime.fromisoformat(given.at)))


if __name__ == "__main__":
    main()
