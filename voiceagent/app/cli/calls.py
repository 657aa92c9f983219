"""The ``demo`` and ``call`` commands."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from loadtest.simulator.report import CarrierEvent, EventKind
from loadtest.simulator.script import CallerScript, ScriptError
from pipelines.providers.registry import Chosen
from voiceagent.app.cli import last_call, phone, scratch
from voiceagent.app.cli.options import (
    DEMO_NOW,
    BusinessFile,
    CallerNumber,
    Json,
    Keep,
    Now,
    notices,
    server_url,
    settings_from,
    terminal,
)
from voiceagent.app.cli.progress import waiting, words_as_spoken
from voiceagent.app.cli.render import print_result, print_transcript, print_waterfall
from voiceagent.app.cloud_parts import cloud_parts
from voiceagent.app.composition import database_for
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.providers import chosen
from voiceagent.app.recording_file import recording_folder
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.store import PostgresStore

REFERENCE = phone.FIXTURES / "reference"

Record = Annotated[
    Path | None,
    typer.Option("--record", help="Where to write the call: stereo WAV, caller left, agent right."),
]


Core = Annotated[
    int | None,
    typer.Option(
        help="Pin the engine and its helpers to this processor, for measurements.",
        min=0,
        max=(os.cpu_count() or 1) - 1,
    ),
]


class Parts(StrEnum):
    """What hears, answers and speaks in a demonstration."""

    CONFIGURED = "configured"
    CLOUD = "cloud"
    CLOUD_FLUX = "cloud-flux"

    @property
    def recogniser(self) -> str:
        """The provider among the emulated ones; empty where none is emulated."""
        return {Parts.CLOUD: "deepgram", Parts.CLOUD_FLUX: "deepgram-flux"}.get(self, "")


class EmulatedDelays(StrEnum):
    """How long emulated providers take; see `loadtest.simulator.providers.latency`."""

    NONE = "none"
    TWILIO = "twilio"


def demo(
    voice: Annotated[str, typer.Option(help="Caller's voice, a folder of recordings.")] = "slt",
    business: BusinessFile = None,
    now: Now = DEMO_NOW,
    json: Json = False,
    keep: Keep = False,
    caller: CallerNumber = "+15551230000",
    record: Record = None,
    core: Core = None,
    parts: Annotated[
        Parts,
        typer.Option(
            help="What hears, answers and speaks: what the settings choose, or Deepgram (or its "
            "Flux), OpenAI and Cartesia, emulated on this machine."
        ),
    ] = Parts.CONFIGURED,
    delays: Annotated[
        EmulatedDelays,
        typer.Option(help="With --parts cloud: how long they take; twilio is as hosted ones do."),
    ] = EmulatedDelays.NONE,
) -> None:
    """Start the engine, phone it with the recorded reference call, and show what came of it.

    Needs no keys. On a terminal the console stays open until Ctrl-C.
    """
    if delays is not EmulatedDelays.NONE and parts is Parts.CONFIGURED:
        raise typer.BadParameter("Only emulated providers take --delays; add --parts cloud.")
    folder = REFERENCE / voice
    files = sorted(folder.glob("*.wav"))
    if not files:
        voices = ", ".join(sorted(p.name for p in REFERENCE.iterdir() if p.is_dir()))
        raise typer.BadParameter(f"no recordings of {voice!r}; there are: {voices}")
    settings = settings_from(business, now)
    stay = sys.stdin.isatty() and sys.stdout.isatty() and not json
    plan = _Plan(
        files,
        caller=caller,
        json=json,
        keep=keep,
        record=record,
        stay=stay,
        core=core,
        emulated=_Emulated(parts.recogniser, delays) if parts.recogniser else None,
    )
    _run(settings, plan)


def call(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings, each one caller turn.", exists=True, dir_okay=False, readable=True
        ),
    ],
    business: BusinessFile = None,
    now: Now = None,
    json: Json = False,
    keep: Keep = False,
    caller: CallerNumber = "+15551230000",
    record: Record = None,
    core: Core = None,
    url: Annotated[
        str,
        typer.Option(
            help="Phone a server that runs already (`serve`), e.g. http://127.0.0.1:8080.",
            callback=server_url,
        ),
    ] = "",
) -> None:
    """Phone the engine with recordings, each played when the agent has fallen silent.

    With --url no engine is started: the call goes to your server, from a local carrier that signs
    with the account of these settings, and stays in its console.
    """
    settings = settings_from(business, now)
    plan = _Plan(files, caller=caller, json=json, keep=keep, record=record, stay=False, core=core)
    if url:
        _run_elsewhere(settings, plan, url.rstrip("/"))
    else:
        _run(settings, plan)


@dataclass(frozen=True, slots=True)
class _Emulated:
    """How providers are emulated."""

    recogniser: str
    delays: EmulatedDelays


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What one command was asked to do; `emulated` when providers are to be."""

    files: Sequence[Path] = field(kw_only=False)
    caller: str
    json: bool
    keep: bool
    record: Path | None
    stay: bool
    core: int | None
    emulated: _Emulated | None = None


def _run(settings: Settings, plan: _Plan) -> None:
    set_up_logs("WARNING", settings.secrets())
    script = _script(plan)
    business = load_business(settings.business)
    if plan.emulated is None:
        parts = chosen(settings, business)  # what the owner can mend is said before anything starts
        notices().print(_who_serves(parts, named=bool(settings.stt_provider)))
    notices().print("Starting PostgreSQL ...")
    with scratch.database(settings, keep=plan.keep) as dsn:
        asyncio.run(_phone(settings.with_database(dsn), business, script, plan))


def _who_serves(parts: Chosen, *, named: bool) -> str:
    """Who hears and who speaks, and what the owner may like to know of them."""
    if parts.stt is None or parts.tts is None:
        return ", ".join(parts.names.values())
    said = f"{parts.stt.name} hears, {parts.tts.name} speaks."
    return f"{said} {parts.stt.unasked}." if parts.stt.unasked and not named else said


def _run_elsewhere(settings: Settings, plan: _Plan, url: str) -> None:
    set_up_logs("WARNING", settings.secrets())
    script = _script(plan)
    business = load_business(settings.business)
    asyncio.run(_phone_elsewhere(settings, business, script, plan, url))


def _script(plan: _Plan) -> CallerScript:
    try:
        return phone.script_from(plan.files)
    except (ScriptError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


async def _phone(settings: Settings, business: Business, script: CallerScript, plan: _Plan) -> None:
    progress = notices()
    dsn = settings.database_url.get_secret_value()
    log = settings.state_dir / "engine.log"
    async with AsyncExitStack() as stack:
        local = await stack.enter_async_context(phone.carrier())
        providers = await _emulators(settings, plan, stack)
        starting = "Starting the engine (the first start builds its language model)"
        async with waiting(progress, starting):
            engine = await stack.enter_async_context(
                phone.running_engine(
                    settings, dsn, local, log=log, core=plan.core, providers=providers
                )
            )
        store = await stack.enter_async_context(PostgresStore(dsn).opened())
        await _place(settings, business, script, plan, engine, local, store)
        if not plan.json:
            terminal().print(f"Engine log: {log}")
        if plan.stay:
            terminal().print(f"\nConsole: [link]{engine.url}/console[/link]")
            terminal().print(f"Phone:   [link]{engine.url}/phone[/link]   (Ctrl-C ends)")
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()


async def _emulators(
    settings: Settings, plan: _Plan, stack: AsyncExitStack
) -> Mapping[str, str] | None:
    """Settings that send the engine to emulated providers, which serve while the stack is open."""
    if plan.emulated is None:
        return None
    log = settings.state_dir / "emulators.log"
    async with waiting(notices(), "Starting the emulated Deepgram, OpenAI and Cartesia"):
        how = plan.emulated
        parts = cloud_parts(how.recogniser, how.delays, log=log)
        return await stack.enter_async_context(parts)


async def _phone_elsewhere(
    settings: Settings, business: Business, script: CallerScript, plan: _Plan, url: str
) -> None:
    async with AsyncExitStack() as stack:
        engine = await phone.engine_at(url)
        local = await stack.enter_async_context(phone.carrier_of(settings, url))
        dsn = await asyncio.to_thread(database_for, settings)
        store = await stack.enter_async_context(PostgresStore(dsn).opened())
        await _place(settings, business, script, plan, engine, local, store)
        if not plan.json:
            terminal().print(f"Console: [link]{url}/console[/link]")
            terminal().print(f"Phone:   [link]{url}/phone[/link]")


async def _place(
    settings: Settings,
    business: Business,
    script: CallerScript,
    plan: _Plan,
    engine: phone.RunningEngine,
    local: phone.LocalCarrier,
    store: PostgresStore,
) -> None:
    """Place the call, show it while it goes on, and then what came of it."""
    progress, console = notices(), terminal()
    recording = plan.record or last_call.place_for(plan.caller, recording_folder(settings).path)
    progress.print(f"Phoning {business.name} at {engine.url} ...")
    async with words_as_spoken(store.history, progress) as show_words_of:
        done = await phone.phone(
            engine,
            local,
            store,
            business,
            script,
            caller=plan.caller,
            record_to=recording,
            on_event=_shower(progress, show_words_of),
        )
    if plan.record is None:
        recording = last_call.named_after(done.report.call_sid, recording)
    if done.report.failure:
        progress.print(f"[red]The call did not go as scripted: {escape(done.report.failure)}[/]")
    if plan.json:
        print(done.result.model_dump_json())  # noqa: T201 - the command's result
    else:
        print_transcript(console, done.history)
        print_result(console, done.result)
        print_waterfall(console, done.history)
        wire = ", ".join(f"{v:.0f}" for v in done.report.v2v_ms)
        console.print(f"Voice-to-voice on the wire, ms: {wire}")
        console.print(f"Recording: {recording}")
    if done.report.failure:
        raise typer.Exit(1)


_SHOWN = {
    EventKind.CALLER_STARTED: "caller speaks",
    EventKind.AGENT_STARTED: "agent speaks",
    EventKind.CLEARED: "agent cut off",
    EventKind.KEY_PRESSED: "caller presses",
    EventKind.TRANSFERRED: "transferred",
    EventKind.ON_HOLD: "on hold",
    EventKind.CONNECTED: "connected to a person",
    EventKind.ENDED: "call ended",
}


def _shower(
    progress: Console, show_words_of: Callable[[str], None]
) -> Callable[[CarrierEvent], None]:
    """Print what happens on the line while it happens."""

    def show(event: CarrierEvent) -> None:
        show_words_of(event.call_sid)
        if (words := _SHOWN.get(event.kind)) is not None:
            progress.print(f"[dim]{event.at_s:6.1f} s  {words} {event.text}[/]")

    return show
