"""The ``serve``, ``doctor`` and ``db`` commands."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop
from loguru import logger

from voiceagent.app.cli.failures import INTERRUPTED, command
from voiceagent.app.cli.options import (
    BusinessFile,
    Json,
    Now,
    notices,
    settings_from,
    terminal,
)
from voiceagent.app.composition import database_for, engine
from voiceagent.app.installation import access_for, password_file
from voiceagent.app.ops.logs import LogLevel, set_up_logs
from voiceagent.app.reception import listen
from voiceagent.app.settings import Settings
from voiceagent.app.settings_check import check_settings
from voiceagent.app.sole_server import sole_server
from voiceagent.app.workers import serve_workers
from voiceagent.domain.business_file import load_business
from voiceagent.store.databases import migrate
from voiceagent.store.dsn import Dsn
from voiceagent.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from loadtest.bench.server.call_manager import BenchOptions
    from voiceagent.app.cli.findings import DoctorReport

db = typer.Typer(help="The database.", no_args_is_help=True)


def serve(
    business: BusinessFile = None,
    now: Now = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes that share the port, each with its own calls.", min=1, max=64),
    ] = None,
    bench: Annotated[
        bool,
        typer.Option("--bench", help="For measurements: loopback, stub services, no database."),
    ] = False,
    turns: Annotated[
        str, typer.Option(help="With --bench, what ends a turn: words, voice, model or patience.")
    ] = "words",
    delays: Annotated[
        str, typer.Option(help="With --bench, how long the stubs take: fixed or providers.")
    ] = "fixed",
    ahead: Annotated[
        bool, typer.Option(help="With --bench, whether answers are made ahead.")
    ] = True,
    places: Annotated[
        int | None,
        typer.Option(help="With --bench: callers ring first, and so many are let in.", min=1),
    ] = None,
    providers: Annotated[
        str, typer.Option(help="With --bench: address of a stub provider, instead of stubs inside.")
    ] = "",
) -> None:
    """Answer calls until stopped. SIGTERM lets live calls finish."""
    settings = settings_from(business, now, port)
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    level = "WARNING" if bench else settings.log_level
    logs = set_up_logs(level, settings.secrets(), as_json=settings.log_format == "json")
    if bench:
        options = _bench_options(turns, delays, ahead, places, providers)
        uvloop.run(_serve_bench(settings, options, ring=places is not None))
        return
    check_settings(settings)  # what the owner can mend is said before anything starts
    if settings.door_fd is None:
        listen(settings.host, settings.port).close()
    with sole_server(settings):
        if settings.workers > 1 and settings.door_fd is None:
            stopped_by = uvloop.run(serve_workers(settings, ready=_ready(settings)))
        else:
            stopped_by = uvloop.run(_serve(settings, logs))
    if stopped_by is signal.SIGINT:
        raise typer.Exit(INTERRUPTED)


def _bench_options(
    turns: str, delays: str, ahead: bool, places: int | None, providers: str
) -> BenchOptions:
    from loadtest.bench.server.call_manager import LINES, BenchOptions, TurnPolicy  # noqa: PLC0415
    from loadtest.bench.server.stub_speech import DELAYS  # noqa: PLC0415 - as below

    try:
        policy = TurnPolicy(turns)
    except ValueError as error:
        raise typer.BadParameter(", ".join(TurnPolicy), param_hint="--turns") from error
    if delays not in DELAYS:
        raise typer.BadParameter(" or ".join(DELAYS), param_hint="--delays")
    return BenchOptions(policy, DELAYS[delays], ahead, places or LINES, providers)


async def _serve_bench(settings: Settings, options: BenchOptions, *, ring: bool) -> None:
    from loadtest.bench.server.door import ringing  # noqa: PLC0415 - as below
    from loadtest.bench.server.serving import open_door  # noqa: PLC0415
    from loadtest.bench.server.serving import serve as run_bench  # noqa: PLC0415

    def ready(url: str) -> None:
        notices().print(f"bench server at {url}")

    business = load_business(settings.business)
    await run_bench(
        business,
        port=settings.port,
        options=options,
        ready=ready,
        door=ringing(business, settings.port) if ring else open_door,
    )


async def _serve(settings: Settings, logs: LogLevel) -> signal.Signals | None:
    # Imported here: it loads pipecat and the models, which no other command here needs.
    from voiceagent.app.server import serve as run_server  # noqa: PLC0415

    async with engine(settings) as parts:
        ready = _ready(settings) if settings.door_fd is None else _worker_ready
        return await run_server(parts, ready=ready, logs=logs)


def _ready(settings: Settings) -> Callable[[str], None]:
    """Says where calls are answered, who may look, and what to try next."""
    access, _ = access_for(settings)
    password = (
        "CONSOLE_PASSWORD"
        if settings.console_password.get_secret_value()
        else f"the password in {password_file(settings)}"
    )
    here = f"http://{settings.host}:{settings.port}"

    def say(url: str) -> None:
        lines = [f"voiceagent answers at {url}"]
        if access.trusts_this_machine:
            lines.append(f"console: {here}/console, open to this machine; whoever comes through a")
            lines.append(f"         proxy signs in with {password}")
            lines.append(f"phone:   {here}/phone, to talk to it from this browser")
        else:
            lines.append(f"console: {url}/console, after signing in with {password}")
            lines.append(f"phone:   {url}/phone, to talk to it from a browser (over https)")
            if not settings.metrics_token.get_secret_value():
                lines.append("figures: /metrics and /stats are closed until METRICS_TOKEN is set")
        if not settings.has_twilio:
            lines.append(f"try it:  ./run call --url {url} audio_fixtures/reference/slt/*.wav")
        notices().print("\n".join(lines), markup=False, soft_wrap=True)

    return say


def _worker_ready(url: str) -> None:
    logger.info("worker.ready: behind the door of {}", url)


@db.command("migrate")
@command
def db_migrate() -> None:
    """Bring the schema up to date; starts the embedded server when none is configured."""
    settings = settings_from()
    given = settings.database_url.get_secret_value()
    count = migrate(given or EmbeddedPostgres(settings.state_dir).start())
    terminal().print(f"{count} migrations applied; the schema is up to date.")


@db.command("stop")
@command
def db_stop() -> None:
    """Stop the embedded server."""
    settings = settings_from()
    if settings.has_database:
        notices().print("DATABASE_URL is set: that server is not ours to stop.")
        raise typer.Exit(2)
    stopped = EmbeddedPostgres(settings.state_dir).stop()
    terminal().print("Stopped." if stopped else "It was not running.")


@db.command("shell")
@command
def db_shell() -> None:
    """Open psql on the engine's database."""
    settings = settings_from()
    psql = shutil.which("psql")
    argument, environment = Dsn.read(database_for(settings)).for_psql()
    if psql is None:
        text = f"psql is not installed. The database is at {argument} (its password is left out)"
        notices().print(text, markup=False, soft_wrap=True)
        raise typer.Exit(2)
    # The password goes by the environment: arguments are seen by everybody on the machine.
    done = subprocess.run([psql, argument], check=False, env=os.environ | environment)  # noqa: S603
    raise typer.Exit(done.returncode)


def doctor(
    business: BusinessFile = None,
    json: Json = False,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            help="Judge the settings alone: no network, no database, nothing started or written.",
        ),
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--live",
            "--all",
            help="Try every part for real, with its time: also those that run here and need no key,"
            " those that take over where another fails, and the engine that is running.",
        ),
    ] = False,
) -> None:
    """Say what each part uses, try it once, and say what is wrong and what to do about it.

    Each part with a key has one real exchange, timed; with --live every part has. Exit code 1 when
    something is wrong. Whatever serve would refuse is wrong, with --offline too.
    """
    from voiceagent.app.cli.doctor import examine, with_exchanges  # noqa: PLC0415
    from voiceagent.app.cli.findings import print_findings  # noqa: PLC0415

    settings = settings_from(business)
    set_up_logs("CRITICAL", settings.secrets())  # what goes wrong is a finding
    progress = notices()

    async def look() -> DoctorReport:
        found = await examine(settings, offline=offline)
        if offline:
            return found
        return await with_exchanges(
            settings,
            found,
            everything=everything,
            tell=lambda text: progress.print(text, markup=False, soft_wrap=True),
        )

    report = asyncio.run(look())
    if json:
        print(report.model_dump_json())  # noqa: T201 - the command's result
    else:
        print_findings(terminal(), report)
    raise typer.Exit(0 if report.healthy else 1)
