"""Recorded calls decide alike when they are run again: ``./run test-replay``.

    python -m tests.soak.replays [written] [demo] [faults] [golden] [NAME ...]

* `written`: 50 simulated callers in writing;
* `demo`: the reference call by voice, on offline parts;
* `faults`: the reference call on emulated cloud parts, a provider of which stalls, breaks or is
  gone in the middle of it, one after the other;
* `golden`: the golden calls by voice that `./run test-voice` plays, or those that are named.

All four without arguments; needs two cores for about twelve minutes. Every call is recorded by a
real engine with INCIDENT_RECORDING=on, its file is read and replayed, and so is its export. Then
one of those by voice is replayed with other endpointing thresholds, which must be seen. Exit status
1 when a call differs, was not recorded, or the thresholds were not seen.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.faults import FaultMoment, FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.vendors import Served, Vendor, emulated
from tests.incidents.parts import written_part
from tests.support.act_model import ACT_MODEL
from tests.support.live import BUSINESS, live_engine
from tests.support.postgres import state_folder
from tests.voice.engines import STATE, Circumstances, golden, play
from tests.voice.test_golden_by_voice import ENGINES, OUTCOMES
from voiceagent.app.cli import phone
from voiceagent.app.cli.calls import REFERENCE
from voiceagent.app.cli.simulate_run import SimulationOrder, conversations
from voiceagent.app.cloud_parts import CHOSEN, GROUP, MANIFEST
from voiceagent.core.turns.endpointing import ENDPOINTING_DELAYS, Tuning
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.dialogue.mouth import InputKind
from voiceagent.dialogue.tape import TalkTape
from voiceagent.domain.business_file import load_business
from voiceagent.domain.records import CallStart
from voiceagent.errors import OwnerFixable
from voiceagent.incidents.export import export
from voiceagent.incidents.keeping import IncidentFolder
from voiceagent.incidents.recording import CallPart, read
from voiceagent.incidents.replay import replay
from voiceagent.store.embedded import EmbeddedPostgres

HOUSE = HousePolicy(ACT_MODEL)
WRITTEN: Final = 50
WRITTEN_S: Final = 20.0
"""How long an engine may take to put a recording away."""

FAULTS: Final[dict[str, tuple[Vendor, ProviderFault]]] = {
    "model stalls": (
        Vendor.OPENAI,
        ProviderFault(FaultName.STALL_MID_STREAM, FaultMoment.MID_STREAM, times=2, after=4),
    ),
    "model is gone": (Vendor.OPENAI, ProviderFault(FaultName.REFUSE, times=None)),
    "recogniser is reset": (
        Vendor.DEEPGRAM,
        ProviderFault(FaultName.RESET, FaultMoment.MID_STREAM, times=1, after=6),
    ),
    "voice stalls": (
        Vendor.CARTESIA,
        ProviderFault(FaultName.STALL_MID_STREAM, FaultMoment.MID_STREAM, times=1, after=8),
    ),
}


class Replays:
    """What was replayed so far."""

    def __init__(self) -> None:
        self.failed = 0
        self.voice: list[CallPart] = []
        """Of the call by voice with the most turns that came out alike."""
        self._turns = 0

    def check(self, name: str, parts: Sequence[CallPart]) -> None:
        """Replay a call and its export; print what came of it."""
        began_s = time.monotonic()
        result = replay(parts)
        took_s = time.monotonic() - began_s
        heard = sum(
            row.body.get("kind") == InputKind.HEARD for part in parts for row in part.talk.rows
        )  # none: the machine was too busy to recognise, and the call is about nothing
        counted = f"{heard} turns heard; {result.turns} decisions of turns, {result.words} of words"
        self.tell(name, f"{counted}, {took_s:.1f} s", str(result.differences[:1] or ""))
        try:
            exported = export(parts)
        except OwnerFixable as error:
            self.tell(f"{name}, exported", "", str(error))
            return
        differs = replay(exported.parts).differences
        self.tell(f"{name}, exported", exported.notes[0], str(differs[:1] or ""))
        if parts[0].line is not None and not result.differences and heard >= self._turns:
            self.voice, self._turns = list(parts), heard

    def tell(self, name: str, what: str, wrong: str) -> None:
        """One line; `wrong` is empty when all is well."""
        self.failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok    '} {name}: {wrong or what}", flush=True)  # noqa: T201

    def thresholds_are_seen(self) -> None:
        """With other thresholds the longest call by voice must differ."""
        if not self.voice:
            return
        longer = {
            what: replace(row, complete=row.complete + 60, sounds_done=row.sounds_done + 60)
            for what, row in ENDPOINTING_DELAYS.items()
        }
        found = replay(self.voice, lambda call_s: Tuning(call_s=call_s, delays=longer)).differences
        if not found:
            self.tell("60 ms more patience is seen", "", "no difference")
            return
        shown = f"first of {len(found)}: {found[0].recorded[:1]} {found[0].replayed[:1]}"
        self.tell("60 ms more patience is seen", shown, "")


async def written(done: Replays) -> None:
    """Simulated callers."""
    kept: list[CallPart] = []
    business = load_business(BUSINESS)

    def keep(call: CallStart, tape: TalkTape) -> None:
        kept.append(written_part(call, tape, business))

    async for _ in conversations(
        SimulationOrder(range(WRITTEN), 2026, BUSINESS, HOUSE, kept_on=keep)
    ):
        pass
    await asyncio.to_thread(_check_all, done, kept)


def _check_all(done: Replays, kept: Sequence[CallPart]) -> None:
    for number, part in enumerate(kept):
        done.check(f"written {number}", [part])


async def recording_of(state: Path, call_sid: str) -> list[CallPart]:
    """A call's recording, once it is there; empty if it never is."""
    folder = IncidentFolder(state / "incidents", 7, 1)
    for _ in range(int(WRITTEN_S / 0.1)):
        if (path := folder.find(call_sid)) is not None:
            return read(path)
        await asyncio.sleep(0.1)
    return []


async def _check_call(done: Replays, name: str, state: Path, call: phone.PhoneCall) -> None:
    parts = await recording_of(state, call.report.call_sid)
    if not parts:
        done.tell(name, "", "not recorded")
        return
    await asyncio.to_thread(done.check, f"{name} ({call.result.outcome})", parts)


@asynccontextmanager
async def cloud(vendor: Vendor, fault: ProviderFault) -> AsyncIterator[dict[str, str]]:
    """Emulated cloud parts, one of which fails."""
    async with AsyncExitStack() as stack:
        found = {**CHOSEN, "STT_PROVIDER": "deepgram"}
        for one in Vendor:
            faults = FaultScript([fault] if one is vendor else [])
            served = Served(hears=ByManifest.read(MANIFEST, GROUP), faults=faults)
            found |= await stack.enter_async_context(emulated(one, served))
        yield found


async def demo(done: Replays, server: EmbeddedPostgres, folder: Path) -> None:
    """The reference call on offline parts."""
    script = phone.script_from(sorted((REFERENCE / "slt").glob("*.wav")))
    async with live_engine(server, folder) as live:
        call = await live.phone(script)
        await _check_call(done, "demo", live.settings.state_dir, call)


async def faults(done: Replays, server: EmbeddedPostgres, folder: Path) -> None:
    """The reference call while a provider fails."""
    script = phone.script_from(sorted((REFERENCE / "slt").glob("*.wav")))
    for name, (vendor, fault) in FAULTS.items():
        async with (
            cloud(vendor, fault) as ears,
            live_engine(server, folder / name.replace(" ", "-"), ears=ears) as live,
        ):
            call = await live.phone(script)
            await _check_call(done, name, live.settings.state_dir, call)


def golden_calls(
    done: Replays, server: EmbeddedPostgres, folder: Path, names: Sequence[str]
) -> None:
    """Golden calls by voice."""
    engines: dict[Circumstances, int] = dict(ENGINES)
    for name, result in play(names, engines, server, folder).items():
        if isinstance(result, Exception):
            done.tell(name, "", f"not played: {result!r}")
            continue
        state = STATE / "voice" / Path(_business(name)).stem
        asyncio.run(_check_call(done, name, state, result.call))


def _business(name: str) -> str:
    return "hotel" if golden(name).business.name != load_business(BUSINESS).name else "coolcare"


def main(wanted: Sequence[str]) -> int:
    """Run what is wanted."""
    os.environ["INCIDENT_RECORDING"] = "on"
    kinds = {"written", "demo", "faults", "golden"}
    names = [one for one in wanted if one not in kinds]
    chosen = kinds if not wanted else ({*wanted} & kinds) | ({"golden"} if names else set())
    done = Replays()
    if "written" in chosen:
        asyncio.run(written(done))
    if chosen - {"written"}:
        with state_folder() as state, tempfile.TemporaryDirectory() as place:
            folder, server = Path(place), EmbeddedPostgres(state, durable=False)
            server.start()
            try:
                if "demo" in chosen:
                    asyncio.run(demo(done, server, folder))
                if "faults" in chosen:
                    asyncio.run(faults(done, server, folder))
                if "golden" in chosen:
                    golden_calls(done, server, folder, names or list(OUTCOMES))
            finally:
                server.stop()
        done.thresholds_are_seen()
    return 1 if done.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
