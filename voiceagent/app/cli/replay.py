"""The ``replay`` command: a recorded call run again offline, and exported for a report."""

from __future__ import annotations

import json as json_text
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voiceagent.app.cli.options import Json, notices, settings_from, terminal
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.errors import OwnerFixable

if TYPE_CHECKING:
    from voiceagent.app.settings import Settings
    from voiceagent.incidents.replay import HeldAgainst, ReplayDifference

DIFFERS = 1
"""Exit code when something was decided otherwise than recorded."""


def replay(
    call: Annotated[
        str, typer.Argument(help="A call's id (ours or the carrier's), or the file of one.")
    ],
    export: Annotated[
        bool, typer.Option("--export", help="Write a file for a bug report, see --out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="With --export: where to; names and numbers are replaced.")
    ] = None,
    json: Json = False,
) -> None:
    """Run a recorded call again offline, and print where it decides otherwise.

    Calls are recorded while INCIDENT_RECORDING=on. Exit code 1 when there is a difference. With
    --export a copy without personal data is written, which replays as the call did.
    """
    from voiceagent.incidents import replay as again  # noqa: PLC0415 - the engine serves without it
    from voiceagent.incidents.recording import read  # noqa: PLC0415 - as above

    if export != (out is not None):
        raise typer.BadParameter("--export and --out go together.")
    settings = settings_from()
    set_up_logs("ERROR", settings.secrets())
    path = _file_of(call, settings)
    if out is not None:
        _export(path, out)
        path = out
    result = again.replay(read(path))
    if json:
        print(json_text.dumps({"file": str(path), **asdict(result)}))  # noqa: T201 - its result
    else:
        _print(result, path)
    raise typer.Exit(DIFFERS if result.differences else 0)


def _file_of(call: str, settings: Settings) -> Path:
    from voiceagent.app.incidents import incident_folder  # noqa: PLC0415 - as above

    if Path(call).is_file():
        return Path(call)
    folder = incident_folder(settings)
    if (found := folder.find(call)) is not None:
        return found
    kept = "" if settings.incident_recording == "on" else " Record calls by INCIDENT_RECORDING=on."
    raise OwnerFixable("replay.unknown", f"No recording of it in {folder.path}.{kept}", where=call)


def _export(path: Path, out: Path) -> None:
    from voiceagent.incidents.export import export  # noqa: PLC0415 - as above
    from voiceagent.incidents.recording import read, write  # noqa: PLC0415 - as above

    exported = export(read(path))
    out.write_bytes(write(exported.parts))
    for note in exported.notes:
        notices().print(note, markup=False)


def _print(result: HeldAgainst, path: Path) -> None:
    console = terminal()
    counted = f"{result.turns} turn decisions, {result.words} of the dialogue, {result.tools} tools"
    console.print(f"{path}: {counted}", markup=False, soft_wrap=True)
    if not result.whole:
        console.print("The recording was full before the call was over; the rest is not compared.")
    if not result.differences:
        console.print("All as recorded.")
        return
    console.print(f"\nFirst of {len(result.differences)} differences:")
    for number, one in enumerate(result.differences):
        if number == 1:
            console.print("\nThe others:")
        _print_one(one)


def _print_one(one: ReplayDifference) -> None:
    console = terminal()
    console.print(f"line {one.part}, {one.where}, after {one.place} decisions", markup=False)
    for mark, lines in (("- recorded ", one.recorded), ("+ now      ", one.replayed)):
        for line in lines:
            console.print(f"  {mark}{line}", markup=False, soft_wrap=True)
