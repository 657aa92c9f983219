"""Where the time of a storm of bookings goes: the connections looked at every 20 ms.

What a backend waits for is PostgreSQL's own word (``pg_stat_activity.wait_event``); one that waits
for nothing computes, or waits for a processor. Processor seconds are the kernel's.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore

EVERY_S: Final = 0.02

_STANDS = """
SELECT CASE WHEN state = 'active' AND wait_event IS NULL THEN 'computes'
            WHEN state = 'active' AND wait_event = 'advisory' THEN 'waits for a lock of ours'
            WHEN state = 'active' AND wait_event IN ('WalSync', 'WALWrite', 'WALSync', 'WalWrite')
            THEN 'waits for the disk at its commit'
            WHEN state = 'active' THEN 'waits for ' || wait_event
            WHEN state = 'idle in transaction' THEN 'waits for the rig, in a transaction'
            ELSE 'waits for the rig, between two' END AS what,
       count(*)::int AS n
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
 GROUP BY 1
"""
_COUNTED = """
SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::int AS commits,
       (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')::int AS syncs
"""  # noqa: E501


@dataclass
class Profile:
    """What was seen."""

    stood: Counter[str] = field(default_factory=Counter)
    rig_s: float = 0.0
    rig_ready_s: float = 0.0
    server_s: float = 0.0
    commits: int = 0
    syncs: int = 0

    def lines(self, bookings: int, seconds: float) -> list[str]:
        """A line for each place, the most frequent first."""
        looks = max(sum(self.stood.values()), 1)
        places = [f"{many / looks:6.1%} {what}" for what, many in self.stood.most_common(9)]
        spent = (
            f"Processor time a booking: rig {1000 * self.rig_s / bookings:.2f} ms, "
            f"database {1000 * self.server_s / bookings:.2f} ms, both "
            f"{(self.rig_s + self.server_s) / seconds:.2f} processors; the rig was ready and had "
            f"no processor for {self.rig_ready_s / seconds:.0%} of the time; "
            f"{self.commits} commits, {self.syncs} waits for the disk."
        )
        return [*places, spent]


@asynccontextmanager
async def profiled(admin: PostgresStore, state: Path) -> AsyncIterator[Profile]:
    """Look on while the block runs.

    Args:
        admin: the database, by connections of its own.
        state: folder of the embedded server.
    """
    seen = Profile()
    before = await _counted(admin)
    rig_s, ready_s, server_s = time.process_time(), _ready_s(), _server_s(state)
    looking = asyncio.create_task(_look(admin, seen))
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.wait([looking])
        seen.rig_s, seen.server_s = time.process_time() - rig_s, _server_s(state) - server_s
        seen.rig_ready_s = _ready_s() - ready_s
        after = await _counted(admin)
        seen.commits, seen.syncs = after[0] - before[0], after[1] - before[1]


async def _look(admin: PostgresStore, seen: Profile) -> None:
    while True:
        try:
            for row in await admin.database.rows(_STANDS):
                seen.stood[row["what"]] += row["n"]
        except Unavailable:
            pass  # this connection was the one that got killed
        await asyncio.sleep(EVERY_S)


async def _counted(admin: PostgresStore) -> tuple[int, int]:
    (row,) = await admin.database.rows(_COUNTED)
    return row["commits"], row["syncs"]


def _ready_s() -> float:
    """How long this process's first thread could have run and was not let."""
    return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9


def _server_s(state: Path) -> float:
    """Processor seconds of the server, its live processes and those it has buried."""
    first = int((state / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    spent = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        mine = int(stat.parent.name) == first
        if mine or int(words[1]) == first:
            spent += sum(map(float, words[11:15] if mine else words[11:13]))
    return spent / os.sysconf("SC_CLK_TCK")
