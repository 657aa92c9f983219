"""A whole database in one file, and back.

The file is a gzipped tar archive: ``manifest.json`` says which migrations and tables it holds, and
each table is a member in PostgreSQL's COPY text format. It is read and written through the driver,
so it needs no program of PostgreSQL's, speaks TLS wherever the engine does, and goes from any
version of the server to any other. All tables are of one moment, whoever writes meanwhile.

These functions block. Source: https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict, ValidationError

from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.calls import LEASE_S
from voiceagent.store import databases

FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_CREATES: Final = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)
_PIECE: Final = 1 << 20
_PEOPLE: Final = ("calls", "customers", "jobs")
"""A database with rows in one of them is somebody's."""

Connection = psycopg.Connection[tuple[object, ...]]


class SavedTable(BaseModel):
    """One table: its columns in the order of the file, and what it takes to know it whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class SavedSequence(BaseModel):
    """Where the numbers of a column go on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    column: str
    last: int
    used: bool


class Manifest(BaseModel):
    """What a backup holds, and of which schema it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    made_at: datetime
    migrations: tuple[str, ...]
    tables: tuple[SavedTable, ...]
    sequences: tuple[SavedSequence, ...]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)


def our_tables() -> tuple[str, ...]:
    """Tables of the engine's schema, in the order in which the migrations make them."""
    texts = (path.read_text() for path in sorted(databases.MIGRATIONS.glob("*.sql")))
    return tuple(name for text in texts for name in _CREATES.findall(text))


def save(dsn: str, file: Path) -> Manifest:
    """Write a database into a file that only its owner may read.

    Args:
        dsn: PostgreSQL URI.
        file: appears when it is whole; there must be none of that name.

    Raises:
        OwnerFixable: ``backup.exists``; ``backup.folder``; ``backup.nothing`` where the engine has
            no tables.
        Unavailable: the database is away.
    """
    if file.exists():
        raise OwnerFixable("backup.exists", "There is a file of that name.", where=str(file))
    if not file.parent.is_dir():
        raise OwnerFixable("backup.folder", "There is no such folder.", where=str(file.parent))
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        # A name of its own, and nobody else's to read from its first byte on.
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            manifest = _save(dsn, out)
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, file)  # unlike a renaming it overwrites nothing
    except FileExistsError:
        raise OwnerFixable(
            "backup.exists", "There is a file of that name.", where=str(file)
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _save(dsn: str, out: IO[bytes]) -> Manifest:
    with databases.connected(dsn) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _plainly(connection)
        applied = _applied(connection)
        if not applied:
            raise OwnerFixable(
                "backup.nothing", "The engine has no tables in this database.", where="DATABASE_URL"
            )
        tables = []
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive:
            for name in _parents_first(connection):
                with tempfile.TemporaryFile() as spool:
                    tables.append(_copied(connection, name, spool))
                    _add(archive, _member(name), spool)
            manifest = Manifest(
                format=FORMAT,
                made_at=_now(connection),
                migrations=applied,
                tables=tuple(tables),
                sequences=tuple(_sequences(connection)),
            )
            with tempfile.TemporaryFile() as spool:
                spool.write(manifest.model_dump_json(indent=1).encode())
                _add(archive, _MANIFEST, spool)
    return manifest


def restore(dsn: str, file: Path, *, overwrite: bool) -> Manifest:
    """Bring a database to what a file holds, then its schema up to date.

    The file is read through before anything is touched, and all rows come in at once or not at all.

    Args:
        dsn: PostgreSQL URI.
        file: of `save`, of this version of the engine or an older one.
        overwrite: throw away what is there.

    Raises:
        OwnerFixable: ``backup.file`` when it is damaged or no backup; ``backup.newer`` when a later
            engine wrote it; ``backup.in_use`` while a server runs on the database;
            ``backup.not_empty`` when somebody's calls or bookings are there.
        Unavailable: the database is away.
    """
    with _opened(file) as (archive, manifest):
        _check(archive, manifest, file)
        databases.migrate(dsn)
        with databases.connected(dsn) as connection:
            _may_be_filled(connection, overwrite=overwrite)
            later = set(_applied(connection)) - set(manifest.migrations)
        databases.roll_back(dsn, later)
        with databases.connected(dsn) as connection, connection.transaction():
            _plainly(connection)
            _fill(connection, archive, manifest)
    databases.migrate(dsn)
    return manifest


def _may_be_filled(connection: Connection, *, overwrite: bool) -> None:
    lives = "SELECT FROM runs WHERE seen_at > clock_timestamp() - make_interval(secs => %s)"
    if connection.execute(lives, (LEASE_S,)).fetchone() is not None:
        raise OwnerFixable(
            "backup.in_use", "A server runs on this database: stop it first.", where="serve"
        )
    for name in () if overwrite else _PEOPLE:
        query = sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(name))
        if connection.execute(query).fetchone() is not None:
            raise OwnerFixable(
                "backup.not_empty",
                "There are calls or bookings in this database; --overwrite throws them away.",
                where=f"table {name}",
            )


def _fill(connection: Connection, archive: tarfile.TarFile, manifest: Manifest) -> None:
    names = [sql.Identifier(table.name) for table in manifest.tables]
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
    for table in manifest.tables:
        columns = sql.SQL(", ").join(sql.Identifier(column) for column in table.columns)
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for piece in _pieces(archive, _member(table.name)):
                copy.write(piece)
    for one in manifest.sequences:
        connection.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
            (one.table, one.column, one.last, one.used),
        )


@contextmanager
def _opened(file: Path) -> Iterator[tuple[tarfile.TarFile, Manifest]]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive, Manifest.model_validate_json(b"".join(_pieces(archive, _MANIFEST)))
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, KeyError, ValidationError):
        raise _damaged(file) from None


def _check(archive: tarfile.TarFile, manifest: Manifest, file: Path) -> None:
    """Read all of it, before anything is thrown away for its sake."""
    with gzip.open(file) as whole:  # to its end, where its checksum is
        while whole.read(_PIECE):
            pass
    known = set(databases.migrations())
    if manifest.format > FORMAT or not set(manifest.migrations) <= known:
        raise OwnerFixable(
            "backup.newer", "A later version of the engine wrote this backup.", where=str(file)
        )
    if not {table.name for table in manifest.tables} <= set(our_tables()):
        raise _damaged(file)
    for table in manifest.tables:
        digest = hashlib.sha256()
        for piece in _pieces(archive, _member(table.name)):
            digest.update(piece)
        if digest.hexdigest() != table.sha256:
            raise _damaged(file)


def _damaged(file: Path) -> OwnerFixable:
    return OwnerFixable(
        "backup.file", "It is no backup of this engine, or it is damaged.", where=str(file)
    )


def _pieces(archive: tarfile.TarFile, name: str) -> Iterator[bytes]:
    member = archive.extractfile(name)
    if member is None:
        raise tarfile.TarError
    while piece := member.read(_PIECE):
        yield piece


def _member(table: str) -> str:
    return f"tables/{table}.copy"


def _add(archive: tarfile.TarFile, name: str, spool: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = spool.tell()
    entry.mode = 0o600
    spool.seek(0)
    archive.addfile(entry, spool)


def _copied(connection: Connection, name: str, spool: IO[bytes]) -> SavedTable:
    columns = _columns(connection, name)
    listed = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    query = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(name), listed)
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            for piece in copy:
                digest.update(piece)
                spool.write(piece)
        rows = cursor.rowcount
    return SavedTable(name=name, columns=columns, rows=rows, sha256=digest.hexdigest())


def _plainly(connection: Connection) -> None:
    """Values are written and read in one way, whatever the server's or the owner's settings are."""
    for setting in ("timezone = 'UTC'", "datestyle = 'ISO'", "client_encoding = 'UTF8'"):
        connection.execute(f"SET LOCAL {setting}".encode())
    connection.execute("SET LOCAL statement_timeout = 0")


def _now(connection: Connection) -> datetime:
    """The server's time: the moment that all rows are of."""
    row = connection.execute("SELECT transaction_timestamp() AT TIME ZONE 'UTC'").fetchone()
    if row is None or not isinstance(row[0], datetime):
        raise Unavailable("store.refused", "The database did not tell the time.")
    return row[0].replace(tzinfo=UTC)


def _applied(connection: Connection) -> tuple[str, ...]:
    """Ids of the migrations that a database has, in order; none where there is no record of any."""
    if connection.execute("SELECT to_regclass('_yoyo_migration')").fetchone() == (None,):
        return ()
    rows = connection.execute("SELECT migration_id FROM _yoyo_migration ORDER BY migration_id")
    return tuple(str(name) for (name,) in rows)


def _columns(connection: Connection, table: str) -> tuple[str, ...]:
    """Those that are stored as they are given; what is computed from them is not."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s)"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        (table,),
    )
    return tuple(str(name) for (name,) in rows)


def _sequences(connection: Connection) -> Iterator[SavedSequence]:
    for table in _parents_first(connection):
        rows = connection.execute(
            "SELECT attname, pg_get_serial_sequence(%s, attname) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attidentity <> ''",
            (table, table),
        ).fetchall()
        for column, sequence in rows:
            name = sql.SQL("SELECT last_value, is_called FROM ") + sql.SQL(".").join(
                sql.Identifier(part.strip('"')) for part in str(sequence).split(".")
            )
            found = connection.execute(name).fetchone()
            if found is not None:
                yield SavedSequence(
                    table=table, column=str(column), last=int(str(found[0])), used=bool(found[1])
                )


def _parents_first(connection: Connection) -> Sequence[str]:
    """The engine's tables that there are, each after those that its rows refer to."""
    there = [name for name in our_tables() if _columns(connection, name)]
    rows = connection.execute(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid <> confrelid"
    )
    parents: Mapping[str, set[str]] = {name: set() for name in there}
    for child, parent in rows:
        with suppress(KeyError):
            parents[str(child)].add(str(parent))
    ordered: list[str] = []
    while waiting := [name for name in there if name not in ordered]:
        ordered.append(next(name for name in waiting if parents[name] <= set(ordered)))
    return ordered
