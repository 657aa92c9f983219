"""What scenarios share: databases, folders, recordings, questions to the database, counters."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from loadtest.simulator.recording import Recording, read_manifest
from tests.support.live import Live, live_engine
from voiceagent.app.web.bounded import FRESH_S
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

FIXTURES = Path(__file__).parents[2] / "audio_fixtures"
_SPANS = read_manifest(FIXTURES / "manifest.toml")

Row = dict[str, Any]


def recording(name: str) -> Recording:
    """A caller turn by its path in the fixtures, without ``.wav``; its speech as measured."""
    path = (FIXTURES / f"{name}.wav").resolve()
    return Recording.read(path, speech=_SPANS[path])


PLEASE_BOOK_IT = recording("reference/awb/08")
"""\"Yes, that's right, please book it.\""""


def turns(script: str, numbers: Sequence[int]) -> list[Recording]:
    """Caller turns of one script, in a voice that is recognised well."""
    voice = "slt" if script == "reference" else "rms"
    return [recording(f"{script}/{voice}/{number:02}") for number in numbers]


@dataclass(frozen=True, slots=True)
class Stage:
    """The run's database server, folder and ears (`emulated_ears`)."""

    postgres: EmbeddedPostgres
    root: Path
    starting: asyncio.Lock
    ears: Mapping[str, str]

    def folder(self, name: str) -> Path:
        """A fresh folder."""
        folder = self.root / f"{name}-{secrets.token_hex(3)}"
        folder.mkdir()
        return folder

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """DSN of an empty database that outlives the engines which use it."""
        name = f"stage_{secrets.token_hex(6)}"
        yield await asyncio.to_thread(self.postgres.create_database, name)
        await asyncio.to_thread(self.postgres.drop_database, name)

    @asynccontextmanager
    async def engine(
        self,
        name: str,
        dsn: str = "",
        *,
        drain_s: float = 900.0,
        more: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Live]:
        """An engine on `dsn`, or on a database of its own; engines start one after the other.

        `more` are settings of its own.
        """
        async with AsyncExitStack() as stack:
            own = dsn or await stack.enter_async_context(self.database())
            async with self.starting:
                engine = live_engine(
                    self.postgres,
                    self.folder(name),
                    dsn=own,
                    drain_s=drain_s,
                    ears={**self.ears, **(more or {})},
                )
                live = await stack.enter_async_context(engine)
            yield live


Scenario = Callable[[Stage], Awaitable[Any]]


async def until(
    what: Callable[[], Awaitable[Any]], *, within_s: float, every_s: float = 0.02
) -> Any:
    """The first true answer of `what`; fails when there is none in time."""
    async with asyncio.timeout(within_s):
        while not (answer := await what()):  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(every_s)
    return answer


async def rows(store: PostgresStore, query: str, *arguments: object) -> list[Row]:
    """Rows as dictionaries."""
    return [dict(row) for row in await store.database.rows(query, *arguments)]


async def count(store: PostgresStore, table: str) -> int:
    """How many rows a table has."""
    (row,) = await rows(store, f"SELECT count(*) AS n FROM {table}")  # noqa: S608
    return int(row["n"])


async def call_row(store: PostgresStore, call_sid: str) -> Row | None:
    """The row of a call."""
    found = await rows(store, "SELECT *, id::text AS id FROM calls WHERE call_sid = $1", call_sid)
    assert len(found) <= 1
    return found[0] if found else None


async def outcome(store: PostgresStore, call_sid: str, *, within_s: float = 8.0) -> str:
    """The outcome of a call, once it has one."""

    async def settled() -> str | None:
        row = await call_row(store, call_sid)
        return row["outcome"] if row is not None else None

    return str(await until(settled, within_s=within_s))


async def jobs_of(store: PostgresStore, call_sid: str) -> list[Row]:
    """What was booked in a call."""
    query = (
        "SELECT j.*, c.call_sid FROM job_records j JOIN calls c ON c.id = j.call_id "
        "WHERE call_sid = $1"
    )
    return await rows(store, query, call_sid)


async def agent_texts(store: PostgresStore, call_sid: str) -> list[str]:
    """What the agent said in a call, in order."""
    query = (
        "SELECT text FROM agent_turns t JOIN calls c ON c.id = t.call_id "
        "WHERE call_sid = $1 AND speaker = 'agent' ORDER BY idx"
    )
    return [row["text"] for row in await rows(store, query, call_sid)]


async def conversation(store: PostgresStore, call_sid: str) -> str:
    """Who said what, for a failed test's message."""
    query = (
        "SELECT speaker, text, heard FROM agent_turns t JOIN calls c ON c.id = t.call_id "
        "WHERE call_sid = $1 ORDER BY idx"
    )
    said = await rows(store, query, call_sid)
    return "\n".join(f"{row['speaker']}: {row['heard']} / {row['text']}" for row in said)


_SAMPLE = re.compile(r'voiceagent_edge_events_total\{code="([^"]+)"\} ([0-9.e+]+)')


async def edge_counts(live: Live) -> dict[str, int]:
    """The engine's counters of what it refused or dropped, by code."""
    return await edge_counts_at(live.engine.url)


async def edge_counts_at(url: str) -> dict[str, int]:
    """The same, of any server of ours, whose page is a second old at most."""
    await asyncio.sleep(FRESH_S)
    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as answer:
        text = await answer.text()
    return {code: int(float(value)) for code, value in _SAMPLE.findall(text)}


async def live_calls(live: Live) -> int:
    """Calls the engine is serving now."""
    async with aiohttp.ClientSession() as http, http.get(f"{live.engine.url}/health") as answer:
        return int((await answer.json())["calls"])


def log_lines(live: Live, text: str) -> list[str]:
    """Lines of the engine's log that contain `text`."""
    return [line for line in live.log.read_text(errors="replace").splitlines() if text in line]
