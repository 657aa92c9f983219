"""The failover matrix in real time: a line a cell, and exit status 1 when one of them missed.

    ./run bench failover                       all sixty cells, ten at a time
    ./run bench failover --only "stt reset"    cells whose name contains this
    ./run bench failover --all-dead            every part of a kind dead: how soon a person is there
    ./run bench failover --behind cloud        another Deepgram takes over in place of the offline
                                               recogniser, which a busy machine starves

Deepgram and Cartesia are emulated behind real sockets, with the delays of hosted services, and fail
by script; the offline recogniser and the offline voice, in their helper processes, take over.
Silence is what the caller hears between their last word and our first, before the greeting, and
within a reply; half a second of it is the wait for the end of their turn. Only the sound of our
words is marked, so that they can be counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from loguru import logger

from loadtest.bench.server.failover.all_dead import (
    DEAD_CELLS,
    MOST_S,
    DeadCell,
    DeadFinding,
    run_dead,
)
from loadtest.bench.server.failover.cells import (
    CELLS,
    KEY,
    MOST_P95_S,
    Cell,
    CellFinding,
    CellParts,
    marked,
    p95_s,
    run,
)
from loadtest.bench.server.failover.marked import MarkedWords
from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import Samples
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.hearing import Recognise
from loadtest.simulator.providers.latency import RECOGNITION, DelayDraws
from loadtest.simulator.providers.serving import listening
from pipelines.providers.alone import recognised
from pipelines.providers.deepgram.stt import DeepgramAccount, NovaSTT
from pipelines.providers.offline.specs import POCKETSPHINX
from pipelines.providers.registry import Registry
from pipelines.providers.spec import MakeStt, ProviderSite
from voiceagent.app.settings import SHARED, Settings
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting

AT_ONCE: Final = 10
FIXTURES: Final = SHARED / "audio_fixtures"
SAID: Final = tuple(f"reference/slt/{number}.wav" for number in ("05", "01", "02"))


class Behind(StrEnum):
    """Which recogniser takes over."""

    OFFLINE = "offline"
    CLOUD = "cloud"


@asynccontextmanager
async def _cloud(hears: Recognise) -> AsyncIterator[MakeStt]:
    """An emulated Deepgram that never fails."""
    emulator = DeepgramEmulator(hears, key=KEY, delays=DelayDraws(RECOGNITION))
    async with listening(emulator.app()) as url:
        account = DeepgramAccount(url, "nova-3", KEY)
        yield lambda _: NovaSTT(account)


async def measure(
    cells: Sequence[Cell | DeadCell], at_once: int, behind: Behind
) -> list[CellFinding | DeadFinding]:
    """Every cell; each is told as it ends."""
    business = load_business(SHARED / "business" / "coolcare.toml")
    hears, words = ByManifest.read(FIXTURES / "manifest.toml"), MarkedWords()
    turns = [_recording(FIXTURES / name) for name in SAID]
    async with AsyncExitStack() as stack:
        site = ProviderSite(business, Settings.read().state_dir)
        offline = behind is Behind.OFFLINE
        backup = POCKETSPHINX.open(site) if offline else _cloud(hears)
        make = await stack.enter_async_context(backup)
        speaks = Registry(offline_voice=business.voice.offline_voice).keyless().tts
        if speaks is None:
            raise RuntimeError("without a setting there is a voice")
        voice = await stack.enter_async_context(speaks.open(site))
        expected = []
        for turn in turns:
            again = await recognised(make(lambda: Expecting.ANYTHING), turn.tobytes())
            expected.append(frozenset({" ".join(word.text for word in hears(turn)), again}))
        spoken = marked(words, voice.render)
        parts = CellParts(
            words, turns, expected, hears, make, spoken, hosted=True, exact=not offline
        )
        places = asyncio.Semaphore(at_once)

        async def one(cell: Cell | DeadCell) -> CellFinding | DeadFinding:
            async with places:
                if isinstance(cell, DeadCell):
                    finding: CellFinding | DeadFinding = await run_dead(cell, parts)
                else:
                    finding = await run(cell, parts)
            sys.stdout.write(f"{finding.line}\n")
            sys.stdout.flush()
            return finding

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one(cell)) for cell in cells]
        return [task.result() for task in running]


def _recording(path: Path) -> Samples:
    """A recording as it comes over a telephone line."""
    return g711.decode(g711.encode(wav.read(path)))


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="./run bench failover", description=__doc__)
    parser.add_argument("--only", default="", help="cells whose name contains this")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="calls at one time")
    parser.add_argument("--behind", type=Behind, default=Behind.OFFLINE, choices=list(Behind))
    parser.add_argument("--all-dead", action="store_true", help="every part of a kind dead")
    given = parser.parse_args()
    logger.remove()
    every: Sequence[Cell | DeadCell] = DEAD_CELLS if given.all_dead else CELLS
    cells = [cell for cell in every if given.only in str(cell)]
    if not cells:
        parser.error("no cell has such a name")
    found = asyncio.run(measure(cells, given.at_once, given.behind))
    if given.all_dead:
        return _told([one for one in found if isinstance(one, DeadFinding)])
    findings = [one for one in found if isinstance(one, CellFinding)]
    missed = sum(bool(finding.misses) for finding in findings)
    p95 = p95_s(findings)
    worst = max(finding.worst_s for finding in findings)
    sys.stdout.write(
        f"{len(findings)} cells, {missed} missed; longest silence of a cell: "
        f"p95 {p95:.2f} s (at most {MOST_P95_S:g}), worst {worst:.2f} s\n"
    )
    return int(missed > 0 or p95 > MOST_P95_S)


def _told(findings: Sequence[DeadFinding]) -> int:
    """How soon callers were given to a person; whether that was too late or never."""
    missed = sum(finding.missed for finding in findings)
    worst = max((one.person_s for one in findings if one.person_s is not None), default=0.0)
    sys.stdout.write(
        f"{len(findings)} cells, {missed} missed; a person after {worst:.2f} s at the latest "
        f"(at most {MOST_S:g})\n"
    )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
