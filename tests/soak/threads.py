"""1,000 threads of ten messages on two workers, which are killed: none lost, doubled, out of order.

    ./run soak-threads
    ./run soak-threads --threads 100 --rate 40 --core 0
    ./run soak-threads --threads 0    (p95 alone: a minute)

Two workers (`thread_worker`: ``/msg``, PostgreSQL, the house policy; no voice) are asked by a
thousand people at once, each of whom writes the reference call and goodbye. A tenth of the requests
are cut off in the middle and sent again, to either worker, by the same name; and every few seconds
a worker is killed (SIGKILL) and started again. Afterwards every message has one answer, the one
that its sender got; every transcript has each message once and in order; no visit is booked twice.

Two figures are told: of all answers, kills and repetitions included; and p95 of ``/msg`` at a
steady rate on one worker bound to one core, with nobody killed (the goal: 60 ms). Exit status 1
when anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import socket
import sys
import time
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp

from tests.channels.rig import REFERENCE
from tests.soak.ranks import percentile
from tests.support.postgres import state_folder
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

CUT_OFF: Final = 0.1
AGAIN_S: Final = 2.0
"""The longest pause before a request is sent again."""

KILL_EVERY_S: Final = 4.0
GOAL_P95_MS: Final = 60.0
WORDS: Final = (
    *("The first one, please" if "Tonight" in said else said for said in REFERENCE),
    *("Thank you", "No, that's all. Bye."),
)
"""What everybody writes; who asked for the same window would have nothing for all but one."""

WORKERS: Final = 2

_TRANSCRIPTS = """
SELECT c.from_number AS number, array_agg(t.text ORDER BY c.started_at, t.idx) AS said
  FROM agent_turns t JOIN calls c ON c.id = t.call_id WHERE t.speaker = 'caller' GROUP BY 1
"""
_TWICE = "SELECT count(*) AS n FROM (SELECT FROM jobs GROUP BY call_id HAVING count(*) > 1) AS t"
_BOOKED = "SELECT count(*) AS n FROM jobs"


@dataclass
class ThreadsReport:
    """What came of it."""

    threads: int
    answers: int = 0
    cut_off: int = 0
    again: int = 0
    kills: int = 0
    booked: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    waits_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        """Of the answers that were waited for."""
        return percentile(self.waits_ms, share)

    @property
    def line(self) -> str:
        """All of it in one line."""
        return (
            f"{self.answers} answers in {self.threads} threads in {self.seconds:.0f} s; "
            f"{self.cut_off} cut off, {self.again} asked again, {self.kills} workers killed; "
            f"{self.booked} visits booked; p50 {self.percentile_ms(0.5):.1f}, "
            f"p95 {self.percentile_ms(0.95):.1f} ms; {len(self.wrong)} wrong"
            + (
                f"; {1000 * self.cpu_s / self.answers:.1f} ms of CPU a message"
                if self.cpu_s
                else ""
            )
        )


class WorkerProcess:
    """A worker in a process of its own."""

    def __init__(self, port: int, dsn: str, core: int | None, began: datetime) -> None:
        self.url = f"http://127.0.0.1:{port}/msg"
        self._command = ["-m", "tests.soak.thread_worker", "--port", str(port), "--dsn", dsn]
        self._command += ["--at", began.isoformat()]  # one clock for all, also after a kill
        self._core = core
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; returns when it answers."""
        before = [] if self._core is None else ["taskset", "-c", str(self._core)]
        command = [*before, sys.executable, *self._command]
        self._process = await asyncio.create_subprocess_exec(*command)
        async with aiohttp.ClientSession() as http:
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.post(self.url, json={}):
                        return
                await asyncio.sleep(0.05)

    def cpu_s(self) -> float:
        """Processor time that it has used (Linux); 0 elsewhere."""
        stat = Path(f"/proc/{self._process.pid}/stat") if self._process else None
        if stat is None or not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def kill(self) -> None:
        """As the machine would."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            await self._process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of this run alone: another's worker would answer from another database."""
    with ExitStack() as stack:
        ends = [stack.enter_context(socket.socket()) for _ in range(count)]
        for end in ends:
            end.bind(("127.0.0.1", 0))
        return [int(end.getsockname()[1]) for end in ends]


def number_of(person: int) -> str:
    """Everybody has a number of their own."""
    return f"+1937{2000000 + person}"


def said_by(person: int, place: int) -> str:
    """A message; the reference call with a name and number of their own."""
    digits = number_of(person)[2:]
    return WORDS[place].replace("555-123-0000", f"{digits[:3]}-{digits[3:6]}-{digits[6:]}")


async def write(
    http: aiohttp.ClientSession,
    workers: list[WorkerProcess],
    person: int,
    place: int,
    dice: random.Random,
    report: ThreadsReport,
    *,
    cut_off: float,
) -> str:
    """Send a message until it is answered; the reply."""
    body = {
        "channel": "sms",
        "from": number_of(person),
        "text": said_by(person, place),
        "id": str(place),
    }
    began_s, pause_s = time.monotonic(), 0.02
    while True:
        url = dice.choice(workers).url
        impatient = dice.random() < cut_off
        timeout = aiohttp.ClientTimeout(total=dice.uniform(0.001, 0.05) if impatient else 30.0)
        try:
            async with http.post(url, json=body, timeout=timeout) as answer:
                told = await answer.json()
                if answer.status == 200:
                    report.answers += 1
                    report.waits_ms.append((time.monotonic() - began_s) * 1000)
                    return str(told["reply"])
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            report.cut_off += impatient
        report.again += 1
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, AGAIN_S)


async def storm(
    workers: list[WorkerProcess], threads: int, at_once: int, dice: random.Random
) -> tuple[ThreadsReport, dict[int, list[str]]]:
    """Everybody writes; workers are killed."""
    report = ThreadsReport(threads)
    replies: dict[int, list[str]] = {}
    places = asyncio.Semaphore(at_once)
    began_s = time.monotonic()

    async def kill_now_and_then() -> None:
        while True:
            for worker in workers:
                await asyncio.sleep(KILL_EVERY_S)
                await worker.kill()
                report.kills += 1
                await worker.start()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def person(number: int) -> None:
            replies[number] = []
            for place in range(len(WORDS)):
                async with places:
                    reply = await write(http, workers, number, place, dice, report, cut_off=CUT_OFF)
                replies[number].append(reply)

        async with asyncio.TaskGroup() as tasks:
            killing = tasks.create_task(kill_now_and_then())
            people = [tasks.create_task(person(number)) for number in range(threads)]
            await asyncio.wait(people)
            killing.cancel()
    report.seconds = time.monotonic() - began_s
    return report, replies


async def check(store: PostgresStore, report: ThreadsReport, replies: dict[int, list[str]]) -> None:
    """What is stored is what was written and answered, once and in order."""
    wrong = report.wrong
    told = {row["number"]: row["said"] for row in await store.database.rows(_TRANSCRIPTS)}
    for person, got in replies.items():
        number = number_of(person)
        wanted = [said_by(person, place) for place in range(len(WORDS))]
        if told.get(number) != wanted:
            wrong.append(f"{number}: transcript {told.get(number)}")
        history = await store.threads.history(number)
        if [one.text for one in history] != wanted:
            wrong.append(f"{number}: kept {[one.text for one in history]}")
        if [one.reply for one in history] != got:
            wrong.append(f"{number}: somebody got another reply than is kept")
    for query, most in ((_TWICE, 0),):
        row = await store.database.row(query)
        if row is None or row["n"] > most:
            wrong.append("visits were booked twice in a conversation")
    row = await store.database.row(_BOOKED)
    report.booked = 0 if row is None else row["n"]


async def steady(
    worker: WorkerProcess, first: int, threads: int, rate: float, dice: random.Random
) -> ThreadsReport:
    """One worker, nobody killed, so many messages a second; each writes once answered."""
    report = ThreadsReport(threads)
    began_s, cpu_s = time.monotonic(), worker.cpu_s()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def person(place_in_line: int) -> None:
            await asyncio.sleep(place_in_line / rate * len(WORDS))
            for place in range(len(WORDS)):
                await write(http, [worker], first + place_in_line, place, dice, report, cut_off=0.0)
                await asyncio.sleep(dice.uniform(0.5, 1.5) * 2.0)

        async with asyncio.TaskGroup() as tasks:
            for number in range(threads):
                tasks.create_task(person(number))
    report.seconds = time.monotonic() - began_s
    report.cpu_s = worker.cpu_s() - cpu_s
    return report


async def killed(
    store: PostgresStore,
    dsn: str,
    began: datetime,
    given: argparse.Namespace,
    dice: random.Random,
) -> int:
    """Two workers that are killed; how much was wrong."""
    async with AsyncExitStack() as stack:
        workers = [WorkerProcess(port, dsn, None, began) for port in free_ports(WORKERS)]
        for worker in workers:
            await worker.start()
            stack.push_async_callback(worker.kill)
        report, replies = await storm(workers, given.threads, given.at_once, dice)
        await check(store, report, replies)
    say = print
    say(f"killed: {report.line}")
    for one in report.wrong[:20]:
        say(f"  {one}")
    return len(report.wrong)


async def run(given: argparse.Namespace) -> int:
    """All of it; 1 when anything is wrong."""
    say = print
    dice = random.Random(given.seed)
    with state_folder() as folder:
        postgres = EmbeddedPostgres(folder)
        await asyncio.to_thread(postgres.start)
        dsn = await asyncio.to_thread(postgres.create_database, f"threads_{os.getpid()}")
        try:
            async with AsyncExitStack() as stack:
                store = await stack.enter_async_context(PostgresStore(dsn).opened())
                began = datetime.now(UTC)
                wrong = await killed(store, dsn, began, given, dice) if given.threads else 0
                alone = WorkerProcess(free_ports(1)[0], dsn, given.core, began)
                await alone.start()
                stack.push_async_callback(alone.kill)
                calm = await steady(alone, given.threads, given.steady, given.rate, dice)
                say(f"steady, {given.rate:g} messages a second on core {given.core}: {calm.line}")
                late = calm.percentile_ms(0.95) > GOAL_P95_MS
                say(f"p95 of /msg: {'over' if late else 'within'} the goal of {GOAL_P95_MS:g} ms")
                return 1 if wrong or late else 0
        finally:
            await asyncio.to_thread(postgres.drop_database, f"threads_{os.getpid()}")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./run soak-threads", description=__doc__)
    parser.add_argument("--threads", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=1000, help="requests under way")
    parser.add_argument("--steady", type=int, default=60, help="threads of the steady part")
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second of it")
    parser.add_argument("--core", type=int, default=0, help="of the steady worker")
    parser.add_argument("--seed", type=int, default=14)
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
