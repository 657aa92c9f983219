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
from typing import Final

from loguru import logger

from voiceagent.app import database_for, public_url
from voiceagent.core.clock import SystemClock
from voiceagent.door import Door, passage
from voiceagent.errors import OwnerFixable
from voiceagent.ops.processes import asked_to_stop, end
from voiceagent.settings import Settings

BACKLOG: Final = 512
RESTART_S: Final = 1.0
"""A worker that ended is started again after this long."""

STOP_S: Final = 13.0
"""Workers that have not ended this long after they were asked to are killed."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OwnerFixable: ``serve.port`` when the address is taken or not ours.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        problem = f"Cannot listen there: {error.strerror or error}."
        raise OwnerFixable("serve.port", problem, where=f"{host}:{port}") from error
    listener.setblocking(False)
    return listener


async def serve_workers(
    settings: Settings, *, ready: Callable[[str], None]
) -> signal.Signals | None:
    """Answer calls with several workers until SIGTERM or SIGINT; the signal that ended it.

    Args:
        settings: `workers` says how many.
        ready: called with the public URL once all workers are up.
    """
    stop = asked_to_stop()
    listener = listen(settings.host, settings.port)
    await asyncio.to_thread(database_for, settings)  # once, before the workers ask for it at once
    door = Door(listener, settings.workers, SystemClock())
    keepers = [asyncio.ensure_future(_keep(door, n, settings)) for n in range(settings.workers)]
    accepting = asyncio.ensure_future(door.run())
    stopping = asyncio.ensure_future(stop.wait())
    starting = asyncio.ensure_future(door.all_up())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        ready(public_url(settings))
    await stopping
    for task in (starting, *keepers):
        task.cancel()
    await asyncio.gather(starting, *keepers, return_exceptions=True)
    accepting.cancel()  # last: callers who ring meanwhile are told by a worker that it is closing
    await asyncio.gather(accepting, return_exceptions=True)
    return stop.by


async def _keep(door: Door, worker: int, settings: Settings) -> None:
    """Keep one worker running; on cancellation stop it and wait for its calls."""
    while True:
        ours, theirs = passage()
        process = await _start(worker, settings, theirs)
        theirs.close()
        door.connect(worker, ours)
        try:
            await process.wait()
        except asyncio.CancelledError:
            await end(process, within_s=STOP_S)
            raise
        finally:
            door.disconnect(worker)
        logger.warning("worker {} ended ({}); it is started again", worker, process.returncode)
        await asyncio.sleep(RESTART_S)


async def _start(
    worker: int, settings: Settings, passage_end: socket.socket
) -> asyncio.subprocess.Process:
    environment = os.environ | {
        "BUSINESS_FILE": str(settings.business),
        "VOICEAGENT_NOW": settings.start_time,
        "PORT": str(settings.port),
        "WORKERS": str(settings.workers),
        "WORKER": str(worker),
        "DOOR_FD": str(passage_end.fileno()),
    }
    command = (sys.executable, "-m", "voiceagent", "serve")
    return await asyncio.create_subprocess_exec(
        *command, env=environment, pass_fds=[passage_end.fileno()], stdin=asyncio.subprocess.DEVNULL
    )
