"""The ports of outside agents over HTTP: what is sent and what is read (docs/outside-agents.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.agents.http import AgentHttp
from voiceagent.domain.agent_events import AgentName
from voiceagent.domain.business import PriceTable
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import PeerMisbehaved
from voiceagent.ports.finance import OfferVerdict
from voiceagent.ports.parts_desk import PartAsked, PartEta

ASKED_S: Final = 1.2
"""How long a caller waits for an agent's answer, below the budget of the tool that asks."""

PRICES_S: Final = 10.0
EVENT_S: Final = 8.0
"""Nobody waits for these; the outbox bounds a delivery as well."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PricesAnswer(_Wire):
    """``GET /prices``."""

    tables: tuple[PriceTable, ...] = Field(max_length=100)


class OfferCheckAnswer(_Wire):
    """``POST /offers/check``; `say` is a sentence for the customer who may not have it."""

    allowed: bool
    say: str = Field(default="", max_length=300)


class EtaAnswer(_Wire):
    """``POST /eta``."""

    part: str = Field(min_length=1, max_length=100)
    known: bool
    in_stock: bool | None = None
    earliest: date | None = None
    latest: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> EtaAnswer:
        if (self.earliest is None) is not (self.latest is None):
            raise ValueError("earliest and latest come together")
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            raise ValueError("earliest is after latest")
        return self


class WhoJoinsAnswer(_Wire):
    """``POST /who-joins``."""

    technicians: tuple[str, ...] = Field(max_length=10)


class HttpFinance:
    """`ports.finance.Finance` over HTTP.

    Args:
        agent: where Finance is.
    """

    def __init__(self, agent: AgentHttp) -> None:
        self._agent = agent

    async def price_tables(self, day: date) -> Sequence[PriceTable]:
        """See `ports.finance.Finance.price_tables`."""
        query = {"day": day.isoformat()}
        answer = await self._agent.get("/prices", PricesAnswer, query=query, deadline_s=PRICES_S)
        return answer.tables

    async def may_offer(self, rule: str, phone: str | None) -> OfferVerdict:
        """See `ports.finance.Finance.may_offer`."""
        answer = await self._agent.post(
            "/offers/check",
            OfferCheckAnswer,
            body={"offer": rule, "customer": phone},
            deadline_s=ASKED_S,
        )
        return OfferVerdict(answer.allowed, answer.say)


class HttpParts:
    """`ports.parts_desk.PartsDesk` over HTTP.

    Args:
        agent: where Parts is.
    """

    def __init__(self, agent: AgentHttp) -> None:
        self._agent = agent

    async def eta(self, asked: PartAsked) -> PartEta:
        """See `ports.parts_desk.PartsDesk.eta`."""
        body = {"part": asked.part, "model": asked.model}
        answer = await self._agent.post("/eta", EtaAnswer, body=body, deadline_s=ASKED_S)
        return PartEta(answer.part, answer.known, answer.in_stock, answer.earliest, answer.latest)


class HttpTechAssist:
    """`ports.tech_assist.TechAssist` over HTTP.

    Args:
        agent: where Tech-Assist is.
    """

    def __init__(self, agent: AgentHttp) -> None:
        self._agent = agent

    async def who_joins(self, service_type: str | None, technician: str | None) -> Sequence[str]:
        """See `ports.tech_assist.TechAssist.who_joins`."""
        body = {"service_type": service_type, "technician": technician}
        answer = await self._agent.post("/who-joins", WhoJoinsAnswer, body=body, deadline_s=ASKED_S)
        return answer.technicians


class AgentEvents:
    """Sends events of the outbox to the agents they are for.

    Args:
        agents: those that hear of events.
    """

    def __init__(self, agents: Sequence[AgentHttp]) -> None:
        self._agents = {agent.name: agent for agent in agents}

    async def send(self, message: OutboundMessage) -> str:
        """Send a message on `EVENT_CHANNEL`; an event's id is the key it was sent with.

        Raises:
            PeerMisbehaved: ``agent.unknown``, an agent that is not configured any more.
        """
        agent = self._agents.get(AgentName(message.to)) if message.to in set(AgentName) else None
        if agent is None:
            raise PeerMisbehaved("agent.unknown", "No agent of that name is configured.")
        await agent.tell("/events", message.body, key=message.key, deadline_s=EVENT_S)
        return message.key
