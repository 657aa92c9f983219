"""The day's prices: what is bad or silent changes nothing, and quotes keep their version."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loguru import logger

from tests.support.rooms import Line, coolcare, line
from tests.tools.desk import Desk
from voiceagent.app.price_sync import PriceSync
from voiceagent.domain import calendar, pricing
from voiceagent.domain.agent_events import AgentName
from voiceagent.domain.business import PriceTable
from voiceagent.domain.records import Cents
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.finance import FinanceOfFile
from voiceagent.ports.outside import OutsideAgents

TEN = datetime.fromisoformat("2025-08-26T10:00:00-04:00")
FIRST = coolcare().prices[0]


def a_table(version: str, day: date, *, factor: str = "1", **changes: object) -> PriceTable:
    """The prices of the file times a factor, in force from a day on."""
    body = FIRST.model_dump()
    for row in body["services"].values():
        for name in ("service_call", "typical_low", "typical_high"):
            row[name] = (row[name] * Decimal(factor)).quantize(Decimal(1))
    return PriceTable.model_validate({**body, "version": version, "effective_from": day, **changes})


class Published(FinanceOfFile):
    """A Finance agent that publishes what a test wants, or fails."""

    def __init__(self) -> None:
        super().__init__(coolcare())
        self.answer: Sequence[PriceTable] | Exception = ()
        self.asked: list[date] = []

    async def price_tables(self, day: date) -> Sequence[PriceTable]:
        self.asked.append(day)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def a_sync(on: Line) -> tuple[PriceSync, Published]:
    finance = Published()
    told = frozenset({AgentName.AREA_CEO})
    agents = replace(OutsideAgents.of_file(coolcare()), finance=finance, told=told)
    return PriceSync(coolcare(), on.clock, on.store.prices, agents), finance


def in_force(on: Line) -> str:
    tables = (*coolcare().prices, *on.store.kept.prices.values())
    today = calendar.local(coolcare(), on.clock.now()).date()
    return pricing.table_in_force(tables, today).version


NO_REPAIR = {k: v for k, v in FIRST.model_dump()["services"].items() if k != "repair"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Unavailable("agent.slow", "Late."), "agent.slow"),
        (PeerMisbehaved("agent.answer", "Odd."), "agent.answer"),
        ([a_table("2025-06", date(2025, 6, 1), factor="2")], "prices.version_reused"),
        ([a_table("x", date(2025, 8, 1), services=NO_REPAIR)], "prices.bad"),
        ([a_table("x", date(2025, 8, 1)), a_table("x", date(2025, 8, 2))], "prices.bad"),
    ],
)
async def test_a_bad_or_silent_answer_keeps_the_table_in_force_and_says_so_once(
    answer: Sequence[PriceTable] | Exception, code: str
) -> None:
    on = line(now=TEN)
    sync, finance = a_sync(on)
    finance.answer = answer
    lines: list[str] = []
    handler = logger.add(lambda text: lines.append(str(text)), level="INFO")
    try:
        assert not await sync.once()
        assert not await sync.once()
    finally:
        logger.remove(handler)
    assert [code in one and "prices.kept" in one for one in lines] == [True]
    assert (in_force(on), on.store.kept.prices) == ("2025-06", {})
    assert len(finance.asked) == 1, "it is tried again an hour later"
    on.clock.advance(3601)
    finance.answer = [a_table("2025-08", date(2025, 8, 1), factor="2")]
    assert await sync.once()
    assert in_force(on) == "2025-08"


async def test_nine_oclock_once_a_day_whoever_is_quicker() -> None:
    on = line(now=TEN - timedelta(hours=2))
    one, two = a_sync(on), a_sync(on)
    assert not await one[0].once()
    on.clock.advance(3600)
    assert [await sync.once() for sync, _ in (one, two)] == [True, False]
    on.clock.advance(24 * 3600)
    assert [await sync.once() for sync, _ in (two, one)] == [True, False]
    assert one[1].asked + two[1].asked == [date(2025, 8, 26), date(2025, 8, 27)]


async def test_new_prices_come_into_force_on_their_day_and_are_told_once() -> None:
    on = line(now=TEN)
    sync, finance = a_sync(on)
    finance.answer = [FIRST, a_table("2025-09", date(2025, 8, 27), factor="2")]
    assert await sync.once()
    assert in_force(on) == "2025-06"
    on.clock.advance(24 * 3600)
    assert await sync.once()
    assert in_force(on) == "2025-09"
    (event,) = await on.store.deliver()
    assert (event.to, '"version": "2025-09"' in event.body) == ("area_ceo", True)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("quote"), st.integers(0, 2)),
        st.tuples(st.just("publish"), st.integers(1, 9)),
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 13, 30])),
        st.tuples(st.just("book"), st.integers(0, 2)),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(ACTS)
def test_a_quote_in_flight_keeps_its_version_whatever_comes_between(
    acts: list[tuple[str, int]],
) -> None:
    asyncio.run(_in_flight(acts))


async def _in_flight(acts: list[tuple[str, int]]) -> None:
    """Three conversations, prices that are published between, and time that passes.

    The model: a conversation's version is the one in force at its first quote, for a day; a booking
    costs what the version of its quote says, or is refused.
    """
    on = line(now=TEN)
    sync, finance = a_sync(on)
    held: dict[int, tuple[str, datetime]] = {}
    factors = {"2025-06": 1}
    talks = [Desk(on, str(n), phone=f"+1937555010{n}") for n in range(3)]
    for place, (act, value) in enumerate(acts):
        now = on.clock.now()
        match act:
            case "publish":
                version = f"v{place}"
                factors[version] = value
                today = calendar.local(coolcare(), now).date()
                finance.answer = [a_table(version, today, factor=str(value))]
                on.store.kept.price_syncs.clear()
                if not await sync.once():
                    del factors[version]
            case "wait":
                on.clock.advance(value * 3600)
            case "quote":
                version, until = held.get(value, ("", now))
                if until <= now:
                    version, until = in_force(on), now + timedelta(hours=24)
                held[value] = (version, until)
                quoted = await talks[value].quote("maintenance")
                assert on.store.kept.quotes[-1].price_version == version
                assert quoted["total_estimate"] == 170 * factors[version]
            case _:
                await _book(talks[value], held.get(value), factors, now)


async def _book(
    at: Desk, held: tuple[str, datetime] | None, factors: dict[str, int], now: datetime
) -> None:
    slots = await at.slots("maintenance", is_emergency=False)
    cost = 0 if held is None else 170 * factors[held[0]]
    asked = at.booking(
        slots[0],
        service_type="maintenance",
        phone=at.ctx.call.from_number,
        estimated_cost=cost,
        is_emergency=False,
    )
    if held is None:
        assert await at.refused("book_appointment", **asked) == "quote.missing"
    elif held[1] <= now:
        assert await at.refused("book_appointment", **asked) == "quote.expired"
    elif len(await at.line.store.jobs.open_for(at.ctx.call.from_number)) < 2:
        await at.ok("book_appointment", **asked)
        assert at.jobs[-1].estimated_cost == Cents(cost * 100)
