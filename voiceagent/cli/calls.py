"""The ``demo`` and ``call`` commands."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from loadtest.simulator.report import CarrierEvent, EventKind
from loadtest.simulator.script import CallerScript, ScriptError
from voiceagent.business import Business
from voiceagent.business_file import load_business
from voiceagent.cli import phone, scratch
from voiceagent.cli.options import (
    DEMO_NOW,
    BusinessFile,
    CallerNumber,
    Json,
    Keep,
    Now,
    fail,
    notices,
    settings_from,
    terminal,
)
from voiceagent.cli.render import print_result, print_transcript, print_waterfall
from voiceagent.errors import VoiceAgentError
from voiceagent.ops.logs import set_up_logs
from voiceagent.settings import Settings
from voiceagent.store import PostgresStore

REFERENCE = phone.FIXTURES / "reference"

Record = Annotated[
    Path | None,
    typer.Option("--record", help="Where to write the call: stereo WAV, caller left, agent right."),
]


Core = Annotated[
    int | None,
    typer.Option(help="Pin the engine and its helpers to this processor, for measurements."),
]


def demo(
    voice: Annotated[str, typer.Option(help="Caller's voice, a folder of recordings.")] = "slt",
    business: BusinessFile = None,
    now: Now = DEMO_NOW,
    json: Json = False,
    keep: Keep = False,
    caller: CallerNumber = "+15551230000",
    record: Record = None,
    core: Core = None,
) -> None:
    """Start the engine, phone it with the recorded reference call, and show what came of it.

    Needs no keys. On a terminal the console stays open until Ctrl-C.
    """
    folder = REFERENCE / voice
    files = sorted(folder.glob("*.wav"))
    if not files:
        voices = ", ".join(sorted(p.name for p in REFERENCE.iterdir() if p.is_dir()))
        raise typer.BadParameter(f"no recordings of {voice!r}; there are: {voices}")
    settings = settings_from(business, now)
    stay = sys.stdin.isatty() and sys.stdout.isatty() and not json
    plan = _Plan(files, caller=caller, json=json, keep=keep, record=record, stay=stay, core=core)
    _run(settings, plan)


def call(
    files: Annotated[
        list[Path],
        typer.Argument(help="Recordings, each one caller turn.", exists=True, dir_okay=False),
    ],
    business: BusinessFile = None,
    now: Now = None,
    json: Json = False,
    keep: Keep = False,
    caller: CallerNumber = "+15551230000",
    record: Record = None,
    core: Core = None,
) -> None:
    """Phone the engine with recordings (WAV), each played when the agent has fallen silent."""
    settings = settings_from(business, now)
    plan = _Plan(files, caller=caller, json=json, keep=keep, record=record, stay=False, core=core)
    _run(settings, plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What one command was asked to do."""

    files: Sequence[Path] = field(kw_only=False)
    caller: str
    json: bool
    keep: bool
    record: Path | None
    stay: bool
    core: int | None


def _run(settings: Settings, plan: _Plan) -> None:
    set_up_logs("WARNING")
    progress = notices()
    try:
        script = phone.script_from(plan.files)
        business = load_business(settings.business)
        progress.print("Starting PostgreSQL ...")
        with scratch.database(settings, keep=plan.keep) as dsn:
            own = settings.model_copy(update={"database_url": dsn})
            asyncio.run(_phone(own, business, script, plan))
    except (ScriptError, OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    except VoiceAgentError as error:
        fail(error)


async def _phone(settings: Settings, business: Business, script: CallerScript, plan: _Plan) -> None:
    progress, console = notices(), terminal()
    log = settings.state_dir / "engine.log"
    recording = plan.record or settings.state_dir / "last-call.wav"
    progress.print("Starting the engine (the first start builds its language model) ...")
    async with (
        phone.carrier() as local,
        phone.running_engine(
            settings, settings.database_url, local, log=log, core=plan.core
        ) as engine,
        PostgresStore(settings.database_url).opened() as store,
    ):
        progress.print(f"Phoning {business.name} at {engine.url} ...")
        done = await phone.phone(
            engine,
            local,
            store,
            business,
            script,
            caller=plan.caller,
            record_to=recording,
            on_event=_shower(progress),
        )
        if done.report.failure:
            progress.print(f"[red]The call did not go as scripted: {done.report.failure}[/]")
        if plan.json:
            print(done.result.model_dump_json())  # noqa: T201 - the command's result
            return
        print_transcript(console, done.history)
        print_result(console, done.result)
        print_waterfall(console, done.history)
        wire = ", ".join(f"{v:.0f}" for v in done.report.v2v_ms)
        console.print(f"Voice-to-voice on the wire, ms: {wire}")
        console.print(f"Recording: {recording}    engine log: {log}")
        if plan.stay:
            console.print(f"\nConsole: [link]{engine.url}/console[/link]   (Ctrl-C ends)")
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()


_SHOWN = {
    EventKind.CALLER_STARTED: "caller speaks",
    EventKind.AGENT_STARTED: "agent speaks",
    EventKind.CLEARED: "agent cut off",
    EventKind.KEY_PRESSED: "caller presses",
    EventKind.TRANSFERRED: "transferred",
    EventKind.ENDED: "call ended",
}


def _shower(progress: Console) -> Callable[[CarrierEvent], None]:
    """Print what happens on the line while it happens."""

    def show(event: CarrierEvent) -> None:
        if (words := _SHOWN.get(event.kind)) is not None:
            progress.print(f"[dim]{event.at_s:6.1f} s  {words} {event.text}[/]")

    return show
