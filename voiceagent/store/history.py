"""Calls to look at, for the console, the command line and tests. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.history import CallEvent, CallHistory, CallSearch, CallSummary
from voiceagent.domain.records import (
    CallId,
    CallStart,
    JobId,
    OutboundMessage,
    Outcome,
    Speaker,
    ToolAudit,
    Turn,
    TurnLatency,
)
from voiceagent.domain.texting import Delivery
from voiceagent.ports.jobs import Jobs
from voiceagent.ports.usage import UsageRows
from voiceagent.store.pool import Database, Row

_SUMMARY = """
SELECT c.id::text, c.call_sid, c.channel, c.from_number, c.to_number, c.direction, c.started_at,
       c.ended_at, c.outcome, c.worker,
       (SELECT count(*) FROM agent_turns t WHERE t.call_id = c.id) AS turns,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t.v2v_ms) FROM agent_turns t
         WHERE t.call_id = c.id AND t.v2v_ms IS NOT NULL) AS v2v_p50_ms,
       coalesce(
           (SELECT p.name FROM jobs j JOIN customers p ON p.id = j.customer_id
             WHERE j.call_id = c.id ORDER BY j.created_at LIMIT 1),
           (SELECT min(p.name) FROM customers p WHERE p.phone = c.from_number
            HAVING count(DISTINCT lower(p.name)) = 1), '') AS name
  FROM calls c
"""
_RECENT = _SUMMARY + " ORDER BY c.started_at DESC LIMIT $1"
_FOUND = """
 WHERE ($1::text IS NULL OR c.outcome = $1)
   AND ($2::timestamptz IS NULL OR c.started_at >= $2)
   AND ($3::timestamptz IS NULL OR c.started_at < $3)
   AND ($4 = ''
        OR ($5 <> '' AND position($5 IN c.from_number) > 0)
        OR EXISTS (SELECT 1 FROM customers p
                    WHERE (p.phone = c.from_number
                           OR p.id IN (SELECT j.customer_id FROM jobs j WHERE j.call_id = c.id))
                      AND position(lower($4) IN lower(p.name)) > 0)
        OR EXISTS (SELECT 1 FROM agent_turns t
                    WHERE t.call_id = c.id AND position(lower($4) IN lower(t.text)) > 0))
 ORDER BY c.started_at DESC LIMIT $6
"""
_FIND = _SUMMARY + _FOUND
_ONE = _SUMMARY + " WHERE c.call_sid = $1"
_TURNS = "SELECT * FROM agent_turns WHERE call_id = $1 ORDER BY idx"
_TOOLS = "SELECT * FROM tool_audit WHERE call_id = $1 ORDER BY idx, at"
_EVENTS = "SELECT kind, detail, at FROM call_events WHERE call_id = $1 ORDER BY at"
_MESSAGES = """
SELECT key, channel, address, body, job_id::text, status FROM messages
 WHERE call_id = $1 AND direction = 'outbound' ORDER BY id
"""


class PostgresHistory:
    """`ports.history.History` on PostgreSQL.

    Args:
        database: the pool.
        jobs: finds the job a call made.
        usage: finds what it used.
    """

    def __init__(self, database: Database, jobs: Jobs, usage: UsageRows) -> None:
        self._db = database
        self._jobs = jobs
        self._usage = usage

    async def recent(self, limit: int) -> Sequence[CallSummary]:
        """See `ports.history.History.recent`."""
        return [_summary(row) for row in await self._db.rows(_RECENT, limit)]

    async def find(self, search: CallSearch, limit: int) -> Sequence[CallSummary]:
        """See `ports.history.History.find`."""
        rows = await self._db.rows(
            _FIND,
            search.outcome,
            search.since,
            search.until,
            search.words.strip(),
            search.digits,
            limit,
        )
        return [_summary(row) for row in rows]

    async def call(self, call_sid: str) -> CallHistory | None:
        """See `ports.history.History.call`."""
        row = await self._db.row(_ONE, call_sid)
        if row is None:
            return None
        call_id = CallId(row["id"])
        messages = await self._db.rows(_MESSAGES, call_id)
        return CallHistory(
            summary=_summary(row),
            turns=tuple(_turn(call_id, r) for r in await self._db.rows(_TURNS, call_id)),
            tools=tuple(_tool(call_id, r) for r in await self._db.rows(_TOOLS, call_id)),
            events=tuple(
                CallEvent(r["kind"], r["detail"], r["at"])
                for r in await self._db.rows(_EVENTS, call_id)
            ),
            job=await self._jobs.of_call(call_id),
            usage=tuple(await self._usage.of_call(call_id)),
            messages=tuple(
                OutboundMessage(
                    key=r["key"],
                    channel=r["channel"],
                    to=r["address"],
                    body=r["body"],
                    call_id=call_id,
                    job_id=JobId(r["job_id"]) if r["job_id"] else None,
                )
                for r in messages
            ),
            arrived={r["key"]: Delivery(r["status"]) for r in messages},
        )


def _summary(row: Row) -> CallSummary:
    return CallSummary(
        call=CallStart(
            call_id=CallId(row["id"]),
            call_sid=row["call_sid"],
            channel=row["channel"],
            from_number=row["from_number"],
            to_number=row["to_number"],
            direction=row["direction"],
        ),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        turns=row["turns"],
        v2v_p50_ms=row["v2v_p50_ms"],
        name=row["name"],
        worker=row["worker"],
    )


def _turn(call_id: CallId, row: Row) -> Turn:
    latency = None
    if row["v2v_ms"] is not None:
        latency = TurnLatency(
            endpoint_ms=row["endpoint_ms"],
            stt_ms=row["stt_ms"],
            think_ms=row["think_ms"],
            tools_ms=row["tools_ms"],
            tts_ms=row["tts_ms"],
            send_ms=row["send_ms"],
        )
    return Turn(
        call_id=call_id,
        index=row["idx"],
        speaker=Speaker(row["speaker"]),
        text=row["text"],
        heard=row["heard"],
        at=row["at"],
        latency=latency,
        decided_by=row["decided_by"],
        budget_acts=tuple(row["budget_acts"]),
        answer_ms=row["answer_ms"],
    )


def _tool(call_id: CallId, row: Row) -> ToolAudit:
    return ToolAudit(
        call_id=call_id,
        index=row["idx"],
        name=row["name"],
        arguments_json=row["arguments"],
        result_json=row["result"],
        error_code=row["error_code"],
        elapsed_ms=row["elapsed_ms"],
        keys=tuple(row["keys"]),
        proposed=tuple(Outcome(name) for name in row["proposed"]),
        asked_by=row["asked_by"],
        heard=row["heard"],
    )
