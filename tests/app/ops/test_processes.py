"""What a process and those that it started took of the processors."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from voiceagent.app.ops.processes import cpu_s

BURNS = "import time; t = time.process_time()\nwhile time.process_time() - t < 0.3: pass\n"
STARTS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURNS!r}])\n"


def test_ours_is_what_the_system_says() -> None:
    ours = cpu_s(os.getpid())
    assert ours is not None
    assert ours == pytest.approx(sum(os.times()[:4]), abs=0.1)


@pytest.mark.parametrize("ended", [False, True])
async def test_that_of_children_is_counted_while_they_run_and_afterwards(*, ended: bool) -> None:
    waits = STARTS if ended else f"{STARTS[:-1].replace('run', 'Popen')}\n"
    program = f"{waits}sys.stdin.read()\n"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(20.0):
            while (cpu_s(process.pid) or 0.0) < 0.3:  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(0.05)
    finally:
        process.kill()
        await process.wait()
    assert cpu_s(process.pid) is None
