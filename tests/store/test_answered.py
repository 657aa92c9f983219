"""The memory of answered webhooks: the same promises on PostgreSQL and in memory."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from telephony.answered import Replayed, answer_once
from voiceagent.core.clock import ManualClock
from voiceagent.domain.answered import FORGOTTEN_S, KEPT_S, WORKING_S, Known, RequestKey, Standing
from voiceagent.errors import Unavailable
from voiceagent.ports.answered import AnswerMemory
from voiceagent.store import PostgresStore
from voiceagent.store.answered import PostgresAnswerMemory
from voiceagent.store.memory.answered import MemoryAnswerMemory

KEY = RequestKey("incoming", "CA1", "")
_OLDER = "UPDATE webhook_replays SET at = at - make_interval(secs => $1)"


class Aged:
    """A memory and a way to let time pass for what it knows."""

    def __init__(self, memory: AnswerMemory, store: PostgresStore, clock: ManualClock) -> None:
        self.memory = memory
        self._store = store
        self._clock = clock

    async def pass_s(self, seconds: float) -> None:
        self._clock.advance(seconds)
        await self._store.database.execute(_OLDER, seconds)


@pytest.fixture(params=["postgres", "memory"])
def aged(request: pytest.FixtureRequest, store: PostgresStore) -> Aged:
    clock = ManualClock(datetime(2025, 8, 30, tzinfo=UTC))
    ours: AnswerMemory = PostgresAnswerMemory(store.database)
    return Aged(ours if request.param == "postgres" else MemoryAnswerMemory(clock), store, clock)


async def test_what_is_known_of_a_request(aged: Aged) -> None:
    memory = aged.memory
    assert await memory.begin(KEY) == Known(Standing.FIRST)
    assert await memory.begin(KEY) == Known(Standing.WORKING)
    await aged.pass_s(WORKING_S)
    assert await memory.begin(KEY) == Known(Standing.UNANSWERED)
    await memory.finish(KEY, "<Response/>")
    assert await memory.begin(KEY) == Known(Standing.ANSWERED, "<Response/>")
    await aged.pass_s(KEPT_S)
    assert await memory.begin(KEY) == Known(Standing.OLD)
    await memory.forget(KEY)
    assert await memory.begin(KEY) == Known(Standing.FIRST)


async def test_keys_that_read_alike_are_not_alike(aged: Aged) -> None:
    for key in (KEY, RequestKey("incoming", "CA", "1"), RequestKey("incomingCA1", "", "")):
        assert await aged.memory.begin(key) == Known(Standing.FIRST)


async def test_copies_at_once_are_answered_once_and_alike(aged: Aged) -> None:
    made = 0

    async def make() -> str:
        nonlocal made
        made += 1
        await asyncio.sleep(0.02)
        return f"answer {made}"

    answers = await asyncio.gather(
        *(answer_once(aged.memory, KEY, make, within_s=5.0) for _ in range(10))
    )
    assert answers == ["answer 1"] * 10


async def test_what_failed_may_be_done_by_the_next_copy(aged: Aged) -> None:
    async def fails() -> str:
        raise Unavailable("store.down", "No database.")

    async def works() -> str:
        return "done"

    with pytest.raises(Unavailable):
        await answer_once(aged.memory, KEY, fails, within_s=1.0)
    assert await answer_once(aged.memory, KEY, works, within_s=1.0) == "done"
    await aged.pass_s(KEPT_S)
    with pytest.raises(Replayed):
        await answer_once(aged.memory, KEY, works, within_s=1.0)


async def test_a_copy_does_not_wait_for_ever(aged: Aged) -> None:
    await aged.memory.begin(KEY)

    async def never() -> str:
        raise AssertionError

    with pytest.raises(Unavailable) as refused:
        await answer_once(aged.memory, KEY, never, within_s=0.1)
    assert refused.value.code == "webhook.first_unanswered"


async def test_answers_and_requests_are_pruned_by_age(store: PostgresStore) -> None:
    replays, now = PostgresAnswerMemory(store.database), "SELECT kind, answer FROM webhook_replays"
    for kind, age_s in (("new", 0.0), ("kept", KEPT_S - 5), ("dull", KEPT_S), ("old", FORGOTTEN_S)):
        await replays.begin(RequestKey(kind, "CA1"))
        await replays.finish(RequestKey(kind, "CA1"), "token")
        await store.database.execute(f"{_OLDER} WHERE kind = $2", age_s, kind)
    await replays.prune()
    left = {row["kind"]: row["answer"] for row in await store.database.rows(now)}
    assert left == {"new": "token", "kept": "token", "dull": ""}
