"""An event outlives the agent's outage and our own death, and is the same each time it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from connectors.agents.http import AgentAddress, AgentHttp
from connectors.agents.ports import AgentEvents
from connectors.by_channel import TextsByChannel
from connectors.gates import OwnGate
from loadtest.simulator.agents import AgentFault, AgentsEmulator
from tests.store.test_dispatcher import QUICK, Carrier, Provider, forward, states
from voiceagent.core.clock import SystemClock
from voiceagent.domain.agent_events import EVENT_CHANNEL, AgentName, News, NewsKind, messages_of
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher
from voiceagent.store.sending import Carriers

NOW = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)


@pytest.fixture
async def agents() -> AsyncIterator[AgentsEmulator]:
    async with AgentsEmulator().running() as emulator:
        yield emulator
        assert emulator.complaints == []


async def test_an_event_comes_through_an_outage_and_a_death(
    agents: AgentsEmulator, store: PostgresStore
) -> None:
    news = News(NewsKind.PRICES_CHANGED, "2025-09", NOW, {"version": "2025-09"})
    for message in messages_of(news, "/voiceagent/coolcare", frozenset({AgentName.AREA_CEO})):
        await store.outbox.put(message)
        await store.outbox.put(message)
    carrier = Carrier()
    async with aiohttp.ClientSession() as http:
        address = AgentAddress(AgentName.AREA_CEO, agents.url, agents.token)

        def a_worker() -> Dispatcher:
            events = AgentEvents([AgentHttp(address, http, OwnGate(SystemClock().monotonic))])
            sends = TextsByChannel(carrier, {EVENT_CHANNEL: events.send})
            return Dispatcher(store.database, Provider(), Carriers(sends), pace=QUICK)

        agents.fault = AgentFault.DOWN
        await a_worker().drain()
        assert await states(store) == {"text": "waiting"}
        await forward(store)
        agents.fault = AgentFault.DEAF  # it has heard, and we die before we learn of it
        await a_worker().drain()
        assert await states(store) == {"text": "waiting"}
        await forward(store)
        agents.fault = AgentFault.NONE
        await a_worker().drain()
    assert await states(store) == {"text": "done"}
    (times,) = agents.heard.values()  # one id, so whoever hears it again knows it
    assert times >= 2
    assert [event["type"] for event in agents.events.values()] == ["voiceagent.prices.changed"]
    assert carrier.sent == []
