"""What a command shows while people wait: seconds that pass, and words as they are spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from rich.console import Console
from rich.markup import escape

from voiceagent.errors import Unavailable
from voiceagent.ports.history import History

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
async def words_as_spoken(
    history: History, console: Console
) -> AsyncIterator[Callable[[str], None]]:
    """Print what is said in one call, each turn as soon as it is written down.

    Gives what is told the call's CallSid, as often as one likes: until then nothing is shown, and
    of nobody else's call or text anything ever, however many begin beside it.

    Args:
        history: of the engine, which may serve others.
        console: where to.
    """
    placed: str | None = None
    shown = 0

    def of(call_sid: str) -> None:
        nonlocal placed
        placed = placed or call_sid

    async def show() -> None:
        nonlocal shown
        call = None if placed is None else await history.call(placed)
        for turn in call.turns[shown:] if call is not None else ():
            console.print(f"          [bold]{turn.speaker.value}:[/] {escape(turn.heard)}")
            shown += 1

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(Unavailable):  # the call says itself what is wrong
                await show()

    async with beside(look()):
        yield of
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
