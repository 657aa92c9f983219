"""Ears for tests that are about calls and not about recognition: an emulated Deepgram.

It knows the recordings that callers play, and hears of them what really reached it. That costs next
to nothing, so a busy machine makes no words late; how well the offline recogniser hears, and how
soon, is measured elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

START_S = 60.0


@asynccontextmanager
async def emulated_ears() -> AsyncIterator[Mapping[str, str]]:
    """A process of it for a block; the settings of an engine that hears by it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voiceagent.app.cloud_parts", "deepgram"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            settings: dict[str, str] = json.loads(await process.stdout.readline())
        yield settings | {"STT_PROVIDER": "deepgram"}
    finally:
        process.stdin.close()
        await process.wait()
