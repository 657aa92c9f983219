"""Servers of others, that run on Node: fetched from their registry once, started for a test."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from voiceagent.app.cli.phone import free_port

HOME: Final = Path(".state/peers")
AIMOCK: Final = "@copilotkit/aimock@1.43.0"
"""Answers as OpenAI does. MIT licence, by CopilotKit; used by these tests only."""

EMULATE: Final = "emulate@0.11.2"
"""Answers as Twilio, Stripe and Resend do. Apache-2.0, by Vercel; used by these tests only."""

_STARTS_S: Final = 20.0


def fetched(package: str) -> Path:
    """The folder of a package; without Node nothing is tried, and that is said."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.exit("Node is not installed here, and these servers need it: nothing was tried.", 2)
    name = package.rpartition("@")[0]
    folder = HOME / "node_modules" / name
    wanted = package.rpartition("@")[2]
    there = folder / "package.json"
    if not there.exists() or json.loads(there.read_text())["version"] != wanted:
        HOME.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-save", "--no-audit", "--prefix", str(HOME), package]
        subprocess.run(install, check=True, capture_output=True)
    return folder


@asynccontextmanager
async def serving(program: Path, options: Sequence[str], port: int) -> AsyncIterator[str]:
    """A server of theirs for a block; its address."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(program),
        *options,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_STARTS_S):
            await _answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(port: int) -> None:
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{port}/"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def aimock(fixtures: object, folder: Path, *options: str) -> AsyncIterator[str]:
    """OpenAI's interface with these answers; what it has no answer to is refused."""
    file = folder / "fixtures.json"
    file.write_text(json.dumps({"fixtures": fixtures}))
    port = free_port()
    program = fetched(AIMOCK) / "dist" / "cli.js"
    given = ["-p", str(port), "-f", str(file), "--strict", *options]
    async with serving(program, given, port) as url:
        yield url


@asynccontextmanager
async def emulate(service: str, seed: object, folder: Path) -> AsyncIterator[str]:
    """The interface of a service with such an account."""
    file = folder / "seed.json"
    file.write_text(json.dumps(seed))
    port = free_port()
    program = fetched(EMULATE) / "dist" / "index.js"
    given = ["start", "--service", service, "--port", str(port), "--seed", str(file)]
    async with serving(program, given, port) as url:
        yield url
