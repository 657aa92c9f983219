"""Many threads at once on two workers that die: nothing lost, doubled or out of order.

The small version of `./run soak-threads`: two workers are two stores of their own on one database.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

from channels.desk import TextDesk
from tests.channels.rig import CALM, REFERENCE, a_desk
from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.core.clock import SystemClock
from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore

THREADS, KILLED = 6, 0.1


class Workers:
    """Two desks; one that is killed is followed by a fresh one."""

    def __init__(self, stores: list[PostgresStore], clock: SystemClock) -> None:
        self._stores = stores
        self._clock = clock
        self._desks: list[TextDesk] = []
        self._running: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        for store in self._stores:
            self._desks.append(a_desk(store, self._clock, pace=CALM))
        self._running = [asyncio.ensure_future(desk.run()) for desk in self._desks]
        await asyncio.sleep(0)

    def some(self, dice: random.Random) -> TextDesk:
        return dice.choice(self._desks)

    async def kill(self, number: int) -> None:
        self._running[number].cancel()
        await asyncio.gather(self._running[number], return_exceptions=True)
        self._desks[number] = a_desk(self._stores[number], self._clock, pace=CALM)
        self._running[number] = asyncio.ensure_future(self._desks[number].run())
        await asyncio.sleep(0)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def test_nothing_is_lost_doubled_or_out_of_order(database: str) -> None:
    clock, dice = SystemClock(FRIDAY_NIGHT), random.Random(14)
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(
                PostgresStore(database, clock_offset=clock.offset).opened()
            )
            for _ in range(2)
        ]
        workers = Workers(stores, clock)
        await workers.start()
        replies: dict[int, list[str]] = {}

        async def person(number: int) -> None:
            replies[number] = []
            for place, text in enumerate(REFERENCE):
                if dice.random() < KILLED:
                    await workers.kill(dice.randrange(2))
                said = text.replace("555-123-0000", f"937-555-{2000 + number}")
                while True:
                    desk = workers.some(dice)
                    new = desk.new_message(
                        "sms", f"+1937555{2000 + number}", said, message_id=str(place), patience_s=2
                    )
                    try:
                        row = await desk.receive(new)
                    except Unavailable:
                        continue
                    if row.state.value == "answered":
                        replies[number].append(row.reply)
                        break

        await asyncio.gather(*(person(number) for number in range(THREADS)))
        await workers.stop()
        for number in range(THREADS):
            history = await stores[0].threads.history(f"+1937555{2000 + number}")
            assert [one.key.rpartition(":")[2] for one in history] == [
                str(place) for place in range(len(REFERENCE))
            ]
            assert [one.reply for one in history] == replies[number]
        rows = await stores[0].database.rows(
            "SELECT call_id, array_agg(text ORDER BY idx) AS said, count(*) AS n,"
            " max(idx) AS last FROM agent_turns WHERE speaker = 'caller' GROUP BY call_id"
        )
        assert len(rows) == THREADS
        for row in rows:
            said = [text for text in row["said"] if "937-555" not in text]
            assert said == [text for text in REFERENCE if "555-123" not in text]
        doubled = await stores[0].database.rows(
            "SELECT call_id FROM jobs GROUP BY call_id HAVING count(*) > 1"
        )
        assert doubled == []
