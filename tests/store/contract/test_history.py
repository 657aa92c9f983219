"""Looking for calls, and who has looked: the same of both stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.support.postgres import a_call, prepared
from voiceagent.domain.history import CallSearch
from voiceagent.domain.looks import ConsoleLook, Role, Visitor
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallStart, Outcome, Speaker, Turn
from voiceagent.ports.store import Store

ANN = "+15551230000"
BOB = "+19375550142"


@dataclass(frozen=True)
class Three:
    """Calls: Ann's booked one, Bob's, who was told a price, and one that goes on."""

    ann: CallStart
    bob: CallStart
    live: CallStart

    def named(self, sids: list[str]) -> str:
        names = {one.call_sid: name for name, one in vars(self).items()}
        return " ".join(names[sid] for sid in sids)


async def three(store: Store) -> tuple[Three, datetime]:
    """The calls, and a time between the first and the second."""
    draft = await prepared(store, phone=ANN)
    await store.jobs.book(draft, idempotency_key="k", messages=())
    ann = await store.history.recent(1)
    between = await store.now()
    bob, live = a_call(BOB), a_call("")
    for call, words in ((bob, "My furnace is 100% dead_"), (live, "Hello?")):
        call_id = await store.calls.open(call)
        now = await store.now()
        await store.calls.add_turn(Turn(call_id, 0, Speaker.CALLER, words, words, now))
    await store.calls.close(draft.call_id, Evidence())
    await store.calls.close(bob.call_id, Evidence.of(Outcome.QUOTED))
    return Three(ann[0].call, bob, live), between


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (CallSearch(), "live bob ann"),
        (CallSearch("FURNACE"), "bob"),
        (CallSearch("100% dead_"), "bob"),
        (CallSearch("100%_dead"), ""),
        (CallSearch("(937) 555-0142"), "bob"),
        (CallSearch("hello"), "live"),
        (CallSearch("nothing of the kind"), ""),
        (CallSearch(outcome=Outcome.BOOKED), "ann"),
        (CallSearch("furnace", Outcome.BOOKED), ""),
        (CallSearch("   "), "live bob ann"),
    ],
)
async def test_calls_are_found_by_what_was_said_numbers_and_outcomes(
    store: Store, search: CallSearch, found: str
) -> None:
    there, _ = await three(store)
    calls = await store.history.find(search, 10)
    assert there.named([one.call.call_sid for one in calls]) == found


async def test_calls_are_found_by_name_and_day_and_no_more_than_asked_for(store: Store) -> None:
    there, between = await three(store)

    async def found(search: CallSearch, limit: int = 10) -> str:
        return there.named([one.call.call_sid for one in await store.history.find(search, limit)])

    (ann,) = await store.history.find(CallSearch(outcome=Outcome.BOOKED), 1)
    assert ann.name
    assert await found(CallSearch(ann.name.upper())) == "ann"
    assert await found(CallSearch(since=between)) == "live bob"
    assert await found(CallSearch(until=between)) == "ann"
    assert await found(CallSearch(since=between, until=between - timedelta(days=1))) == ""
    assert await found(CallSearch(), 1) == "live"


async def test_looks_are_kept_in_order(store: Store) -> None:
    looks = [
        ConsoleLook(Visitor("ann@example.com", role), f"GET /{number}", "CA1", "127.0.0.1")
        for number, role in enumerate(Role)
    ]
    for look in looks:
        await store.looks.add(look)
    assert [one.look for one in await store.looks.recent(2)] == looks[:0:-1]
    assert (await store.looks.recent(1))[0].at.tzinfo is not None
