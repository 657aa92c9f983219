"""``backup``, ``restore``, ``export`` and ``forget``: what is kept of calls, as a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from voiceagent.app.cli.options import BusinessFile, notices, settings_from, terminal
from voiceagent.app.composition import database_for
from voiceagent.app.incidents import incident_folder
from voiceagent.app.ops import recordings
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.privacy import check_database
from voiceagent.app.recording_file import recording_folder
from voiceagent.app.settings import Settings
from voiceagent.domain.business_file import load_business
from voiceagent.domain.mentions import SoughtNumber
from voiceagent.errors import OwnerFixable
from voiceagent.store import backup as backups
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.exporting import export as export_person
from voiceagent.store.forgetting import forget as forget_person

LEFT = 1
"""Exit code when something that the command does not touch still names the person."""


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
) -> None:
    """Write the whole database into one file, while calls go on.

    The file holds names, numbers, addresses and words of callers: keep it as you keep those.
    Recordings, keys and settings are files of their own and not in it.
    """
    settings = _settings()
    saved = backups.save(_database(settings), file)
    terminal().print(
        f"{saved.rows} rows of {len(saved.tables)} tables are in {file}.", soft_wrap=True
    )


def restore(
    file: Annotated[Path, typer.Argument(help="Of ./run backup.", exists=True, dir_okay=False)],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Throw away the calls that are in the database.")
    ] = False,
) -> None:
    """Bring the database to what a backup holds. No server may be running on it."""
    settings = _settings()
    check_database(settings)
    found = backups.restore(_database(settings), file, overwrite=overwrite)
    made = f"{found.made_at:%Y-%m-%d %H:%M} UTC"
    terminal().print(
        f"The database is as it was at {made}: {found.rows} rows of {len(found.tables)} tables.",
        soft_wrap=True,
    )


def forget(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Whose, e.g. +15551230000.")],
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Call off visits that are still to come.")
    ] = False,
    logs: Annotated[
        list[Path] | None,
        typer.Option(
            help="Also look for the number in these files and folders, and say where.", exists=True
        ),
    ] = None,
    business: BusinessFile = None,
) -> None:
    """Erase a customer: who they are and what they said, in tables, recordings and incidents.

    Figures stay: that there was a call and how it ended, what was booked and paid. Exit code 1 when
    a file that is not ours to change still has the number. Backups that were made before have it.
    """
    settings = settings_from(business)
    set_up_logs("WARNING", settings.secrets())
    try:
        sought = SoughtNumber.of(number)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="NUMBER") from None
    told = load_business(settings.business)
    if number in {told.phone, *(lead.phone for lead in told.escalation.leads)}:
        problem = "That is a number of the business itself, and on every call."
        raise OwnerFixable("forget.ours", problem, where=str(settings.business))
    outside = bool(settings.dispatch_url)
    done = forget_person(database_for(settings), sought, cancel=cancel, tell_dispatch=outside)
    folders = (recording_folder(settings).path, incident_folder(settings).path)
    names = (*done.call_names, number.removeprefix("+"))
    files = [file for at in folders for file in recordings.of_calls(at, names)]
    removed = recordings.remove(files)
    terminal().print(_erased(done.rows, removed), soft_wrap=True)
    for table, count in done.other_names.items():
        text = f"Their name, e-mail address or street also stands in {count} rows of {table}."
        notices().print(text, soft_wrap=True)
    places = [settings.state_dir, *(logs or ())]
    texts = (number, sought.national, *done.call_names)
    # The database's own files: what was erased leaves those when they are written over.
    data = settings.state_dir / "postgres" / "data"
    left = [file for at in places for file in recordings.files_with(at, texts, but=data)]
    for file in left:
        notices().print(f"Still names them: {file}", markup=False, soft_wrap=True)
    # No search finds a voice: a sound that has no call's name is told of instead.
    unnamed = sorted(settings.state_dir.glob("*.wav"))
    for file in unnamed:
        notices().print(f"May hold their voice: {file}", markup=False, soft_wrap=True)
    if left or unnamed:
        raise typer.Exit(LEFT)


def export(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Whose, e.g. +15551230000.")],
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; must not exist. Else it is printed.")
    ] = None,
) -> None:
    """Hand out all that is kept of a customer, as JSON: the rows of every table, by table.

    It is what they said and wrote, and what was booked for them; not what others said of the
    number. Recordings are files of their own. A number is a line: look whether others have it, too,
    before the file leaves the house.
    """
    settings = settings_from()
    set_up_logs("WARNING", settings.secrets())
    try:
        sought = SoughtNumber.of(number)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="NUMBER") from None
    found = export_person(database_for(settings), sought)
    text = json.dumps({"number": number, "tables": found}, ensure_ascii=False, indent=1)
    if file is None:
        print(text)  # noqa: T201 - the command's result
        return
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    count = sum(len(rows) for rows in found.values())
    terminal().print(f"{count} rows of {len(found)} tables are in {file}.", soft_wrap=True)


def _erased(rows: Mapping[str, int], files: int) -> str:
    if not rows and not files:
        return "Nothing of theirs was found."
    told = ", ".join(f"{count} in {table}" for table, count in rows.items())
    return f"Erased: {told or 'no rows'}; {files} recordings and incidents."


def _settings() -> Settings:
    settings = settings_from()
    set_up_logs("WARNING", settings.secrets())
    return settings


def _database(settings: Settings) -> str:
    """The engine's database as it is, running but not migrated."""
    return settings.database_url.get_secret_value() or EmbeddedPostgres(settings.state_dir).start()
