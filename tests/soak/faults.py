"""Faults of a running engine, each the cause of one alert, within two minutes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import psycopg

from loadtest.simulator.script import CallerScript, EndCall, PlayWav
from tests.integration.stage import recording
from tests.support.live import Live
from voiceagent.domain.records import CallId, CallStart
from voiceagent.domain.usage import Usage, UsageKind, UsageRow

LOCKED_S: Final = 8.0
RESTARTS_S: Final = 60.0
SPEAKS: Final = re.compile(rb"\.(?:pico|espeak)_process\b")
ASKERS: Final = 40
"""More than there are connections to the database."""

DEAR_MICRO_CENTS: Final = 100 * 10**8
"""A hundred dollars."""

STAYS: Final = CallerScript([PlayWav(recording("reference/awb/02")), EndCall()])


async def many_calls(live: Live, count: int) -> None:
    """So many callers at once, of whom some may find no place."""
    calls = (live.phone(STAYS, caller=f"+1555123{7000 + number}") for number in range(count))
    await asyncio.gather(*calls, return_exceptions=True)


async def no_place(live: Live) -> None:
    """More callers than there are places."""
    await many_calls(live, live.settings.max_calls + 2)


async def kill_the_voice(live: Live) -> None:
    """Three times, each time once it is back."""
    for _ in range(3):
        os.kill(await speaker(live), signal.SIGKILL)
        await asyncio.sleep(8.0)


async def a_dear_call(live: Live) -> None:
    """One that used more than a day may cost."""
    call = CallId(str(uuid.uuid4()))
    start = CallStart(call, f"CA{uuid.uuid4().hex}", "voice", "+15551230099", live.business.phone)
    await live.store.calls.open(start)
    used = Usage("gpt-4.1", UsageKind.PROMPT_TOKENS, 1, DEAR_MICRO_CENTS)
    await live.store.usage.add(call, [UsageRow(0, None, used)])


async def a_text_nobody_takes(live: Live) -> None:
    """To a number that is none, so that the carrier refuses it for good."""
    async with await psycopg.AsyncConnection.connect(dsn_of(live)) as connection:
        await connection.execute(
            "INSERT INTO outbox (key, kind, channel, recipient, body)"
            " VALUES (%s, 'text', 'sms', '+1', 'Hello.')",
            (uuid.uuid4().hex,),
        )


async def a_locked_table(live: Live) -> None:
    """Everybody who asks for calls waits, until all connections do."""

    async def ask(http: aiohttp.ClientSession) -> None:
        async with http.get(f"{live.engine.url}/console/calls") as answer:
            await answer.read()

    async with locked(live, "calls"), aiohttp.ClientSession() as http:
        await asyncio.gather(*(ask(http) for _ in range(ASKERS)), return_exceptions=True)


async def turns_that_cannot_be_written(live: Live) -> None:
    """For as long as a call lasts, and what is tried again after it."""
    async with locked(live, "agent_turns"):
        await asyncio.gather(live.phone(STAYS, caller="+15551230088"), return_exceptions=True)
        await asyncio.sleep(LOCKED_S)


@asynccontextmanager
async def locked(live: Live, table: str) -> AsyncIterator[None]:
    """A table that nobody else may read or write, for a block."""
    async with await psycopg.AsyncConnection.connect(dsn_of(live)) as connection:
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


async def gone(live: Live) -> None:
    """The engine is killed."""
    os.kill(live.engine.pid, signal.SIGKILL)


FAULTS: Final[tuple[tuple[str, str, Callable[[Live], Awaitable[None]]], ...]] = (
    ("VoiceagentCallersTurnedAway", "callers found no place", no_place),
    ("VoiceagentCostHigh", "a call cost more than a day may", a_dear_call),
    ("VoiceagentMessagesDead", "a text was given up", a_text_nobody_takes),
    ("VoiceagentDatabaseShort", "a table was locked", a_locked_table),
    ("VoiceagentRecordsLost", "turns could not be written", turns_that_cannot_be_written),
    ("VoiceagentHelperRestarts", "the voice was killed thrice", kill_the_voice),
    ("VoiceagentDown", "the engine is gone", gone),
)
"""Alert, why it fires, and what makes it; the last one leaves no engine."""


def dsn_of(live: Live) -> str:
    """Of the engine's database."""
    return live.settings.database_url.get_secret_value()


async def speaker(live: Live) -> int:
    """The engine's process that speaks, once there is one.

    Raises:
        TimeoutError: there is none.
    """
    async with asyncio.timeout(RESTARTS_S):
        return await _speaker(live)


async def _speaker(live: Live) -> int:
    while True:
        speaking = [pid for pid in children(live.engine.pid) if SPEAKS.search(line_of(pid))]
        if speaking:
            return speaking[0]
        await asyncio.sleep(0.5)


def line_of(pid: int) -> bytes:
    """A process's command line."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in lists for child in one.read_text().split()]
