"""The agents' protocol over a real socket, both ways: what we send, and what is answered.

The emulator complains of every request that is not as docs/outside-agents.md says, so that what it
finds nothing to complain of is the protocol; what it answers wrongly must come to nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection
from datetime import UTC, date, datetime

import aiohttp
import pytest

from connectors.agents.http import AgentAddress, AgentHttp
from connectors.agents.ports import AgentEvents, HttpFinance, HttpParts, HttpTechAssist
from connectors.by_channel import TextsByChannel
from connectors.gates import OwnGate
from loadtest.simulator.agents import AgentFault, AgentsEmulator
from tests.support.rooms import coolcare
from voiceagent.core.breaker import Breaker, BreakerLimits, BreakerState
from voiceagent.core.clock import ManualClock
from voiceagent.domain.agent_events import EVENT_CHANNEL, AgentName, News, NewsKind, messages_of
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable
from voiceagent.ports.parts_desk import PartAsked

DAY = date(2025, 8, 29)
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)
ASKED = PartAsked("compressor", None, DAY)


@pytest.fixture
async def agents() -> AsyncIterator[AgentsEmulator]:
    async with AgentsEmulator().running() as emulator:
        yield emulator
        assert emulator.complaints == []


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def agent(
    emulator: AgentsEmulator,
    http: aiohttp.ClientSession,
    name: AgentName = AgentName.PARTS,
    *,
    token: str | None = None,
    breaker: Breaker | None = None,
    clock: ManualClock | None = None,
) -> AgentHttp:
    address = AgentAddress(name, emulator.url, emulator.token if token is None else token)
    return AgentHttp(address, http, OwnGate((clock or ManualClock(NOW)).monotonic, breaker))


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASKED_S", "PRICES_S", "EVENT_S"):
        monkeypatch.setattr(f"connectors.agents.ports.{name}", 0.25)


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (AgentFault.SILENT, Unavailable, "agent.slow"),
        (AgentFault.DOWN, Unavailable, "agent.busy"),
        (AgentFault.BUSY, Unavailable, "agent.busy"),
        (AgentFault.ODD, PeerMisbehaved, "agent.answer"),
        (AgentFault.GARBAGE, PeerMisbehaved, "agent.answer"),
        (AgentFault.ENDLESS, PeerMisbehaved, "agent.answer"),
        (AgentFault.MOVED, PeerMisbehaved, "agent.refused"),
    ],
)
async def test_a_faulty_agent_is_an_error_of_its_kind(
    agents: AgentsEmulator,
    http: aiohttp.ClientSession,
    fault: AgentFault,
    error: type[Unavailable | PeerMisbehaved],
    code: str,
) -> None:
    agents.fault = fault
    asks = (
        HttpParts(agent(agents, http)).eta(ASKED),
        HttpFinance(agent(agents, http)).price_tables(DAY),
        HttpFinance(agent(agents, http)).may_offer("tag", None),
        HttpTechAssist(agent(agents, http)).who_joins(None, None),
    )
    for ask in asks:
        with pytest.raises(error) as raised:
            await ask
        assert raised.value.code == code
        assert agents.token not in str(raised.value)


async def test_an_agent_that_is_not_there_or_does_not_know_us(
    agents: AgentsEmulator, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(OwnerFixable, match="PARTS_TOKEN"):
        await HttpParts(agent(agents, http, token="another")).eta(ASKED)
    nobody = AgentAddress(AgentName.PARTS, "http://127.0.0.1:9", "")
    with pytest.raises(Unavailable, match=r"agent\.unreachable"):
        await HttpParts(AgentHttp(nobody, http, OwnGate(ManualClock(NOW).monotonic))).eta(ASKED)


@pytest.mark.parametrize(
    "answer",
    [
        {"known": True, "in_stock": "maybe"},
        {"known": True, "earliest": "2025-09-05", "latest": "2025-09-01"},
        {"known": True, "earliest": "2025-09-05"},
        {"known": True, "price": 12},
        {},
    ],
)
async def test_an_answer_that_was_not_agreed_is_none(
    agents: AgentsEmulator, http: aiohttp.ClientSession, answer: dict[str, object]
) -> None:
    agents.stock["compressor"] = answer
    with pytest.raises(PeerMisbehaved, match=r"agent\.answer"):
        await HttpParts(agent(agents, http)).eta(ASKED)


async def test_one_that_fails_again_and_again_is_left_alone_and_tried_again(
    agents: AgentsEmulator, http: aiohttp.ClientSession
) -> None:
    clock, breaker = ManualClock(NOW), Breaker(BreakerLimits(failures=2, open_s=5.0))
    parts = HttpParts(agent(agents, http, breaker=breaker, clock=clock))
    agents.fault = AgentFault.DOWN
    for code in ("agent.busy", "agent.busy", "agent.rests", "agent.rests"):
        with pytest.raises(Unavailable) as raised:
            await parts.eta(ASKED)
        assert raised.value.code == code
    assert len(agents.asked) == 2
    agents.fault = AgentFault.NONE
    clock.advance(6)
    assert (await parts.eta(ASKED)).known is False
    assert breaker.state is BreakerState.CLOSED


async def test_one_that_says_when_to_come_back_is_left_alone_so_long(
    agents: AgentsEmulator, http: aiohttp.ClientSession
) -> None:
    clock = ManualClock(NOW)
    parts = HttpParts(agent(agents, http, clock=clock))
    agents.fault = AgentFault.BUSY
    with pytest.raises(Unavailable) as raised:
        await parts.eta(ASKED)
    assert raised.value.retry_after_s == 7
    agents.fault = AgentFault.NONE
    clock.advance(6)
    with pytest.raises(Unavailable, match=r"agent\.rests"):
        await parts.eta(ASKED)
    clock.advance(2)
    assert (await parts.eta(ASKED)).known is False


async def test_every_question_and_its_answer(
    agents: AgentsEmulator, http: aiohttp.ClientSession
) -> None:
    agents.stock["compressor"] = {
        "known": True, "in_stock": False, "earliest": "2025-09-01", "latest": "2025-09-03",
    }  # fmt: skip
    found = await HttpParts(agent(agents, http)).eta(ASKED)
    assert (found.in_stock, found.earliest, found.as_a_rule) == (False, date(2025, 9, 1), False)
    table = coolcare().prices[0]
    agents.tables = [json.loads(table.model_dump_json())]
    finance = HttpFinance(agent(agents, http))
    assert list(await finance.price_tables(DAY)) == [table]
    assert (await finance.may_offer("tag", "+15551230000")).allowed
    agents.refused["tag"] = "Not this year."
    assert (await finance.may_offer("tag", None)).say == "Not this year."
    agents.joining = ["mike"]
    assert list(await HttpTechAssist(agent(agents, http)).who_joins("repair", "mike")) == ["mike"]
    await agent(agents, http).check(deadline_s=1)


def an_event(summary: str = "AC is out.") -> tuple[OutboundMessage, ...]:
    news = News(NewsKind.ESCALATION_RAISED, "call-1", NOW, {"summary": summary})
    configured = frozenset({AgentName.ESCALATION_LEAD})
    return messages_of(news, "/voiceagent/coolcare", configured)


class NoTexts:
    """Nobody is texted here."""

    async def send(self, message: OutboundMessage) -> str:
        raise AssertionError(message)

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        raise AssertionError(message, since, but_not)


async def test_an_event_arrives_as_it_is_however_often_it_is_sent(
    agents: AgentsEmulator, http: aiohttp.ClientSession
) -> None:
    lead = agent(agents, http, AgentName.ESCALATION_LEAD)
    sends = TextsByChannel(NoTexts(), {EVENT_CHANNEL: AgentEvents([lead]).send})
    words = 'She said "now" {checkout_url} {job_code} \u2603'
    (message,) = an_event(words)
    assert "{checkout_url}" not in message.body
    agents.fault = AgentFault.DEAF  # it hears, and we never learn that it has
    with pytest.raises(Unavailable):
        await sends.send(message)
    agents.fault = AgentFault.NONE
    assert await sends.find(message, since=NOW, but_not=()) is None
    assert await sends.send(message) == message.key
    (event,) = agents.events.values()
    assert agents.heard == {str(event["id"]): 2}
    assert event == {
        "specversion": "1.0",
        "id": "e9a3b7b4",
        "source": "/voiceagent/coolcare",
        "type": "voiceagent.escalation.raised",
        "subject": "call-1",
        "time": "2025-08-29T20:05:00Z",
        "datacontenttype": "application/json",
        "data": {"summary": words},
    } | {"id": event["id"]}


async def test_an_event_for_nobody_is_not_tried_again(http: aiohttp.ClientSession) -> None:
    (message,) = an_event()
    with pytest.raises(PeerMisbehaved, match=r"agent\.unknown"):
        await AgentEvents([]).send(message)
