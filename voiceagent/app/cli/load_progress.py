"""The one line that a load test shows while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from loadtest.replay.figures import spread
from loadtest.replay.run import LoadProgress
from loadtest.replay.schedule import LoadPlan
from voiceagent.app.cli.progress import SAY_EVERY_S, beside

REDRAW_S = 0.5


@asynccontextmanager
async def shown(console: Console, progress: LoadProgress, plan: LoadPlan) -> AsyncIterator[None]:
    """Show how a load test goes while the block runs.

    Args:
        console: a terminal gets one line that changes, a file a line every five seconds.
        progress: looked at again and again.
        plan: what it leads to.
    """
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    def line() -> str:
        return progress_line(progress, plan, loop.time() - began_s)

    async def draw() -> None:
        if not console.is_terminal:
            while True:
                await asyncio.sleep(SAY_EVERY_S)
                console.print(line(), markup=False, soft_wrap=True)
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while True:
                live.update(Text(line(), no_wrap=True, overflow="ellipsis"), refresh=True)
                await asyncio.sleep(REDRAW_S)

    async with beside(draw()):
        yield
    console.print(line(), markup=False, soft_wrap=True)


def progress_line(progress: LoadProgress, plan: LoadPlan, passed_s: float) -> str:
    """Seconds, calls, turns, voice-to-voice of the calls that have ended, and errors."""
    bound = f" of {plan.seconds:.0f}" if plan.seconds is not None else ""
    calls = f" of {plan.total}" if plan.total is not None else ""
    found = spread(progress.v2v_ms) if progress.v2v_ms else None
    v2v = f"{found.p50_ms:.0f}/{found.p95_ms:.0f} ms" if found is not None else "-"
    return (
        f"{passed_s:.0f}{bound} s  calls up {progress.up}, done {progress.done}{calls}"
        f"  turns {progress.turns}  V2V p50/p95 {v2v}  errors {progress.failed}"
    )
