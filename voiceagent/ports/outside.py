"""The outside agents of a business, together: who is asked, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from voiceagent.domain.agent_events import AgentName, News, messages_of
from voiceagent.domain.business import Business
from voiceagent.domain.records import OutboundMessage
from voiceagent.ports.finance import Finance, FinanceOfFile
from voiceagent.ports.parts_desk import PartsDesk, PartsOfFile
from voiceagent.ports.tech_assist import TechAssist, TechAssistOfFile


@dataclass(frozen=True, slots=True)
class OutsideAgents:
    """Those that a business has; what is built in stands for the others.

    Attributes:
        source: who we are in events.
        finance, parts, tech_assist: whom we ask.
        told: whom we tell what happens; nobody by default: a lead is texted all the same, and the
            console shows it.
    """

    source: str
    finance: Finance
    parts: PartsDesk
    tech_assist: TechAssist
    told: frozenset[AgentName] = frozenset()

    @classmethod
    def of_file(cls, business: Business) -> Self:
        """The business file answers for all of them."""
        return cls(
            source_of_events(business),
            FinanceOfFile(business),
            PartsOfFile(business),
            TechAssistOfFile(business),
        )

    def messages(self, news: News) -> tuple[OutboundMessage, ...]:
        """What is to be queued so that those who are to hear of something hear of it."""
        return messages_of(news, self.source, self.told)


def source_of_events(business: Business) -> str:
    """The URI reference by which outside agents tell businesses apart."""
    return f"/voiceagent/{business.id}"
