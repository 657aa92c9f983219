"""An engine on a fresh database, and a browser with a recorded microphone before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtest.simulator.script import CallerScript
from tests.browser.devtools import Browser, chromium
from tests.browser.microphone import SpokenAt, microphone
from tests.browser.network import Network, network_to
from tests.support.live import Live, live_engine
from voiceagent.app.cli.phone import FIXTURES, PhoneCall, script_from
from voiceagent.errors import Unavailable
from voiceagent.store.embedded import EmbeddedPostgres

VOICE: Final = "slt"
REHEARSALS: Final = 4
STARTS: Final = 3
MAY_LISTEN: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The reference call as the emulated carrier made it."""

    call: PhoneCall
    recording: Path

    def microphone(self, to: Path, pauses: dict[int, float]) -> Sequence[SpokenAt]:
        """Write the file for a browser; where the turns lie in it."""
        return microphone(self.call, self.recording, to, pauses=pauses)


def reference_script() -> CallerScript:
    """The caller of the reference call."""
    return script_from(sorted((FIXTURES / "reference" / VOICE).glob("*.wav")))


async def rehearse(postgres: EmbeddedPostgres, folder: Path) -> Rehearsal:
    """Make the reference call without a browser; again when the machine was too busy for it.

    Raises:
        AssertionError: it was not booked this way either, so a browser need not try.
    """
    recording = folder / "rehearsal.wav"
    for _ in range(REHEARSALS):
        async with AsyncExitStack() as stack:
            live = await _engine(stack, postgres, folder, 20)
            call = await live.phone(reference_script(), record_to=recording)
        if call.report.failure is None and call.result.outcome == "booked":
            return Rehearsal(call, recording)
    raise AssertionError(call.result)


@dataclass(frozen=True, slots=True)
class Booth:
    """What one browser call is made with."""

    live: Live
    network: Network
    browser: Browser


async def _engine(
    stack: AsyncExitStack, postgres: EmbeddedPostgres, folder: Path, max_calls: int
) -> Live:
    """An engine; another one when somebody else was quicker to take its port."""
    for _ in range(STARTS):
        with suppress(Unavailable):
            engine = live_engine(postgres, folder, max_calls=max_calls)
            return await stack.enter_async_context(engine)
    raise Unavailable("engine.start", f"No engine started in {STARTS} tries.")


@asynccontextmanager
async def booth(
    postgres: EmbeddedPostgres, folder: Path, *switches: str, max_calls: int = 20
) -> AsyncIterator[Booth]:
    """An engine, a network to it, and a browser."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    async with AsyncExitStack() as stack:
        live = await _engine(stack, postgres, folder, max_calls)
        network = await stack.enter_async_context(network_to(live.engine.url))
        browser = await stack.enter_async_context(chromium(*switches))
        yield Booth(live, network, browser)
