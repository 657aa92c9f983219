"""An emulated provider on a loopback port.

    async with listening(app) as url:                     # "http://127.0.0.1:40123"
        ...

When the block ends, connections that a fault holds open are closed with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

_SHUTDOWN_S: Final = 0.01
"""How long answers that are being given may go on when it stops; 0 would be for ever."""


@asynccontextmanager
async def listening(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    """Serves an application for a block.

    Args:
        app: of the emulator.
        port: 0 for any free one.

    Yields:
        Its address, without a slash at the end; for a WebSocket replace ``http`` by ``ws``.
    """
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=_SHUTDOWN_S, handler_cancellation=True
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
