"""What a command shows while people wait: seconds that pass, and words as they are spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from rich.console import Console
from rich.markup import escape

from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore

SAY_EVERY_S = 5.0
"""Where nothing can be redrawn, a line in this time says that it still goes on."""

LOOK_EVERY_S = 0.5


@asynccontextmanager
async def waiting(console: Console, what: str) -> AsyncIterator[None]:
    """Show that something goes on, for how long already, and how long it took.

    Args:
        console: a terminal gets one line that counts, a file a line every five seconds.
        what: plain words.
    """
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async def count() -> None:
        if console.is_terminal:
            with console.status(what) as status:
                while True:
                    await asyncio.sleep(1.0)
                    status.update(f"{what}, {loop.time() - began_s:.0f} s")
        console.print(f"{what} ...")
        while True:
            await asyncio.sleep(SAY_EVERY_S)
            console.print(f"  still starting, {loop.time() - began_s:.0f} s")

    async with beside(count()):
        yield
    console.print(f"Started after {loop.time() - began_s:.0f} s.")


@asynccontextmanager
async def words_as_spoken(store: PostgresStore, console: Console) -> AsyncIterator[None]:
    """Print what is said in the newest call, each turn as soon as it is written down."""
    before = {one.call.call_sid for one in await store.history.recent(10)}

    async def look() -> None:
        shown = 0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                shown = await show(shown)
            except Unavailable:
                continue  # the call says itself what is wrong

    async def show(shown: int) -> int:
        new = [c.call.call_sid for c in await store.history.recent(1)]
        if not new or new[0] in before or (call := await store.history.call(new[0])) is None:
            return shown
        for turn in call.turns[shown:]:
            console.print(f"          [bold]{turn.speaker.value}:[/] {escape(turn.heard)}")
        return len(call.turns)

    async with beside(look()):
        yield
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def beside(work: Awaitable[None]) -> AsyncIterator[None]:
    """Do something beside a block, until the block ends."""

    async def run() -> None:
        await work

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run())
        try:
            yield
        finally:
            task.cancel()
