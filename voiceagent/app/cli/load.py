"""The ``loadtest`` command: what is asked for, checked before anything starts."""

from __future__ import annotations

import asyncio
import random
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voiceagent.app.cli import phone
from voiceagent.app.cli.failures import INTERRUPTED
from voiceagent.app.cli.options import BusinessFile, Now, notices, server_url, settings_from
from voiceagent.app.ops.logs import Veil, set_up_logs

if TYPE_CHECKING:
    from loadtest.replay.callers import Cast, RecordedCaller
    from loadtest.simulator.background import Background

NOISES = phone.FIXTURES / "noise"
USUAL = ("quote", "hours")
"""Groups of recordings that are called with by default: they take up no technician's time, so the
hundredth caller is served as the first one was."""

BLOWN = 1
"""Exit code when a budget was blown."""


def loadtest(
    calls: Annotated[int, typer.Option(help="Calls at one time.", min=1, max=1000)] = 5,
    seconds: Annotated[
        float | None, typer.Option(help="Keep calling for so long.", min=1, max=86400)
    ] = None,
    total: Annotated[
        int | None, typer.Option(help="Calls in all; by default each line calls once.", min=1)
    ] = None,
    ramp: Annotated[
        float | None, typer.Option(help="Seconds over which the lines begin.", min=0)
    ] = None,
    recordings: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of your own recordings, one a turn; or of such folders."),
    ] = None,
    script: Annotated[
        Path | None, typer.Option(help="Script file (TOML): callers step by step.")
    ] = None,
    url: Annotated[
        str,
        typer.Option(
            help="Phone a server that runs already, e.g. http://127.0.0.1:8080.",
            callback=server_url,
        ),
    ] = "",
    parts: Annotated[
        str,
        typer.Option(
            help="Of the engine that is started: offline, emulated (providers with faults), bench"
            " (stub services), configured (your keys; they are paid for)."
        ),
    ] = "offline",
    report: Annotated[
        Path | None, typer.Option(help="Folder for report.html and report.json.")
    ] = None,
    budget: Annotated[
        list[str] | None, typer.Option(help="At most, e.g. v2v_p95_ms=800 or failed_calls=0.")
    ] = None,
    budgets: Annotated[
        Path | None, typer.Option(help="Budgets in a TOML file, table [budgets].")
    ] = None,
    barge_ins: Annotated[
        float, typer.Option(help="Share of turns that interrupt the agent.", min=0, max=1)
    ] = 0.0,
    noise: Annotated[
        str,
        typer.Option(help="Noise behind callers: a file, or car_horn, dog_bark, engine_idling, …"),
    ] = "",
    snr: Annotated[float, typer.Option(help="Speech over that noise, dB.")] = 15.0,
    jitter: Annotated[float, typer.Option(help="Mean delay of callers' frames, ms.", min=0)] = 0.0,
    loss: Annotated[
        float, typer.Option(help="Frames of callers that are lost, percent.", min=0, max=50)
    ] = 0.0,
    burst: Annotated[float, typer.Option(help="Frames lost in a row, on average.", min=1)] = 1.0,
    keys: Annotated[str, typer.Option(help="Keys that callers press at the end, e.g. 0.")] = "",
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="Let a fault happen: PART=NAME[:MOMENT][@SECONDS][xTIMES], e.g. llm=reset@20x3."
        ),
    ] = None,
    hang_up: Annotated[
        bool, typer.Option(help="Callers hang up after their last answer, whatever the agent does.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Repeat a run's chances.", min=0)] = None,
    longest: Annotated[
        float, typer.Option(help="Seconds after which a call is ended, as failed.", min=10)
    ] = 300.0,
    core: Annotated[
        int | None,
        typer.Option(
            help="Pin the engine that is started to this processor, all else to the others.", min=0
        ),
    ] = None,
    real: Annotated[
        bool, typer.Option("--real", help="Also where texts and payments are real.")
    ] = False,
    business: BusinessFile = None,
    now: Now = None,
) -> None:
    """Replay recorded calls, many at once, and judge what came of it.

    Writes report.html, which needs nothing else to be looked at, and report.json. Exit code 1 when
    a budget was blown, 130 when it was stopped before its end: what was measured is written.
    """
    from loadtest.replay import budgets as limits  # noqa: PLC0415 - the engine serves without it
    from loadtest.replay.callers import Cast, Manners  # noqa: PLC0415 - as above
    from loadtest.replay.faults import PlannedFault  # noqa: PLC0415 - as above
    from loadtest.replay.schedule import LoadPlan  # noqa: PLC0415 - as above
    from loadtest.simulator.network import NetworkSpec  # noqa: PLC0415 - as above
    from voiceagent.app.cli.load_run import LoadOrder, LoadParts, run  # noqa: PLC0415 - as above

    settings = settings_from(business, now)
    set_up_logs("WARNING", settings.secrets())
    if parts not in set(LoadParts):
        raise typer.BadParameter(", ".join(LoadParts), param_hint="--parts")
    if seconds is None and total is None:
        total = calls
    try:
        wanted = [limits.from_flag(text) for text in budget or ()]
        if budgets is not None:
            wanted += limits.from_file(budgets)
        stubs = parts == LoadParts.BENCH and not url  # they neither greet nor hang up
        manners = Manners(barge_ins, keys, hang_up=hang_up or stubs, speak_first=stubs)
        cast = Cast(_callers(recordings or (), script), manners)
        if noise:
            cast = _before_noise(cast, noise, snr)
        order = LoadOrder(
            plan=LoadPlan(calls, min(10.0, calls / 4) if ramp is None else ramp, seconds, total),
            cast=cast,
            network=NetworkSpec(jitter, loss / 100, burst),
            faults=tuple(PlannedFault.read(text) for text in fault or ()),
            folders=tuple(recordings or ()),
            budgets=tuple(wanted),
            parts=LoadParts(parts),
            url=url.rstrip("/"),
            folder=report or _usual_folder(settings.state_dir),
            seed=random.SystemRandom().randrange(10_000) if seed is None else seed,
            longest_s=longest,
            core=core,
            real=real,
            noise=f"{noise}, speech {snr:g} dB above it" if noise else "",
            command=Veil(settings.secrets()).over(shlex.join(["./run", *sys.argv[1:]])),
        )
        order.check()
        cast.script(0, 0)
    except ValueError as error:  # callers, faults, budgets and plans that cannot be
        raise typer.BadParameter(str(error)) from error
    result, page = asyncio.run(run(settings, order))
    progress = notices()
    for one in result.budgets:
        progress.print(one.sentence, markup=False, soft_wrap=True)
    progress.print(f"Report: {page}", markup=False, soft_wrap=True)
    if result.cut_short:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(0 if result.kept else BLOWN)


def _usual_folder(state_dir: Path) -> Path:
    state_dir.mkdir(parents=True, exist_ok=True)
    return state_dir / "loadtest"


def _callers(folders: Sequence[Path], script: Path | None) -> tuple[RecordedCaller, ...]:
    """Those that were asked for; else the usual ones."""
    from loadtest.replay.callers import KnownSounds, from_folder, from_script  # noqa: PLC0415

    known = KnownSounds.read(phone.FIXTURES / "manifest.toml")
    found = [caller for folder in folders for caller in from_folder(folder, known)]
    if script is not None:
        found += from_script(script, known)
    if not found:
        usual = [phone.FIXTURES / one for one in USUAL if (phone.FIXTURES / one).is_dir()]
        for folder in usual or [phone.FIXTURES / "reference"]:
            found += from_folder(folder, known)
    return tuple(found)


def _before_noise(cast: Cast, noise: str, snr_db: float) -> Cast:
    manners = replace(cast.manners, background=_background(cast, noise, snr_db))
    return replace(cast, manners=manners)


def _background(cast: Cast, noise: str, snr_db: float) -> Background:
    from loadtest.replay.callers import CallersError  # noqa: PLC0415
    from loadtest.simulator import wav  # noqa: PLC0415
    from loadtest.simulator.background import Background  # noqa: PLC0415

    path = Path(noise) if Path(noise).is_file() else NOISES / f"{noise}.wav"
    try:
        speech = [one for caller in cast.callers for one in caller.recordings]
        return Background.at_snr(wav.read(path), speech, snr_db)
    except OSError as error:
        known = ", ".join(sorted(one.stem for one in NOISES.glob("*.wav")))
        raise CallersError(f"{noise}: no such noise; there are {known}") from error
    except ValueError as error:
        raise CallersError(f"{noise}: {error}") from error
