"""A backup holds every row, comes back as it was, and never silently over somebody's calls."""

from __future__ import annotations

import gzip
import json
import secrets
import stat
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.support.whole_database import SARAH, TOM, contents, fill
from voiceagent.errors import OwnerFixable
from voiceagent.store import PostgresStore, backup, databases
from voiceagent.store.embedded import EmbeddedPostgres


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[str]:
    """DSN of a database without tables, that is gone after the test."""
    name = f"test_{secrets.token_hex(6)}"
    yield databases.ensure(postgres.dsn("postgres"), name)
    postgres.drop_database(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.backup"


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(OwnerFixable) as caught:
        act()
    return caught.value.code


def test_the_tables_are_those_that_the_migrations_make(database: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    assert set(backup.our_tables()) == {name for (name,) in rows if "yoyo" not in name}


async def test_every_table_comes_back_as_it_was(database: str, empty: str, file: Path) -> None:
    fill(database, SARAH, TOM)
    before = contents(database)
    assert all(before.values()), "every table has rows"
    saved = backup.save(database, file)
    assert saved.rows == sum(map(len, before.values()))
    backup.restore(empty, file, overwrite=False)
    assert contents(empty) == before
    assert databases.pending(empty) == ()
    with psycopg.connect(empty) as connection:  # numbers go on where they were
        kept = connection.execute("SELECT max(id) FROM messages").fetchone()
        query = "INSERT INTO messages (key, direction, channel, address, body)"
        new = connection.execute(
            f"{query} VALUES ('k', 'inbound', 'sms', '', '') RETURNING id"
        ).fetchone()
    assert kept is not None
    assert new == (kept[0] + 1,)
    async with PostgresStore(empty).opened() as store:
        found = await store.history.call(SARAH.call_sid)
    assert found is not None
    assert found.summary.call.from_number == SARAH.phone


def test_only_its_owner_may_read_it_and_nothing_lies_beside_it(database: str, file: Path) -> None:
    backup.save(database, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_calls_are_thrown_away_only_when_that_is_asked_for(
    database: str, empty: str, file: Path
) -> None:
    databases.migrate(empty)
    fill(database, SARAH)
    fill(empty, TOM)
    there = contents(empty)
    backup.save(database, file)
    assert refused(lambda: backup.restore(empty, file, overwrite=False)) == "backup.not_empty"
    assert contents(empty) == there
    backup.restore(empty, file, overwrite=True)
    assert contents(empty) == contents(database)


def test_a_database_that_a_server_runs_on_is_left_alone(database: str, file: Path) -> None:
    backup.save(database, file)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO runs VALUES (gen_random_uuid(), 0, clock_timestamp())")
    assert refused(lambda: backup.restore(database, file, overwrite=True)) == "backup.in_use"


def test_an_older_backup_is_brought_up_to_date(database: str, empty: str, file: Path) -> None:
    newest = databases.migrations()[-1]
    databases.roll_back(database, {newest})
    fill(database, SARAH)
    backup.save(database, file)
    databases.migrate(empty)
    backup.restore(empty, file, overwrite=False)
    assert databases.pending(empty) == ()
    databases.migrate(database)
    assert contents(empty) == contents(database)


def test_a_newer_backup_is_refused(database: str, file: Path, tmp_path: Path) -> None:
    backup.save(database, file)
    later = changed(file, tmp_path, migrations=[*databases.migrations(), "9999.later"])
    assert refused(lambda: backup.restore(database, later, overwrite=True)) == "backup.newer"


def test_damage_is_seen_before_anything_is_thrown_away(
    database: str, file: Path, tmp_path: Path
) -> None:
    fill(database, SARAH)
    there = contents(database)
    backup.save(database, file)
    whole = file.read_bytes()
    flipped = gzip.compress(gzip.decompress(whole).replace(b"Sarah", b"Sorah"))
    damages = {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "text": b"not a backup",
        "gzip": gzip.compress(b"not a backup"),
        "flipped": flipped,
        "checksum": whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:],
    }
    for name, damaged in damages.items():
        bad = tmp_path / name
        bad.write_bytes(damaged)
        code = refused(partial(backup.restore, database, bad, overwrite=True))
        assert code == "backup.file", name
        assert contents(database) == there, name


def test_a_file_that_is_there_is_not_written_over(database: str, file: Path) -> None:
    file.write_text("mine")
    assert refused(lambda: backup.save(database, file)) == "backup.exists"
    assert file.read_text() == "mine"


def test_a_folder_that_is_not_there_is_named(database: str, file: Path) -> None:
    assert refused(lambda: backup.save(database, file / "deeper")) == "backup.folder"


def test_what_is_no_database_of_ours_is_not_saved(empty: str, file: Path) -> None:
    assert refused(lambda: backup.save(empty, file)) == "backup.nothing"
    assert list(file.parent.iterdir()) == []


def changed(file: Path, folder: Path, **values: object) -> Path:
    """The same archive with another manifest."""
    with tarfile.open(file) as archive:
        archive.extractall(folder / "opened", filter="data")
    manifest = folder / "opened" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | values))
    other = folder / "changed"
    with tarfile.open(other, "w:gz") as archive:
        for path in sorted((folder / "opened").rglob("*")):
            if path.is_file():
                archive.add(path, str(path.relative_to(folder / "opened")))
    return other
