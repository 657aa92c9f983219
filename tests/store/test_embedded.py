"""The embedded server: one per folder, however many start it and however they end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import yoyo

from tests.support.postgres import state_folder
from tests.support.processes import line, process
from voiceagent.errors import OwnerFixable
from voiceagent.store import databases
from voiceagent.store.embedded import EmbeddedPostgres

Servers = Callable[[Path], EmbeddedPostgres]


@pytest.fixture
def servers(folder: Path) -> Iterator[Servers]:
    """Makes servers that are stopped at the end, whatever happened to them."""
    made = []

    def make(state: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(state, durable=False))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that the server's account can reach."""
    with state_folder() as state:
        yield state.parent


def answer(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT 42").fetchone()
    assert row is not None
    return int(row[0])


def pid(state: Path) -> int:
    return int((state / "postgres/data/postmaster.pid").read_text().split()[0])


async def test_two_processes_start_one_server(folder: Path, servers: Servers) -> None:
    state = folder / "state"
    server = servers(state)
    async with (
        process("server_process.py", str(state)) as first,
        process("server_process.py", str(state)) as second,
    ):
        dsns = await asyncio.gather(line(first), line(second))
        assert list(dsns) == [server.dsn()] * 2
        one = pid(state)
        first.kill()
        second.kill()
        await asyncio.gather(first.wait(), second.wait())
    assert server.running()  # it outlives its starters
    assert answer(server.start()) == 42
    assert pid(state) == one
    assert server.stop()
    assert not server.running()
    assert not server.stop()


def test_a_server_that_was_killed_starts_again_with_its_data(
    folder: Path, servers: Servers
) -> None:
    server = servers(folder / "state")
    databases.migrate(server.start())
    os.kill(pid(folder / "state"), signal.SIGKILL)
    # The pid file now names a process that lives and is no server, as after a container restart.
    pid_file = folder / "state/postgres/data/postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert databases.pending(server.start()) == ()


def test_an_interrupted_first_start_is_begun_anew(folder: Path, servers: Servers) -> None:
    server = servers(folder / "state")
    server.start()
    server.stop()
    home = folder / "state/postgres"
    (home / "data").rename(home / "data.new")
    (home / "data.new/PG_VERSION").unlink()
    assert answer(server.start()) == 42
    assert not (home / "data.new").exists()


def test_a_path_too_long_for_a_socket(folder: Path, servers: Servers) -> None:
    server = servers(folder / ("long" * 30))
    dsn = server.start()
    assert answer(dsn) == 42
    assert "/tmp/voiceagent-" in dsn  # noqa: S108


def test_a_path_with_spaces_and_quotes(folder: Path, servers: Servers) -> None:
    assert answer(servers(folder / "the owner's state").start()) == 42


def test_nobody_else_can_enter(folder: Path, servers: Servers) -> None:
    state = folder / "state"
    servers(state).start()
    for inner in (state / "postgres", state / "postgres/data"):
        assert inner.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_folders_above_are_passable_but_not_listable(folder: Path, servers: Servers) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    servers(closed / "state").start()
    assert closed.stat().st_mode & 0o777 == 0o701


def test_data_of_another_version_is_left_alone(folder: Path, servers: Servers) -> None:
    server = servers(folder / "state")
    server.start()
    server.stop()
    version = folder / "state/postgres/data/PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(OwnerFixable, match=r"database\.version"):
        server.start()
    version.write_text("18\n")


def test_a_folder_that_cannot_be(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(OwnerFixable, match=r"database\.folder"):
        EmbeddedPostgres(folder / "file" / "state").start()


def test_databases_come_and_go(postgres: EmbeddedPostgres) -> None:
    dsn = postgres.create_database("come_and_go")
    assert databases.pending(dsn) == ()
    with pytest.raises(OwnerFixable, match=r"database\.exists"):
        postgres.create_database("come_and_go")
    with psycopg.connect(dsn):
        postgres.drop_database("come_and_go")
    postgres.drop_database("come_and_go")
    with pytest.raises(OwnerFixable, match=r"database\.name"):
        postgres.create_database('x"; DROP DATABASE voiceagent; --')


def rolled_back(dsn: str) -> int:
    """Undo all migrations with the files that undo them; how many were undone."""
    scheme, rest = dsn.split("://", 1)
    backend = yoyo.get_backend(f"{scheme}+psycopg://{rest}")
    with closing(backend.connection):
        applied = backend.to_rollback(yoyo.read_migrations(str(databases.MIGRATIONS)))
        backend.rollback_migrations(applied)
    return len(applied)


def test_migrations_go_up_and_back(postgres: EmbeddedPostgres) -> None:
    dsn = postgres.create_database("up_and_back")
    try:
        assert databases.migrate(dsn) == 0
        files = [path.name for path in databases.MIGRATIONS.glob("*.sql")]
        ups = [name for name in files if not name.endswith(".rollback.sql")]
        assert rolled_back(dsn) == len(ups) == len(files) / 2
        with psycopg.connect(dsn) as connection:
            left = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename NOT LIKE '%yoyo%'"
            ).fetchall()
        assert left == []
        assert databases.migrate(dsn) > 0
        assert databases.pending(dsn) == ()
    finally:
        postgres.drop_database("up_and_back")
