"""All calls of the panel, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from loadtest.panel.player import PanelPlayer
from loadtest.panel.scoring import CallLog
from loadtest.panel.script import PanelCall, read_calls
from loadtest.simulator.metronome import Metronome

HERE: Final = Path(__file__).parent
FIXTURES: Final = HERE.parents[1] / "audio_fixtures"
AT_ONCE: Final = 9
ANYBODY: Final = {"token": "panel"}
"""For an engine that believes any token."""


def calls() -> list[PanelCall]:
    """The panel's own script."""
    return read_calls(HERE / "calls.toml", FIXTURES)


async def play(
    script: Sequence[PanelCall],
    url: str,
    *,
    at_once: int = AT_ONCE,
    parameters: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[list[CallLog], list[str]]:
    """Phones every call.

    Args:
        script: the calls.
        url: of the engine's media socket, ``ws://``.
        at_once: calls at one time.
        parameters: custom parameters of each stream's start (a token).
        tell: hears of every finished call.

    Returns:
        The calls' logs in order, and the names of the steps that could not be played.
    """
    metronome = Metronome()
    places = asyncio.Semaphore(at_once)

    async def one(number: int, call: PanelCall) -> tuple[CallLog, list[str]]:
        async with places:
            result = await PanelPlayer(call, metronome, number).run(url, parameters or ANYBODY)
            tell(call.name)
            return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(n, call)) for n, call in enumerate(script)]
    finally:
        metronome.close()
    results = [task.result() for task in tasks]
    return [log for log, _ in results], [name for _, names in results for name in names]
