"""A load test from start to report: an engine, a carrier, the callers, and what both ends saw."""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from loadtest.replay.budgets import LoadBudget, judged
from loadtest.replay.callers import Cast
from loadtest.replay.faults import FaultyPart, PlannedFault
from loadtest.replay.figures import VOID_PERCENT, CpuTimes, counts, spreads
from loadtest.replay.results import CallResult, Injected, RunResult, Target
from loadtest.replay.run import (
    EngineView,
    LoadProgress,
    LoadRun,
    on_the_carrier,
    with_engine_side,
)
from loadtest.replay.schedule import LoadPlan
from loadtest.report.audio import SHOWN
from loadtest.report.page import check_folder, write_report
from loadtest.simulator.network import NetworkSpec
from loadtest.simulator.rest import FaultKind, RestFault
from pipelines.providers.registry import Registry
from voiceagent.app.cli import phone, scratch
from voiceagent.app.cli.load_emulated import EmulatedProviders, emulated_providers
from voiceagent.app.cli.load_history import engine_side
from voiceagent.app.cli.load_progress import shown
from voiceagent.app.cli.options import notices
from voiceagent.app.cli.progress import waiting
from voiceagent.app.composition import database_for
from voiceagent.app.ops.logs import Veil
from voiceagent.app.ops.processes import cpu_s, first_stop
from voiceagent.app.providers import chosen
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.errors import OwnerFixable, VoiceAgentError
from voiceagent.store import PostgresStore

SPARE_CALLS = 4
"""Places of an engine of ours beyond the lines: a call that ends and the next one overlap."""


class LoadParts(StrEnum):
    """What the engine that is started is made of."""

    OFFLINE = "offline"
    EMULATED = "emulated"
    BENCH = "bench"
    CONFIGURED = "configured"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOrder:
    """What was asked for."""

    plan: LoadPlan
    cast: Cast
    network: NetworkSpec
    faults: tuple[PlannedFault, ...]
    folders: tuple[Path, ...]
    budgets: tuple[LoadBudget, ...]
    parts: LoadParts
    url: str
    folder: Path
    seed: int
    longest_s: float
    core: int | None = None
    real: bool
    noise: str
    command: str

    def check(self) -> None:
        """Refuse what cannot go together.

        Raises:
            ValueError: one sentence.
        """
        providers = [one for one in self.faults if one.part is not FaultyPart.CARRIER]
        if providers and (self.url or self.parts is not LoadParts.EMULATED):
            raise ValueError(
                f"{providers[0]}: faults of providers need providers that can be told to fail:"
                " leave --url out and add --parts emulated"
            )
        if self.core is not None:
            _check_core(self.core, self.url)
        if self.faults and not self.url and self.parts is LoadParts.BENCH:
            raise ValueError("the stub services of --parts bench have no faults")
        check_folder(self.folder)


def _check_core(core: int, url: str) -> None:
    if url:
        raise ValueError("--core pins an engine that is started here: leave --url out")
    if not hasattr(os, "sched_setaffinity"):
        raise ValueError("--core: this system cannot pin a process to a processor")
    cores = os.sched_getaffinity(0)
    if core not in cores or len(cores) == 1:
        known = ", ".join(str(one) for one in sorted(cores))
        raise ValueError(f"--core {core}: there are processors {known}, and another one is needed")


@contextmanager
def _on_the_other_cores(core: int | None) -> Iterator[None]:
    """This process, and what it starts and does not pin elsewhere, keep off a processor."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before - {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the calls go, and who can be asked about them afterwards."""

    engine: phone.RunningEngine
    local: phone.LocalCarrier
    store: PostgresStore | None
    providers: EmulatedProviders | None
    notes: tuple[str, ...] = ()


async def run(settings: Settings, order: LoadOrder) -> tuple[RunResult, Path]:
    """Run it and write the report: Ctrl-C cuts it short, and what was measured by then is written.

    Returns:
        the record, and where its page is.

    Raises:
        OwnerFixable: wrong settings, or a server whose texts and payments are real.
        Unavailable: the engine does not start.
    """
    business = load_business(settings.business)
    progress = notices()
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(_stage(settings, business, order))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        network = order.network
        place = on_the_carrier(
            stage.local.emulator,
            stage.engine.url,
            to_number=business.phone,
            network=network,
            seed=order.seed,
            max_call_s=order.longest_s,
        )
        load = LoadRun(order.plan, order.cast, place, seed=order.seed, folder=folder, keep=SHOWN)
        progress.print(f"Phoning {business.name} at {stage.engine.url} ...")
        began = datetime.now(UTC)
        loop = asyncio.get_running_loop()
        began_s, before = loop.time(), _cpu_times(stage)
        stop = stack.enter_context(first_stop())
        async with _faults(order, stage), shown(progress, load.progress, order.plan):
            calls = await load.calls(stop)
        seconds, took = loop.time() - began_s, _cpu_times(stage).since(before)
        notes = list(stage.notes)
        if cut_short := stop.is_set():
            notes.append(_cut_short(seconds, load.progress))
            progress.print("Stopped; writing what was measured ...")
        struck = await stage.providers.struck() if stage.providers is not None else {}
        if stage.store is not None:
            calls = await _asked(stage.store, calls, notes)
        result = _result(order, stage, business, calls, began, (seconds, took), struck, notes)
        result = result.model_copy(update={"cut_short": cut_short})
        page = await asyncio.to_thread(write_report, result, load.recordings, order.folder)
    return result, page


def _cpu_times(stage: _Stage) -> CpuTimes:
    """Processor time that was taken so far."""
    return CpuTimes(
        rig=time.process_time(),
        engine=cpu_s(stage.engine.pid) if stage.engine.pid else None,
        providers=cpu_s(stage.providers.pid) if stage.providers is not None else None,
    )


def _cut_short(seconds: float, progress: LoadProgress) -> str:
    """The note in the report."""
    lost = progress.begun - progress.done
    return (
        f"This run was cut short after {seconds:.0f} s:"
        f" {lost} calls that were under way are not in it."
    )


@asynccontextmanager
async def _stage(settings: Settings, business: Business, order: LoadOrder) -> AsyncIterator[_Stage]:
    if order.url:
        async with _elsewhere(settings, order) as stage:
            yield stage
        return
    lines = order.plan.lines + SPARE_CALLS
    log = settings.state_dir / "engine.log"
    async with AsyncExitStack() as stack:
        stack.enter_context(_on_the_other_cores(order.core))
        if order.parts is LoadParts.BENCH:
            local = await stack.enter_async_context(phone.bench_carrier())
            engine = await stack.enter_async_context(
                phone.bench_engine(settings, lines, log=log, core=order.core)
            )
            note = "Stub services and no database: stages, outcomes and transcripts are missing."
            yield _Stage(engine, local, None, None, (note,))
            return
        providers = None
        extra = {"STRIPE_API_KEY": "", "LOG_LEVEL": "WARNING"}
        if order.parts is LoadParts.EMULATED:
            providers = await stack.enter_async_context(
                emulated_providers(phone.FIXTURES / "manifest.toml", order.folders, order.faults)
            )
            extra |= {**providers.settings, **_names(*_VENDORS)}
        elif order.parts is LoadParts.OFFLINE:
            extra |= _names(*_keyless(business))
        else:
            chosen(settings, business)  # what the owner can mend is said before anything starts
        # Of the simulated carrier's leads nobody picks up, and callers would wait them out.
        settings = settings.model_copy(update={"max_calls": lines, "hand_off": "cold"})
        notices().print("Starting PostgreSQL ...")
        dsn = stack.enter_context(scratch.database(settings, keep=False))
        local = await stack.enter_async_context(phone.carrier())
        starting = "Starting the engine (the first start builds its language model)"
        async with waiting(notices(), starting):
            engine = await stack.enter_async_context(
                phone.running_engine(
                    settings, dsn, local, log=log, core=order.core, providers=extra
                )
            )
        store = await stack.enter_async_context(PostgresStore(dsn).opened())
        yield _Stage(engine, local, store, providers)


_VENDORS = ("deepgram", "openai", "cartesia")


def _keyless(business: Business) -> tuple[str, str, str]:
    """The shipped recogniser, dialogue and voice that are used without a key."""
    names = Registry(offline_voice=business.voice.offline_voice).keyless().names
    return names["stt"], names["llm"], names["tts"]


def _names(stt: str, llm: str, tts: str) -> dict[str, str]:
    """Settings that choose providers, whatever keys there are."""
    return {
        "STT_PROVIDER": stt,
        "LLM_PROVIDER": llm,
        "TTS_PROVIDER": tts,
        "SPEECH_TO_SPEECH_PROVIDER": "",
    }


@asynccontextmanager
async def _elsewhere(settings: Settings, order: LoadOrder) -> AsyncIterator[_Stage]:
    """A server that runs already."""
    engine = await phone.engine_at(order.url)
    moving = sorted({"Twilio", "Stripe"} & set(engine.parts.values()))
    if moving and not order.real:
        problem = f"That server works with {' and '.join(moving)}: a load test would send real"
        problem += " texts or make real payment pages. Start one without those keys, or add --real."
        raise OwnerFixable("loadtest.real", problem, where=order.url)
    async with phone.carrier_of(settings, order.url) as local, AsyncExitStack() as stack:
        notes, store = [], None
        try:
            dsn = await asyncio.to_thread(database_for, settings)
            store = await stack.enter_async_context(PostgresStore(dsn).opened())
        except VoiceAgentError as error:
            notes.append(f"The engine's own figures are missing: {error}")
        if not engine.parts:
            notes.append("The server did not say what its parts are.")
        yield _Stage(engine, local, store, None, tuple(notes))


@asynccontextmanager
async def _faults(order: LoadOrder, stage: _Stage) -> AsyncIterator[None]:
    """Lets faults happen at their times while the calls go on."""
    if stage.providers is not None:
        stage.providers.begin()

    async def of_the_carrier() -> None:
        passed_s = 0.0
        for one in sorted(order.faults, key=lambda fault: fault.at_s):
            if one.part is FaultyPart.CARRIER:
                await asyncio.sleep(one.at_s - passed_s)
                passed_s = one.at_s
                fault = RestFault(FaultKind(one.name), times=one.times)
                stage.local.emulator.faults.append(fault)

    async with asyncio.TaskGroup() as tasks:
        happening = tasks.create_task(of_the_carrier())
        try:
            yield
        finally:
            happening.cancel()


async def _asked(
    store: PostgresStore, calls: Sequence[CallResult], notes: list[str]
) -> tuple[CallResult, ...]:
    """The calls with what the engine keeps of them, once they have settled."""
    known: dict[str, EngineView] = {}

    async def look(sids: Sequence[str]) -> Mapping[str, EngineView]:
        known.update(await engine_side(store, sids))
        return known

    found = await with_engine_side(calls, look)
    if missing := len(calls) - len(known):
        notes.append(f"The engine's database knows nothing of {missing} of {len(calls)} calls.")
    return found


def _result(
    order: LoadOrder,
    stage: _Stage,
    business: Business,
    calls: Sequence[CallResult],
    began: datetime,
    took: tuple[float, CpuTimes],
    struck: Mapping[str, int],
    notes: list[str],
) -> RunResult:
    """The record; `took` is the run's length, seconds, and its processor time."""
    seconds, cpu_times = took
    calls = tuple(sorted(calls, key=lambda call: call.number))
    found = spreads(calls)
    counted = counts(calls, cpu_s=cpu_times, seconds=seconds)
    if counted["late_frames_percent"] > VOID_PERCENT:
        notes.append(
            f"This run is void: its own callers were late with {counted['late_frames_percent']:g} %"
            " of their frames, so latencies say nothing. Use fewer calls, or another machine."
        )
    return RunResult(
        began_at=began.isoformat(timespec="seconds"),
        machine=f"{platform.machine()}, {os.cpu_count()} processors,"
        f" Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end",
        command=order.command,
        target=Target(
            url=Veil().over(stage.engine.url),
            business=business.name,
            started_by_us=not order.url,
            parts=dict(stage.engine.parts) or {"all": f"{order.parts.value}"},
        ),
        lines=order.plan.lines,
        ramp_s=order.plan.ramp_s,
        seconds=round(seconds, 1),
        seed=order.seed,
        injected=tuple(_injected(order, stage, struck)),
        spreads=found,
        counts=counted,
        budgets=judged(order.budgets, found, counted),
        notes=tuple(notes),
        calls=calls,
    )


def _injected(order: LoadOrder, stage: _Stage, struck: Mapping[str, int]) -> list[Injected]:
    """What was done on purpose."""
    network, manners = order.network, order.cast.manners
    always = {
        "barge-ins": f"{manners.barge_ins:.0%} of the turns" if manners.barge_ins else "",
        "noise": order.noise,
        "keys": manners.keys,
        "jitter": f"{network.jitter_ms:g} ms on average" if network.jitter_ms else "",
        "loss": f"{network.loss:.1%} of frames, {network.burst:g} in a row" if network.loss else "",
    }
    found = [
        Injected(what=what, detail=detail, at_s=None, times=None)
        for what, detail in always.items()
        if detail
    ]
    left = {id(fault): fault.times or 0 for fault in stage.local.emulator.faults}
    carrier = iter(stage.local.emulator.faults)
    for one in sorted(order.faults, key=lambda fault: fault.at_s):
        if one.part is FaultyPart.CARRIER:
            fault = next(carrier, None)
            times = 0 if fault is None else one.times - left[id(fault)]
        else:
            times = struck.get(str(one), 0)
        what = f"{one.part}: {one.name}"
        found.append(
            Injected(what=what, detail=f"up to {one.times} times", at_s=one.at_s, times=times)
        )
    return found
