"""Plays golden calls over real engine processes, several at a time.

One engine serves one business at one start time. Calls that look at the calendar or at bookings
must not meet each other's, as they have one technician and one customer between them: each of them
is a round of its own, after which the database is emptied. Other calls of one business and time
go into a round in pairs. The engines of a business and time share its rounds, longest first. No
more callers speak at once than two cores can follow: hearing is tested here, not load.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loadtest.simulator.rest import FaultKind, RestFault
from pipelines.offline import language
from tests.golden.real import seeded
from tests.golden.replay import FOLDER, ROOT, Golden, load
from tests.voice.spoken import script
from voiceagent.app.cli import phone
from voiceagent.app.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.domain.business_file import load_business
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

STATE = Path(".state")
CALL_S = 170.0
"""No call may take longer."""

AT_ONCE = 2
"""How many engines may be starting; a start keeps a core busy."""

ROUNDS_AT_ONCE = 2
"""How many engines may be in a round, of one or two callers. Each engine has ears of its own, and
callers who begin together speak together all along."""

AGENT_WPM = 300
"""The agent speaks fast, so that the calls are short; what it hears is not touched by that."""

_CALENDAR = re.compile(r"^(check_availability|lookup_customer|book_appointment)\b")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an engine is started with."""

    business: str
    now: str


@dataclass(frozen=True, slots=True)
class Played:
    """A call that was played, and how many open jobs its round left behind."""

    call: phone.PhoneCall
    open_jobs: int


@dataclass(frozen=True, slots=True)
class _Round:
    calls: tuple[str, ...]

    @property
    def turns(self) -> int:
        return max(len(golden(call).caller_lines) for call in self.calls)


@dataclass(frozen=True, slots=True)
class _Line:
    running: phone.RunningEngine
    carrier: phone.LocalCarrier
    store: PostgresStore
    folder: Path

    async def play(self, a_round: _Round) -> dict[str, Played | Exception]:
        """Play the calls of a round at the same time, on an empty database."""
        await self.store.database.execute("TRUNCATE calls, customers CASCADE")
        for seed in (seed for call in a_round.calls for seed in golden(call).seeds):
            await seeded(self.store, seed)
        self.carrier.emulator.faults[:] = _faults(a_round)
        done = await asyncio.gather(*map(self._call, a_round.calls), return_exceptions=True)
        row = await self.store.database.row(
            "SELECT count(*) AS n FROM jobs WHERE status IN ('booked', 'confirmed')"
        )
        assert row is not None
        return {
            call: result if isinstance(result, Exception) else Played(result, row["n"])
            for call, result in zip(a_round.calls, done, strict=True)
            if not isinstance(result, BaseException) or isinstance(result, Exception)
        }

    async def _call(self, call: str) -> phone.PhoneCall:
        its = golden(call)
        async with asyncio.timeout(CALL_S):
            return await phone.phone(
                self.running,
                self.carrier,
                self.store,
                its.business,
                script(call, its),
                caller=its.caller or "anonymous",
                record_to=self.folder / f"{call}.wav",
                on_event=lambda _: None,
            )


def golden(call: str) -> Golden:
    """A golden call by its name."""
    return load(FOLDER / f"{call}.call")


def play(
    calls: Sequence[str],
    engines: Mapping[Circumstances, int],
    postgres: EmbeddedPostgres,
    folder: Path,
) -> dict[str, Played | Exception]:
    """Play all calls; what each came to, or why it could not be played.

    Args:
        calls: names of golden calls.
        engines: how many engines share the calls of some circumstances; one where not named.
        postgres: the server that the databases are made on.
        folder: where recordings of both sides and logs go.
    """
    return asyncio.run(_play(calls, engines, postgres, folder))


async def _play(
    calls: Sequence[str],
    engines: Mapping[Circumstances, int],
    postgres: EmbeddedPostgres,
    folder: Path,
) -> dict[str, Played | Exception]:
    rounds = _rounds(calls)
    workers = [
        (circumstances, queue)
        for circumstances, queue in rounds.items()
        for _ in range(min(engines.get(circumstances, 1), len(queue)))
    ]
    for business in {circumstances.business for circumstances in rounds}:
        path = _hurried(business, folder)
        language.build(load_business(path), _state(business) / "speech")
    starting = asyncio.Semaphore(AT_ONCE)
    all_ready = asyncio.Barrier(len(workers))
    speaking = asyncio.Semaphore(ROUNDS_AT_ONCE)
    played: dict[str, Played | Exception] = {}

    async def work(number: int, circumstances: Circumstances, queue: deque[_Round]) -> None:
        dsn = postgres.create_database(f"voice_{number}_{folder.name.replace('-', '_')}")
        offset = SystemClock(datetime.fromisoformat(circumstances.now)).offset
        settings = Settings(
            business=_hurried(circumstances.business, folder),
            start_time=circumstances.now,
            database_url=dsn,
            state_dir=_state(circumstances.business),
            hand_off="cold",  # these callers end with being put through
        )
        log = folder / f"engine-{number}.log"
        async with (
            phone.carrier() as carrier,
            PostgresStore(dsn, clock_offset=offset).opened() as store,
            AsyncExitStack() as stack,
        ):
            async with starting:
                engine = phone.running_engine(settings, dsn, carrier, log=log)
                running = await stack.enter_async_context(engine)
            await all_ready.wait()
            line = _Line(running, carrier, store, folder)
            while queue:
                a_round = queue.popleft()
                async with speaking:
                    played.update(await line.play(a_round))

    async with asyncio.TaskGroup() as tasks:
        for number, (circumstances, queue) in enumerate(workers):
            tasks.create_task(work(number, circumstances, queue))
    return played


def _rounds(calls: Sequence[str]) -> dict[Circumstances, deque[_Round]]:
    alone: dict[Circumstances, list[_Round]] = {}
    together: dict[Circumstances, list[str]] = {}
    for call in calls:
        its = _circumstances(call)
        if _wants_to_be_alone(golden(call)):
            alone.setdefault(its, []).append(_Round((call,)))
        else:
            together.setdefault(its, []).append(call)
    for its, names in together.items():
        by_length = sorted(names, key=lambda name: len(golden(name).caller_lines))
        pairs = [tuple(by_length[at : at + 2]) for at in range(0, len(names), 2)]
        alone.setdefault(its, []).extend(_Round(pair) for pair in pairs)
    return {
        its: deque(sorted(rounds, key=lambda one: one.turns, reverse=True))
        for its, rounds in alone.items()
    }


def _wants_to_be_alone(call: Golden) -> bool:
    asked = any(line.mark == "*" and _CALENDAR.match(line.text) for line in call.lines)
    return asked or bool(call.seeds) or _nobody_picks_up(call)


def _nobody_picks_up(call: Golden) -> bool:
    return any(line.mark == "=" and '"transferred": false' in line.text for line in call.lines)


def _faults(a_round: _Round) -> list[RestFault]:
    """Where a file says that a transfer failed, the carrier refuses it."""
    if not any(_nobody_picks_up(golden(call)) for call in a_round.calls):
        return []
    return [RestFault(FaultKind.ERROR, "Calls", times=None)]


def _circumstances(call: str) -> Circumstances:
    text = (FOLDER / f"{call}.call").read_text("utf-8")
    header = dict(re.findall(r"^(business|now): (.+)$", text, re.MULTILINE))
    return Circumstances(header["business"], header["now"])


def _hurried(business: str, folder: Path) -> Path:
    """The business file with a faster speaker."""
    path = folder / Path(business).name
    text, count = re.subn(
        r"^words_per_minute = \d+$",
        f"words_per_minute = {AGENT_WPM}",
        (ROOT / business).read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert count == 1, business
    path.write_text(text, "utf-8")
    return path


def _state(business: str) -> Path:
    """A state folder for each business file: engines that share one share a language, too."""
    return STATE / "voice" / Path(business).stem
