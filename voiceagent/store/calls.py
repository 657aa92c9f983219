"""Calls, their turns and events; every call ends with one outcome, also after a crash."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from voiceagent.domain.records import CallId, CallStart, Outcome, Turn
from voiceagent.errors import Unavailable
from voiceagent.store.pool import Connection, Database

# The update makes the existing row visible to RETURNING, also while its first insert is still being
# committed by another worker; the call is now this worker's.
_OPEN = """
INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number, worker)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (call_sid) DO UPDATE SET worker = excluded.worker
RETURNING id::text
"""

# The first outcome stands.
_CLOSE = """
UPDATE calls
   SET outcome = coalesce(outcome, $2), ended_at = coalesce(ended_at, app_now())
 WHERE id = $1
RETURNING outcome
"""

_RELEASE = "DELETE FROM holds WHERE call_id = $1"

_OUTCOME = "SELECT outcome FROM calls WHERE id = $1"

_ADD_TURN = """
INSERT INTO agent_turns (call_id, idx, speaker, text, heard, at, decided_by,
                         endpoint_ms, stt_ms, think_ms, tools_ms, tts_ms, send_ms,
                         budget_acts, answer_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (call_id, idx) DO NOTHING
"""

_TURN_COUNT = "SELECT count(*) FROM agent_turns WHERE call_id = $1"

_ADD_EVENT = """
INSERT INTO call_events (id, call_id, kind, detail) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING
"""

# What the caller achieved decides: the last change of a job, else a quote, else nothing. Worker 0
# also settles the calls of workers that there are no more.
_SWEEP = """
WITH swept AS (
    UPDATE calls c
       SET ended_at = app_now(),
           outcome = coalesce(
               (SELECT kind FROM job_changes j WHERE j.call_id = c.id
                 ORDER BY position DESC LIMIT 1),
               (SELECT 'quoted' FROM quotes q WHERE q.call_id = c.id LIMIT 1),
               'failed')
     WHERE outcome IS NULL AND NOT id = ANY($1::uuid[])
       AND (worker = $2 OR ($2 = 0 AND worker >= $3))
    RETURNING id
), released AS (
    DELETE FROM holds WHERE call_id IN (SELECT id FROM swept)
)
SELECT count(*) FROM swept
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """Which of the workers that share the database this is: `number` from 0, `of` how many."""

    number: int = 0
    of: int = 1


class PostgresCalls:
    """`ports.Calls` on PostgreSQL."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._db = database
        self._worker = worker

    async def open(self, call: CallStart) -> CallId:
        """See `ports.Calls.open`."""
        row = await self._db.row(
            _OPEN,
            call.call_id,
            call.call_sid,
            call.channel,
            call.direction,
            call.from_number,
            call.to_number,
            self._worker.number,
        )
        if row is None:
            raise Unavailable("store.refused", "The call was not recorded.")
        return CallId(row["id"])

    async def close(self, call_id: CallId, outcome: Outcome) -> Outcome:
        """See `ports.Calls.close`; lets go of what the call holds in the same transaction."""

        async def work(connection: Connection) -> str | None:
            stands: str | None = await connection.fetchval(_CLOSE, call_id, outcome.value)
            await connection.execute(_RELEASE, call_id)
            return stands

        stands = await self._db.run(work)
        if stands is None:
            raise Unavailable("call.unknown", "There is no such call.")
        return Outcome(stands)

    async def outcome(self, call_id: CallId) -> Outcome | None:
        """See `ports.Calls.outcome`."""
        row = await self._db.row(_OUTCOME, call_id)
        return Outcome(row["outcome"]) if row is not None and row["outcome"] else None

    async def add_turn(self, turn: Turn) -> None:
        """See `ports.Calls.add_turn`."""
        latency = turn.latency
        stages: tuple[float | None, ...] = (None,) * 6
        if latency is not None:
            stages = (
                latency.endpoint_ms,
                latency.stt_ms,
                latency.think_ms,
                latency.tools_ms,
                latency.tts_ms,
                latency.send_ms,
            )
        await self._db.execute(
            _ADD_TURN,
            turn.call_id,
            turn.index,
            turn.speaker.value,
            turn.text,
            turn.heard,
            turn.at,
            turn.decided_by,
            *stages,
            list(turn.budget_acts),
            turn.answer_ms,
        )

    async def turn_count(self, call_id: CallId) -> int:
        """See `ports.Calls.turn_count`."""
        row = await self._db.row(_TURN_COUNT, call_id)
        return 0 if row is None else int(row["count"])

    async def add_event(self, call_id: CallId, kind: str, detail: str = "") -> None:
        """See `ports.Calls.add_event`."""
        # The id is chosen here, so that a repeated statement is still one event.
        await self._db.execute(_ADD_EVENT, uuid.uuid4(), call_id, kind, detail)

    async def sweep(self, live: Sequence[CallId]) -> int:
        """See `ports.Calls.sweep`; also frees what the swept calls held."""
        row = await self._db.row(_SWEEP, list(live), self._worker.number, self._worker.of)
        return 0 if row is None else int(row["count"])
