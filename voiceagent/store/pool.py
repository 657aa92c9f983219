"""Connections with limits, and one way to run work on them.

Every statement runs under the time-outs of `Limits`; nothing in the engine waits for the database
without bound. Work that PostgreSQL asks to repeat (deadlock, serialisation) or that lost its
connection is repeated from its start, with the same arguments: callers pass idempotent work, which
each aggregate ensures by keys. What still fails becomes `Unavailable` with a stable code:

=====================  =====================================================================
code                   meaning
=====================  =====================================================================
``store.busy``         no free connection in time
``store.slow``         a statement, or a wait for a lock, took too long
``store.conflict``     others kept getting in the way
``store.unreachable``  the server is down, starting, or stopped answering
``store.refused``      PostgreSQL rejected the statement: a mistake of ours, logged
=====================  =====================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias, TypeVar

import asyncpg
import stamina
from loguru import logger

from voiceagent.errors import Unavailable
from voiceagent.ports.meter import StoreCounts
from voiceagent.store.dsn import Dsn, connecting
from voiceagent.store.lost import BY_DRIVER, LOST

T = TypeVar("T")

Connection: TypeAlias = asyncpg.Connection
Row: TypeAlias = asyncpg.Record

FIRST_WAIT_S = 0.01
"""From a first attempt to the second; later ones wait longer."""

_REPEATABLE_STATES = frozenset({"40001", "40P01"})
_SLOW_STATES = frozenset({"57014", "55P03", "25P03", "25P04"})
_DOWN_CLASSES = ("08", "53", "57P")

_GIVEN_UP = (TimeoutError, asyncio.CancelledError)
"""Nobody waits for an answer any more. It may never come: a server that has stopped would be waited
for with each further question, also with the one that takes the work back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much (docs/contract.md, threats).

    `client_s` ends a wait for a server that stopped answering at all; it is longer than
    `statement_s`, so a live server always reports its own time-out first.
    """

    statement_s: float = 2.0
    lock_s: float = 1.0
    acquire_s: float = 0.5
    client_s: float = 3.0
    connections: int = 16
    attempts: int = 4


ON_DISK_SOON = "set_config('synchronous_commit', 'off', true) = 'off'"
"""A condition that is always true: what its statement writes is not waited for until it is on disk.

For what is said and heard, which is written many times a turn. A worker that dies loses none of it;
a database that does loses at most its last half second, and only what no later commit came after:
the log on disk has one order, so whatever is done in the world, or answered, brings what led to it.
"""


class Database:
    """A pool of connections to one database.

    Args:
        dsn: PostgreSQL URI.
        clock_offset: how far the engine's clock is ahead of the database's.
        limits: time-outs and sizes.
    """

    def __init__(
        self, dsn: str, *, clock_offset: timedelta = timedelta(), limits: Limits | None = None
    ) -> None:
        self._dsn = Dsn.read(dsn)
        self.limits = limits or Limits()
        self._offset = clock_offset
        self._pool: asyncpg.Pool | None = None
        self.counts = StoreCounts()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep the pool open for a block; it is closed with whatever still runs in it."""
        with connecting(down="store.unreachable"):
            self._pool = await asyncpg.create_pool(
                self._dsn.for_asyncpg(),
                statement_cache_size=self._dsn.statement_cache_size(),
                min_size=min(2, self.limits.connections),
                max_size=self.limits.connections,
                command_timeout=self.limits.client_s,
                timeout=self._dsn.connect_timeout_s(self.limits.client_s),
                server_settings=self._settings(),
                reset=_nothing_to_reset,
            )
        try:
            yield
        finally:
            pool, self._pool = self._pool, None
            try:
                async with asyncio.timeout(self.limits.client_s):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` in a transaction, again when PostgreSQL asks for that.

        Raises:
            Unavailable: with a code of the table above.
            CallerFixable: whatever `work` raises; the transaction is rolled back.
        """

        async def in_transaction(connection: Connection) -> T:
            transaction = connection.transaction()
            await transaction.start()
            try:
                done = await work(connection)
            except _GIVEN_UP:
                raise  # the connection is dropped, and the work with it
            except BaseException:
                await transaction.rollback()
                raise
            await transaction.commit()
            return done

        return await self._repeated(in_transaction)

    async def rows(self, query: str, *arguments: object) -> Sequence[Row]:
        """All rows of one statement."""

        async def fetch(connection: Connection) -> Sequence[Row]:
            found: Sequence[Row] = await connection.fetch(query, *arguments)
            return found

        return await self._repeated(fetch)

    async def row(self, query: str, *arguments: object) -> Row | None:
        """The first row of one statement, or ``None``."""
        found = await self.rows(query, *arguments)
        return found[0] if found else None

    async def execute(self, query: str, *arguments: object) -> None:
        """Run one statement for its effect."""
        await self.rows(query, *arguments)

    async def listen(self, channel: str, heard: Callable[[], None]) -> Connection:
        """A connection of its own, outside the pool, that calls `heard` on notifications.

        `heard` is also called when the connection is lost, so that a listener learns of it. The
        caller closes the connection.
        """
        with _translated():
            connection = await asyncpg.connect(
                self._dsn.for_asyncpg(),
                statement_cache_size=self._dsn.statement_cache_size(),
                timeout=self._dsn.connect_timeout_s(self.limits.client_s),
                command_timeout=self._dsn.connect_timeout_s(self.limits.client_s),
                server_settings=self._settings(),
            )
            try:
                await connection.add_listener(channel, lambda *_: heard())
                connection.add_termination_listener(lambda *_: heard())
            except BaseException:
                connection.terminate()
                raise
        return connection

    async def _repeated(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        with _translated():
            try:  # nearly always all there is to it, and cheaper without what counts attempts
                async with self._acquired() as connection:
                    return await work(connection)
            except Exception as error:
                if not _worth_repeating(error):
                    raise
            await asyncio.sleep(FIRST_WAIT_S)
            async for attempt in stamina.retry_context(
                on=_worth_repeating,
                attempts=self.limits.attempts - 1,
                timeout=self.limits.statement_s,
                wait_initial=2 * FIRST_WAIT_S,
                wait_max=0.2,
                wait_jitter=0.03,
            ):
                self.counts.retries += 1
                with attempt:
                    async with self._acquired() as connection:
                        return await work(connection)
        raise AssertionError  # pragma: no cover  (the loop returns or raises)

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Connection]:
        if self._pool is None:
            raise Unavailable("store.unreachable", "The store is not open.")
        full = self._pool.get_size() >= self._pool.get_max_size()
        waits = full and not self._pool.get_idle_size()
        try:
            connection = await self._pool.acquire(timeout=self.limits.acquire_s)
        except TimeoutError as error:
            self.counts.timeouts += 1
            raise Unavailable(
                "store.busy", "No free connection to the database.", retry_after_s=1.0
            ) from error
        self.counts.waits += waits
        try:
            yield connection
        except (*_GIVEN_UP, asyncpg.InternalClientError):
            connection.terminate()
            raise
        finally:
            await self._pool.release(connection, timeout=self.limits.client_s)

    def _settings(self) -> dict[str, str]:
        """Start-up parameters, so that the pool's reset between users keeps them."""
        return self._dsn.server_settings() | {
            "application_name": "voiceagent",
            "timezone": "UTC",
            "jit": "off",
            "statement_timeout": f"{self.limits.statement_s * 1000:.0f}",
            "lock_timeout": f"{self.limits.lock_s * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{self.limits.client_s * 1000:.0f}",
            "voiceagent.clock_offset": f"{self._offset.total_seconds():.6f} seconds",
        }


async def _nothing_to_reset(_: Connection) -> None:
    """What the next user of a connection must not find: nothing of a session is ever set.

    Locks are a transaction's, settings are start-up parameters, and the driver itself rolls back a
    transaction that was left open. The usual reset is a second question for each one we ask.
    """


def _worth_repeating(error: Exception) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state in _REPEATABLE_STATES or state.startswith(("08", "57P"))
    if isinstance(error, asyncpg.DataError):
        return False
    return isinstance(error, (ConnectionError, *BY_DRIVER))


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the database or its driver raises into `Unavailable`."""
    try:
        yield
    except asyncpg.PostgresError as error:
        raise _unavailable(error) from error
    except asyncpg.DataError as error:
        logger.error("store.bad_argument: it does not fit its column")  # the value may be personal
        raise Unavailable("store.refused", "The database refused an argument.") from error
    except LOST as error:
        raise Unavailable(
            "store.unreachable", "The database cannot be reached.", retry_after_s=2.0
        ) from error


def _unavailable(error: asyncpg.PostgresError) -> Unavailable:
    state = error.sqlstate or ""
    if state in _SLOW_STATES:
        return Unavailable("store.slow", "The database is too slow.", retry_after_s=1.0)
    if state in _REPEATABLE_STATES:
        return Unavailable("store.conflict", "Too many others at once.", retry_after_s=1.0)
    if state.startswith(_DOWN_CLASSES):
        return Unavailable("store.unreachable", "The database is down.", retry_after_s=2.0)
    logger.error("store.refused: {} {}", state, type(error).__name__)
    return Unavailable("store.refused", f"The database refused a statement ({state}).")
