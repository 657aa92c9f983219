"""Backup, restore and forget as commands, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, command_line
from tests.support.whole_database import SARAH, TOM, contents, fill
from voiceagent.app.ops import recordings
from voiceagent.incidents.recording import SUFFIX


@pytest.fixture(scope="module")
def commands() -> Iterator[CommandLine]:
    with command_line() as line:
        yield line


def test_a_database_goes_into_a_file_and_comes_back(
    commands: CommandLine, database: str, tmp_path: Path
) -> None:
    fill(database, SARAH)
    before, file = contents(database), str(tmp_path / "calls.backup")
    saved = commands.run("backup", file, state=tmp_path, DATABASE_URL=database)
    assert saved.returncode == 0, saved.stderr
    again = commands.run("backup", file, state=tmp_path, DATABASE_URL=database)
    assert (again.returncode, "backup.exists" in again.stderr) == (2, True)
    fill(database, TOM)
    kept = commands.run("restore", file, state=tmp_path, DATABASE_URL=database)
    assert (kept.returncode, "--overwrite" in kept.stderr) == (2, True)
    done = commands.run("restore", file, "--overwrite", state=tmp_path, DATABASE_URL=database)
    assert done.returncode == 0, done.stderr
    assert contents(database) == before


def test_a_customer_is_forgotten_with_recordings_and_told_where_else_they_stand(
    commands: CommandLine, database: str, tmp_path: Path
) -> None:
    fill(database, SARAH, TOM)
    folder = tmp_path / "state" / recordings.FOLDER
    folder.mkdir(parents=True)
    for person in (SARAH, TOM):
        (folder / f"{person.call_sid}.wav").write_bytes(b"sound")
    incidents = tmp_path / "state" / "incidents"
    incidents.mkdir()
    for person in (SARAH, TOM):
        (incidents / f"{person.call_sid}.{person.call_id}{SUFFIX}").write_bytes(b"frames")
    (folder / f"last-call.-{SARAH.phone[1:]}.CA9.wav").write_bytes(b"of another database")
    unnamed = tmp_path / "state" / "mine.wav"
    unnamed.write_bytes(b"sound")
    log = tmp_path / "caddy.log"
    log.write_text(f"GET /?from={SARAH.phone}\n")
    run = commands.run
    where = {"state": tmp_path / "state", "DATABASE_URL": database}
    wrong = run("forget", "5551230000", **where)  # type: ignore[arg-type]
    assert (wrong.returncode, "E.164" in wrong.stderr) == (2, True)
    ours = run("forget", "+19375550100", **where)  # type: ignore[arg-type]
    assert (ours.returncode, "forget.ours" in ours.stderr) == (2, True)
    done = run("forget", SARAH.phone, "--logs", str(log), **where)  # type: ignore[arg-type]
    assert done.returncode == 1, done.stderr
    assert "3 recordings and incidents" in done.stdout
    assert f"May hold their voice: {unnamed}" in done.stderr
    assert f"Still names them: {log}" in done.stderr
    assert [file.name for file in folder.iterdir()] == [f"{TOM.call_sid}.wav"]
    assert [file.name for file in incidents.iterdir()] == [f"{TOM.call_sid}.{TOM.call_id}{SUFFIX}"]
    assert SARAH.phone not in str(contents(database))
    unnamed.unlink()
    again = run("forget", SARAH.phone, **where)  # type: ignore[arg-type]
    assert (again.returncode, "Nothing of theirs" in again.stdout) == (0, True)
