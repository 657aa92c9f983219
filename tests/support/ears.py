"""Ears for tests that are about calls and not about recognition: an emulated Deepgram.

It knows the recordings that callers play, and hears of them what really reached it. That costs next
to nothing, so a busy machine makes no words late; how well the offline recogniser hears, and how
soon, is measured elsewhere.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from loadtest.simulator.providers.faults import FaultName

START_S = 60.0
MANIFEST = Path(__file__).parents[2] / "audio_fixtures" / "manifest.toml"


@asynccontextmanager
async def emulated_ears(
    *faults: FaultName, manifest: Path = MANIFEST
) -> AsyncIterator[Mapping[str, str]]:
    """A process of it for a block; the settings of an engine that hears by it.

    Args:
        faults: that happen once each.
        manifest: of the recordings that are heard.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest.simulator.providers", "deepgram"),
        *("--manifest", str(manifest), "--delays", "none", "--port", "0"),
        *(f"--fault={name}" for name in faults),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            line = (await process.stdout.readline()).decode()
        settings = dict(part.split("=", 1) for part in line.split())
        yield settings | {"STT_PROVIDER": "deepgram"}
    finally:
        process.terminate()
        await process.wait()
