"""Emulated providers for a load test, in a process of their own, with faults by the clock.

    python -m loadtest.replay.emulated --manifest FILE --fault stt=reset@20x3

It writes the settings for an engine as one JSON object, waits for a line on its standard input,
from which on faults are timed, and when the input ends writes how often each fault struck. The
recogniser knows recordings by their sound, so what is mixed with noise it does not hear; the voice
hums, three tenths of a second a word; delays are those of hosted services.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from loadtest.replay.callers import CallersError, KnownSounds, from_folder
from loadtest.replay.faults import FaultyPart, PlannedFault
from loadtest.simulator.providers.by_manifest import ByManifest, manifest_recordings
from loadtest.simulator.providers.faults import FaultScript, ProviderFault
from loadtest.simulator.providers.latency import DELAYS
from loadtest.simulator.providers.vendors import Served, Vendor, emulated

Sounds = Iterable[tuple[str, bytes, Sequence[str], Sequence[tuple[int, int]]]]

VENDORS = {
    FaultyPart.STT: Vendor.DEEPGRAM,
    FaultyPart.LLM: Vendor.OPENAI,
    FaultyPart.TTS: Vendor.CARTESIA,
}


@dataclass
class Emulators:
    """Recogniser, model and voice, and what is to go wrong with them."""

    sounds: Sounds
    planned: Sequence[PlannedFault]
    struck: dict[str, int] = field(default_factory=dict)
    _scripts: dict[FaultyPart, FaultScript] = field(default_factory=dict)
    _added: list[tuple[PlannedFault, ProviderFault]] = field(default_factory=list)

    async def serve(self, stack: AsyncExitStack) -> dict[str, str]:
        """Starts them for the life of a stack; the settings for an engine."""
        hears = ByManifest(self.sounds)
        settings: dict[str, str] = {}
        for part, vendor in VENDORS.items():
            faults = self._scripts.setdefault(part, FaultScript())
            served = Served(hears, delays=DELAYS["twilio"], faults=faults)
            settings |= await stack.enter_async_context(emulated(vendor, served))
        return settings

    async def let_happen(self) -> None:
        """Lets every fault happen at its time."""
        passed_s = 0.0
        for one in sorted(self.planned, key=lambda fault: fault.at_s):
            await asyncio.sleep(one.at_s - passed_s)
            passed_s = one.at_s
            fault = one.of_a_provider()
            self._added.append((one, fault))
            self._scripts[one.part].add(fault)

    def so_far(self) -> Mapping[str, int]:
        """How often each planned fault has struck."""
        return {
            str(planned): sum(one is fault for one in self._scripts[planned.part].struck)
            for planned, fault in self._added
        }


def known_sounds(manifest: Path, folders: Sequence[Path]) -> Sounds:
    """What the recogniser knows: a manifest's recordings and those of folders with their words."""
    yield from manifest_recordings(manifest)
    known = KnownSounds.read(manifest)
    for folder in folders:
        for caller in from_folder(folder, known):
            for one in caller.recordings:
                words = caller.words.get(one.name, "").lower().split()
                if words and one.speech is not None:
                    span = (one.speech.start_8k, one.speech.end_8k)
                    yield f"{caller.name}/{one.name}", one.audio, words, [span]


async def run(manifest: Path, folders: Sequence[Path], planned: Sequence[PlannedFault]) -> None:
    """Until standard input ends."""
    emulators = Emulators(known_sounds(manifest, folders), planned)
    async with AsyncExitStack() as stack:
        _say(await emulators.serve(stack))
        if await asyncio.to_thread(sys.stdin.readline):
            async with asyncio.TaskGroup() as tasks:
                happening = tasks.create_task(emulators.let_happen())
                await asyncio.to_thread(sys.stdin.read)
                happening.cancel()
        _say(emulators.so_far())


def _say(what: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve on loopback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--folder", type=Path, action="append", default=[])
    parser.add_argument("--fault", type=PlannedFault.read, action="append", default=[])
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us
    try:
        asyncio.run(run(given.manifest, given.folder, given.fault))
    except CallersError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
