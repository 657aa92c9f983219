"""Emulated providers beside an engine under load, in a process of their own."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from loadtest.replay.faults import FaultyPart, PlannedFault
from voiceagent.app.ops.processes import end
from voiceagent.app.settings import RUN_IN
from voiceagent.errors import Unavailable

ANSWER_S = 60.0
STOP_S = 5.0


class EmulatedProviders:
    """Recogniser, model and voice that do as they are told.

    Args:
        process: of `loadtest.replay.emulated`.
        settings: for an engine that is to use them.
    """

    def __init__(self, process: Process, settings: Mapping[str, str]) -> None:
        self.settings = settings
        self._process = process

    @property
    def pid(self) -> int:
        """Of their process."""
        return self._process.pid

    def begin(self) -> None:
        """The first call is placed now: faults are timed from here on."""
        if self._process.stdin is not None:
            self._process.stdin.write(b"begin\n")

    async def struck(self) -> Mapping[str, int]:
        """Ends them; how often each fault has struck, by its text."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        return {name: int(times) for name, times in (await _answer(self._process)).items()}


@asynccontextmanager
async def emulated_providers(
    manifest: Path, folders: Sequence[Path], faults: Sequence[PlannedFault]
) -> AsyncIterator[EmulatedProviders]:
    """Providers for a block.

    Args:
        manifest: recordings that their recogniser knows.
        folders: of more recordings, with their words beside them.
        faults: what is to go wrong; those of the carrier are not theirs.

    Raises:
        Unavailable: ``loadtest.emulated`` when they do not start.
    """
    command = [sys.executable, "-m", "loadtest.replay.emulated", "--manifest", str(manifest)]
    for folder in folders:
        command += ["--folder", str(folder.resolve())]
    for fault in faults:
        if fault.part is not FaultyPart.CARRIER:
            command += ["--fault", str(fault)]
    process = await asyncio.create_subprocess_exec(*command, cwd=RUN_IN, stdin=PIPE, stdout=PIPE)
    try:
        settings = {name: str(value) for name, value in (await _answer(process)).items()}
        yield EmulatedProviders(process, settings)
    finally:
        await end(process, within_s=STOP_S)


async def _answer(process: Process) -> dict[str, str | int]:
    """The next line of JSON."""
    line = b""
    try:
        if process.stdout is not None:
            async with asyncio.timeout(ANSWER_S):
                line = await process.stdout.readline()
        found = json.loads(line)
    except (ValueError, TimeoutError):
        problem = "The emulated providers ended before their time."
        raise Unavailable("loadtest.emulated", problem) from None
    return dict(found)
