"""Databases as a whole: migrate one, make a fresh one, drop one.

Works on any PostgreSQL, embedded or not. These functions block; the engine calls them before its
loop starts or from a thread.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import yoyo
from psycopg import sql

from voiceagent.errors import OwnerFixable
from voiceagent.store.dsn import Dsn, connecting

MIGRATIONS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CONNECT_TIMEOUT_S = 5
_LOCK_NUMBER = 7_291_640_113
"""Advisory lock for changes of databases and schemas; any number that nobody else uses."""


def migrate(dsn: str) -> int:
    """Bring a database's schema up to date; how many migrations that took.

    Two processes may call it at once: the second waits and finds nothing to do. The lock is
    PostgreSQL's own, so a killed migrator leaves none behind (yoyo's lock table would).
    """
    with _locked(dsn), _migrations(dsn) as backend:
        waiting = backend.to_apply(yoyo.read_migrations(str(MIGRATIONS)))
        backend.apply_migrations(waiting)
    return len(waiting)


def migrations() -> tuple[str, ...]:
    """Names of all migrations of this engine, in order."""
    return tuple(migration.id for migration in yoyo.read_migrations(str(MIGRATIONS)))


def roll_back(dsn: str, names: Collection[str]) -> None:
    """Undo migrations, the last first; what was kept in their tables and columns is lost."""
    with _locked(dsn), _migrations(dsn) as backend:
        undone = yoyo.read_migrations(str(MIGRATIONS)).filter(lambda one: one.id in names)
        backend.rollback_migrations(backend.to_rollback(undone))


def pending(dsn: str) -> tuple[str, ...]:
    """Names of the migrations a database still lacks, in order."""
    with connected(dsn), _migrations(dsn) as backend:
        waiting = backend.to_apply(yoyo.read_migrations(str(MIGRATIONS)))
        return tuple(migration.id for migration in waiting)


def ensure(admin_dsn: str, name: str) -> str:
    """Make an empty database unless it exists; its DSN."""
    with _locked(admin_dsn) as connection:
        if not _exists(connection, name):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(_identifier(name)))
    return with_database(admin_dsn, name)


def create(admin_dsn: str, name: str) -> str:
    """Make a fresh, migrated database by copying a template; its DSN.

    The template is migrated once for each state of the migration files.

    Raises:
        OwnerFixable: ``database.exists`` when there is one of that name.
    """
    template = f"voiceagent_template_{_schema_digest()}"
    identifier = _identifier(name)
    with _locked(admin_dsn) as connection:
        if _exists(connection, name):
            raise OwnerFixable("database.exists", "There is a database of that name.", where=name)
        if not _exists(connection, template):
            _make_template(connection, admin_dsn, template)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                identifier, _identifier(template)
            )
        )
    return with_database(admin_dsn, name)


def drop(admin_dsn: str, name: str) -> None:
    """Remove a database and whoever is connected to it; nothing when there is none."""
    with connected(admin_dsn) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_identifier(name))
        )


def with_database(dsn: str, name: str) -> str:
    """The DSN of another database on the same server."""
    return Dsn.read(dsn).on(name).for_libpq()


def _make_template(
    connection: psycopg.Connection[tuple[object, ...]], admin_dsn: str, template: str
) -> None:
    """Migrate under a working name, so that a killed maker never leaves a half-made template."""
    draft = f"{template}_draft"
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_identifier(draft))
    )
    connection.execute(sql.SQL("CREATE DATABASE {}").format(_identifier(draft)))
    migrate(with_database(admin_dsn, draft))
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_identifier(draft), _identifier(template))
    )


def _schema_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(MIGRATIONS.glob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _exists(connection: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return connection.execute(query, (name,)).fetchone() is not None


def _identifier(name: str) -> sql.Identifier:
    if not _NAME.fullmatch(name):
        raise OwnerFixable(
            "database.name", "Use lower-case letters, digits and underscores.", where=name
        )
    return sql.Identifier(name)


@contextmanager
def connected(dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection that commits each statement, as CREATE DATABASE needs."""
    known = Dsn.read(dsn)
    patience_s = round(known.connect_timeout_s(_CONNECT_TIMEOUT_S))
    with connecting():
        connection = psycopg.connect(known.for_libpq(), autocommit=True, connect_timeout=patience_s)
    if known.pooled:
        connection.prepare_threshold = None
    with connection:
        yield connection


@contextmanager
def _locked(dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection that holds the advisory lock for as long as it lives."""
    with connected(dsn) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK_NUMBER,))
        yield connection


@contextmanager
def _migrations(dsn: str) -> Iterator[yoyo.backends.DatabaseBackend]:
    """Yoyo's connection, which picks the psycopg driver by scheme."""
    with connecting():
        backend = yoyo.get_backend(
            "postgresql+psycopg" + Dsn.read(dsn).for_libpq()[len("postgresql") :]
        )
    try:
        yield backend
    finally:
        backend.connection.close()
