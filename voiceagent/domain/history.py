"""A call as it is looked at afterwards: by the console, the command line and tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voiceagent.domain.records import CallStart, Job, OutboundMessage, Outcome, ToolAudit, Turn
from voiceagent.domain.usage import UsageRow


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened in a call at a time, e.g. ``disclosure.heard``."""

    kind: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One line of a list of calls. `v2v_p50_ms` is ``None`` when no turn was answered."""

    call: CallStart
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    turns: int
    v2v_p50_ms: float | None


@dataclass(frozen=True, slots=True)
class CallHistory:
    """A whole call."""

    summary: CallSummary
    turns: tuple[Turn, ...]
    tools: tuple[ToolAudit, ...]
    events: tuple[CallEvent, ...]
    job: Job | None
    messages: tuple[OutboundMessage, ...]
    usage: tuple[UsageRow, ...] = ()
