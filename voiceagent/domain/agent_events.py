"""What outside agents are told, as CloudEvents 1.0 in their structured JSON form.

An event is written into the outbox in the transaction that made it true, and is sent at least once
with the same id: who hears it drops copies by the id. Source:
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voiceagent.domain.records import CallId, OutboundMessage

EVENT_CHANNEL: Final = "event"
"""The channel of messages that go to an outside agent and to nobody else."""

_IDS: Final = uuid.UUID("7a0c5b8e-4f4e-4d2b-9d55-2f3a4e1c6b10")
"""Namespace of event ids: the same news has the same id, whoever tells it and however often."""


class AgentName(StrEnum):
    """An agent of the business that lives outside this engine; the name of its settings."""

    FINANCE = "finance"
    PARTS = "parts"
    TECH_ASSIST = "tech_assist"
    AREA_CEO = "area_ceo"
    ESCALATION_LEAD = "escalation_lead"


class NewsKind(StrEnum):
    """What has happened; with `TYPE_PREFIX` it is a CloudEvent's type."""

    OFFER_CREATED = "offer.created"
    ESCALATION_RAISED = "escalation.raised"
    CALL_BACK_ASKED = "call_back.asked"
    PRICES_CHANGED = "prices.changed"


TYPE_PREFIX: Final = "voiceagent."

HEARS: Final[Mapping[NewsKind, frozenset[AgentName]]] = MappingProxyType(
    {
        NewsKind.OFFER_CREATED: frozenset({AgentName.FINANCE, AgentName.AREA_CEO}),
        NewsKind.ESCALATION_RAISED: frozenset({AgentName.ESCALATION_LEAD, AgentName.AREA_CEO}),
        NewsKind.CALL_BACK_ASKED: frozenset({AgentName.ESCALATION_LEAD}),
        NewsKind.PRICES_CHANGED: frozenset({AgentName.AREA_CEO}),
    }
)
"""Who is told of what; everybody who is not configured hears nothing."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that has happened.

    Attributes:
        kind: what.
        subject: what it is about: a code, a version, a call's id. With `kind` it makes the id.
        at: when; aware.
        data: what else there is to tell.
        call_id: the conversation it belongs to, if it is one's.
    """

    kind: NewsKind
    subject: str
    at: datetime
    data: Mapping[str, str]
    call_id: CallId | None = None

    @property
    def event_id(self) -> str:
        """The same for the same news."""
        return str(uuid.uuid5(_IDS, f"{self.kind}\n{self.subject}"))

    def to_json(self, source: str) -> str:
        """The event in structured JSON.

        Args:
            source: who tells it, a URI reference.

        No brace of a text stays as it is: the outbox fills in placeholders of texts to people.
        """
        body: dict[str, str | Mapping[str, str]] = {
            "specversion": "1.0",
            "id": self.event_id,
            "source": source,
            "type": f"{TYPE_PREFIX}{self.kind}",
            "subject": self.subject,
            "time": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
        }
        return _written({**body, "data": dict(self.data)})


def _written(value: str | Mapping[str, str | Mapping[str, str]]) -> str:
    """A value as JSON, in whose texts an opening brace is written by its number."""
    if isinstance(value, str):
        return json.dumps(value).replace("{", "\\u007b")
    return "{" + ", ".join(f"{_written(k)}: {_written(v)}" for k, v in value.items()) + "}"


def messages_of(
    news: News, source: str, configured: frozenset[AgentName]
) -> tuple[OutboundMessage, ...]:
    """One message for each agent that hears of it, to be queued with what made it true."""
    return tuple(
        OutboundMessage(
            key=f"event:{agent}:{news.event_id}",
            channel=EVENT_CHANNEL,
            to=agent.value,
            body=news.to_json(source),
            call_id=news.call_id,
        )
        for agent in sorted(HEARS[news.kind] & configured)
    )
