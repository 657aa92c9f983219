"""The database is lost at every statement of a booking, a move, a cancellation, a payment (R8).

    ./run soak-database
    ./run soak-database --errand book --way "cut after" --at-once 4

A caller says the last words of each errand on a real PostgreSQL, through a line that is cut, dead
or stalled before or after the k-th statement, for every k there is; a database of its own for each
case. Afterwards the database comes back, who was not served asks again, and the rows are counted.
Needs two cores for a few minutes. Exit status 1 when something is lost, there twice, claimed and
not there, or denied and there; or when a caller waited longer than the goal.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.soak.ranks import percentile
from tests.support.broken_store import ANSWER_S, SPOKEN, Case, CutReport, Errand, Seeder
from tests.support.cut_line import Way
from tests.support.postgres import state_folder
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.store.databases import connected, migrate
from voiceagent.store.embedded import EmbeddedPostgres

_SEED: Final = "seed"
_MOST: Final = 200
"""No errand has so many statements; one that has would not end."""


@dataclass
class _Tally:
    """The cases of one errand and way."""

    cases: int = 0
    wrong: int = 0
    waits_s: list[float] = field(default_factory=list)


class Soak:
    """All cases.

    Args:
        server: where the databases are.
        at_once: so many cases at the same time; those that stall do nothing but wait.
    """

    def __init__(self, server: EmbeddedPostgres, at_once: int) -> None:
        self._server = server
        self._turns = asyncio.Semaphore(at_once)
        self._seeder = Seeder(server.create_database(_SEED))
        self.tallies: dict[tuple[Errand, Way], _Tally] = {}
        self._number = 0

    async def run(self, errands: Sequence[Errand], ways: Sequence[Way]) -> int:
        """Run them; how many went wrong."""
        await self._seeder.seed()
        for errand in errands:
            whole = await self._case(errand, None, 0)
            self._tell(errand, "no fault", 0, whole)
            if whole.wrong:
                return 1
            # Attempts that are repeated have more statements than one that is not disturbed.
            async with asyncio.TaskGroup() as tasks:
                for way in ways:
                    for at in range(1, whole.statements + 1):
                        tasks.create_task(self._counted(errand, way, at))
        return sum(one.wrong for one in self.tallies.values())

    async def _counted(self, errand: Errand, way: Way, at: int) -> None:
        report = await self._case(errand, way, at)
        tally = self.tallies.setdefault((errand, way), _Tally())
        if not report.struck:
            report.wrong.append("it never came to that statement")
        if errand in SPOKEN and report.answer_s > ANSWER_S:
            report.wrong.append(f"a sentence after {report.answer_s:.2f} s")
        tally.cases += 1
        tally.wrong += bool(report.wrong)
        tally.waits_s.append(report.answer_s)
        if report.wrong:
            self._tell(errand, way.value, at, report)

    async def _case(self, errand: Errand, way: Way | None, at: int) -> CutReport:
        async with self._turns:
            self._number += 1
            name = f"case_{self._number}"
            await asyncio.to_thread(self._copy, name)
            try:
                case = Case(self._server.dsn(name), self._seeder, errand)
                return await case.run(way, at)
            finally:
                await asyncio.to_thread(self._server.drop_database, name)

    def _copy(self, name: str) -> None:
        with connected(self._server.dsn("postgres")) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {_SEED}".encode())

    def _tell(self, errand: Errand, way: str, at: int, report: CutReport) -> None:
        said = "; ".join(report.wrong) or f"{report.statements} statements"
        mark = "WRONG " if report.wrong else ""
        sys.stdout.write(f"{mark}{errand}, {way} {at or ''}: {said}\n")
        sys.stdout.flush()


async def main() -> int:
    """Run; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="./run soak-database", description=__doc__)
    parser.add_argument("--errand", choices=[one.value for one in Errand], action="append")
    parser.add_argument("--way", choices=[one.value for one in Way], action="append")
    parser.add_argument("--at-once", type=int, default=6)
    asked = parser.parse_args()
    errands = [Errand(one) for one in asked.errand or Errand]
    ways = [Way(one) for one in asked.way or Way]
    began_s = time.monotonic()
    with state_folder() as state:
        server = EmbeddedPostgres(state, durable=False)
        server.start()
        try:
            migrate(server.dsn())
            soak = Soak(server, asked.at_once)
            wrong = await soak.run(errands, ways)
        finally:
            server.stop()
    for (errand, way), tally in soak.tallies.items():
        sys.stdout.write(
            f"{errand}, {way.value}: {tally.cases} cases, {tally.wrong} wrong, "
            f"longest wait {percentile(tally.waits_s, 1.0):.2f} s, "
            f"median {percentile(tally.waits_s, 0.5):.2f} s\n"
        )
    cases = sum(one.cases for one in soak.tallies.values())
    sys.stdout.write(
        f"{cases} cases, {wrong} wrong, {time.monotonic() - began_s:.0f} s. "
        f"Load average at the end {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.\n"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    set_up_logs("ERROR")
    sys.exit(asyncio.run(main()))
