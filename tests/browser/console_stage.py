"""A console with made-up calls in a process of its own, and a browser before it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from tests.browser.devtools import Browser, chromium
from voiceagent.app.cli.phone import free_port

START_S: Final = 180.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class ConsoleStage:
    """What a check has before it."""

    url: str
    process: int
    browser: Browser

    @property
    def cpu_s(self) -> float:
        """What the console's process has used so far."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def resident_bytes(self) -> int:
        """What of memory it has."""
        return int(Path(f"/proc/{self.process}/statm").read_text().split()[1]) * _PAGE


@asynccontextmanager
async def console_stage(*options: str) -> AsyncIterator[ConsoleStage]:
    """A console for a block; `options` are those of `tests.browser.console_server`."""
    port = free_port()
    command = (sys.executable, "-m", "tests.browser.console_server", "--port", str(port))
    process = await asyncio.create_subprocess_exec(*command, *options)
    try:
        url = f"http://127.0.0.1:{port}"
        await _up(process, url)
        async with chromium() as browser:
            yield ConsoleStage(url, process.pid, browser)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _up(process: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(START_S), aiohttp.ClientSession() as http:
        while True:
            assert process.returncode is None, "the console did not start"
            with suppress(aiohttp.ClientError):
                async with http.get(f"{url}/console/engine"):
                    return
            await asyncio.sleep(0.2)
