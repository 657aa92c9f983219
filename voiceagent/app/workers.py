"""Several workers behind one port: starts them, keeps them running, and stops them together.

Composition-level. Each worker is a whole engine in a process of its own (``serve --worker N``); the
database is what they share.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aiohttp import web
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from voiceagent.app.acceptor import Acceptor, passage
from voiceagent.app.calls.drain import SETTLED_S
from voiceagent.app.calls.hand_over import ANNOUNCED_S
from voiceagent.app.composition import database_for
from voiceagent.app.installation import access_for, public_url
from voiceagent.app.ops.metrics.door import DoorLook
from voiceagent.app.ops.processes import StopRequest, asked_to_stop, end
from voiceagent.app.ops.watch import DoorFigures
from voiceagent.app.reception import listen, one_request, serve_here
from voiceagent.app.settings import Settings
from voiceagent.core.clock import SystemClock

RESTART_S: Final = 1.0
"""A worker that ended is started again after this long."""

AT_ONCE_S: Final = 4.0
"""Workers that have not ended this long after they were asked to end at once are killed."""

LATEST_S: Final = ANNOUNCED_S + SETTLED_S + 30.0
"""How much longer than calls may go on a worker may take to end, before it is asked again."""


async def serve_workers(
    settings: Settings, *, ready: Callable[[str], None]
) -> signal.Signals | None:
    """Answer calls with several workers until SIGTERM or SIGINT; then let live calls finish.

    A second signal ends the workers at once.

    Args:
        settings: `workers` says how many.
        ready: called with the public URL once all workers are up.
    """
    stop = asked_to_stop()
    listener = listen(settings.host, settings.port)
    await asyncio.to_thread(database_for, settings)  # once, before the workers ask for it at once
    registry = CollectorRegistry()
    pages = web.AppRunner(door_pages(settings, registry), access_log=None, handle_signals=False)
    await pages.setup()
    if pages.server is None:
        raise RuntimeError("the runner was set up and has no server")
    own = serve_here(pages.server)
    clock = SystemClock()
    settings = settings.model_copy(update={"start_time_at": clock.now().isoformat()})
    door = Acceptor(listener, settings.workers, clock, own)
    DoorFigures(registry, lambda: DoorLook(door.workers_up, door.counts))
    workers = _passed_on(door)
    async with asyncio.TaskGroup() as tasks:
        accepting = tasks.create_task(door.run())
        keepers = [
            tasks.create_task(_keep(door, number, settings, stop, workers))
            for number in range(settings.workers)
        ]
        starting = tasks.create_task(_tell_when_up(door, lambda: ready(public_url(settings))))
        await asyncio.wait(keepers)
        starting.cancel()
        accepting.cancel()  # last: callers who ring meanwhile are told by a worker what to do
    await pages.cleanup()
    return stop.by


def door_pages(settings: Settings, registry: CollectorRegistry) -> web.Application:
    """The page of the door's own, ``/metrics/door``, under the rules of all pages."""
    access, _ = access_for(settings)
    app = web.Application(middlewares=[one_request, access.guard])

    async def metrics(_: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=generate_latest(registry), headers=headers)

    app.router.add_get("/metrics/{worker}", metrics)
    return app


def _passed_on(door: Acceptor) -> dict[int, asyncio.subprocess.Process]:
    """The workers that are there; those that are up hear of what operators send to the door.

    Another one would die of it: it does not know these signals yet.
    """
    workers: dict[int, asyncio.subprocess.Process] = {}

    def pass_on(number: signal.Signals) -> None:
        for worker, process in workers.items():
            if door.is_up(worker):
                with suppress(ProcessLookupError):
                    process.send_signal(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        loop.add_signal_handler(number, pass_on, number)
    return workers


async def _tell_when_up(door: Acceptor, ready: Callable[[], None]) -> None:
    await door.all_up()
    ready()


async def _keep(
    door: Acceptor,
    worker: int,
    settings: Settings,
    stop: StopRequest,
    workers: dict[int, asyncio.subprocess.Process],
) -> None:
    """Keep one worker running until we are asked to stop and it has ended."""
    while not stop.asked.is_set():
        ours, theirs = passage()
        try:
            process = await _start(worker, settings, theirs)
        except OSError as error:
            logger.error("worker.not_started: {}: {}", worker, error)
            ours.close()
            await asyncio.sleep(RESTART_S)
            continue
        finally:
            theirs.close()
        door.connect(worker, ours)
        workers[worker] = process
        try:
            await _until_ended(process, stop, settings.drain_minutes * 60.0 + LATEST_S)
        except asyncio.CancelledError:
            await end(process, within_s=AT_ONCE_S)
            raise
        finally:
            del workers[worker]
            door.disconnect(worker)
        if not stop.asked.is_set():
            door.counts.restarts[worker] += 1
            logger.warning("worker.ended: {} ({}); it is started again", worker, process.returncode)
            await asyncio.sleep(RESTART_S)


async def _until_ended(
    process: asyncio.subprocess.Process, stop: StopRequest, limit_s: float
) -> None:
    """Wait for a worker: as long as it likes, then as long as its calls need, then no more."""
    async with asyncio.TaskGroup() as tasks:
        ended = tasks.create_task(process.wait())
        asked = tasks.create_task(stop.asked.wait())
        at_once = tasks.create_task(stop.at_once.wait())
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            with suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait(
                {ended, at_once}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED
            )
        if not ended.done():
            await end(process, within_s=AT_ONCE_S)
        asked.cancel()
        at_once.cancel()


def environment_of(worker: int, settings: Settings, door_fd: int) -> dict[str, str]:
    """What a worker is started with: the command line's settings, its number, the door's clock.

    Args:
        worker: its number.
        settings: of the door, with the moment since which it has `start_time`.
        door_fd: where the door hands over connections.
    """
    return os.environ | {
        "BUSINESS_FILE": str(settings.business),
        "VOICEAGENT_NOW": settings.start_time,
        "VOICEAGENT_NOW_AT": settings.start_time_at,
        "PORT": str(settings.port),
        "DRAIN_MINUTES": str(settings.drain_minutes),
        "HAND_OFF": settings.hand_off,
        "WORKERS": str(settings.workers),
        "WORKER": str(worker),
        "DOOR_FD": str(door_fd),
    }


async def _start(
    worker: int, settings: Settings, passage_end: socket.socket
) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "voiceagent", "serve")
    environment = environment_of(worker, settings, passage_end.fileno())
    return await asyncio.create_subprocess_exec(
        *command, env=environment, pass_fds=[passage_end.fileno()], stdin=asyncio.subprocess.DEVNULL
    )
