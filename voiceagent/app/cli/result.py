"""The one JSON object that `demo`, `call` and `chat` print at the end, and what it is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, JsonValue

from voiceagent.domain.history import CallHistory
from voiceagent.domain.records import Cents, Job


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TurnResult(_Record):
    """One turn. `heard` is what reached the other side's ear."""

    who: str
    text: str
    heard: str


class ToolResult(_Record):
    """One tool call."""

    name: str
    arguments: JsonValue
    result: JsonValue


class JobResult(_Record):
    """The booking. Money in whole dollars, halves up; times in the business's zone."""

    job_id: str
    code: str
    customer_name: str
    phone: str
    email: str | None
    address: str
    service_type: str
    description: str
    window_start: datetime
    window_end: datetime
    timezone: str
    technician: str
    priority: str
    status: str
    notes: str
    estimated_cost: int
    deposit_amount: int
    deposit_paid: bool
    checkout_url: str | None


class MessageResult(_Record):
    """A text that left."""

    to: str
    body: str


class ConversationResult(_Record):
    """What a finished conversation came to.

    `v2v_ms` are voice-to-voice times of the replies as the carrier saw them on the wire; empty for
    text. `engine_v2v_ms` are the engine's own figures for the same replies.
    """

    outcome: str | None
    turns: tuple[TurnResult, ...]
    tool_calls: tuple[ToolResult, ...]
    job: JobResult | None
    sms: tuple[MessageResult, ...]
    v2v_ms: tuple[float, ...]
    engine_v2v_ms: tuple[float, ...]
    parts: Mapping[str, str]


def dollars(amount: Cents) -> int:
    """Whole dollars, halves up."""
    return (amount + 50) // 100


def conversation_result(
    history: CallHistory, *, timezone: str, v2v_ms: Sequence[float], parts: Mapping[str, str]
) -> ConversationResult:
    """Put together what is printed from what is stored.

    Args:
        history: the call as stored.
        timezone: the business's zone.
        v2v_ms: wire times of the replies.
        parts: which parts served the call.
    """
    outcome = history.summary.outcome
    return ConversationResult(
        outcome=outcome.value if outcome is not None else None,
        turns=tuple(
            TurnResult(who=t.speaker.value, text=t.text, heard=t.heard) for t in history.turns
        ),
        tool_calls=tuple(
            ToolResult(
                name=t.name,
                arguments=json.loads(t.arguments_json),
                result=json.loads(t.result_json),
            )
            for t in history.tools
        ),
        job=_job(history.job, timezone) if history.job is not None else None,
        sms=tuple(MessageResult(to=m.to, body=m.body) for m in history.messages),
        v2v_ms=tuple(round(v, 1) for v in v2v_ms),
        engine_v2v_ms=tuple(
            round(t.latency.v2v_ms, 1) for t in history.turns if t.latency is not None
        ),
        parts=parts,
    )


def _job(job: Job, timezone: str) -> JobResult:
    zone = ZoneInfo(timezone)
    return JobResult(
        job_id=job.job_id,
        code=job.code,
        customer_name=job.customer.name,
        phone=job.customer.phone,
        email=job.customer.email,
        address=job.address,
        service_type=job.service_type,
        description=job.description,
        window_start=job.window.start.astimezone(zone),
        window_end=job.window.end.astimezone(zone),
        timezone=timezone,
        technician=job.technician_id,
        priority=job.priority.value,
        status=job.status.value,
        notes=job.notes,
        estimated_cost=dollars(job.estimated_cost),
        deposit_amount=dollars(job.deposit_amount),
        deposit_paid=job.deposit_paid,
        checkout_url=job.checkout_url,
    )
