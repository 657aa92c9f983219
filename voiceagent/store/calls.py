"""Calls, their turns and events; every call ends with one outcome, also after a crash."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from voiceagent.core.hand_off import BACK_S
from voiceagent.domain.outcomes import Evidence, decide
from voiceagent.domain.records import CallId, CallStart, Outcome, Turn
from voiceagent.errors import Unavailable
from voiceagent.ports.calls import LEASE_S, Swept, SweptCall
from voiceagent.store.evidence import on_record
from voiceagent.store.pool import ON_DISK_SOON, Connection, Database

# The update makes the existing row visible to RETURNING, also while its first insert is still being
# committed by another worker; the call is now this worker's, and this run's.
_OPEN = """
INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number, worker, run)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (call_sid) DO UPDATE SET worker = excluded.worker, run = excluded.run
RETURNING id::text
"""

# Locked in one order, so that two sweeps wait for each other.
_LOCK = "SELECT outcome FROM calls WHERE id = $1 FOR NO KEY UPDATE"

_CLOSE = """
UPDATE calls c SET outcome = d.outcome, ended_at = app_now()
  FROM unnest($1::uuid[], $2::text[]) AS d (id, outcome)
 WHERE c.id = d.id
"""

_RELEASE = "DELETE FROM holds WHERE call_id = ANY($1::uuid[])"

_OUTCOME = "SELECT outcome FROM calls WHERE id = $1"

_ADD_TURN = f"""
INSERT INTO agent_turns (call_id, idx, speaker, text, heard, at, decided_by,
                         endpoint_ms, stt_ms, think_ms, tools_ms, tts_ms, send_ms,
                         budget_acts, answer_ms)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 WHERE {ON_DISK_SOON}
ON CONFLICT (call_id, idx) DO NOTHING
"""

_TURN_COUNT = "SELECT count(*) FROM agent_turns WHERE call_id = $1"

_ADD_EVENT = """
INSERT INTO call_events (id, call_id, kind, detail) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING
"""

# Worker 0 also settles the calls of workers that there are no more. A run that lives settles its
# own. The machine's time counts here, whatever day the engine plays.
# Who waits for a person is not cut off (`HandOff.may_come_back` says the same of one hand-off).
# A conversation in writing is no run's: whoever has its next message goes on with it.
_LEFT_OPEN = """
SELECT id::text, channel, EXISTS (
         SELECT FROM hand_offs h
          WHERE h.call_id = calls.id
            AND (h.stage NOT IN ('joined', 'parting', 'ended')
                 OR h.ended = 'returned' AND h.due_at > app_now() - make_interval(secs => $6))
       ) AS waits
  FROM calls
 WHERE outcome IS NULL AND NOT id = ANY($1::uuid[])
   AND NOT EXISTS (SELECT FROM threads WHERE threads.call_id = calls.id)
   AND (worker = $2 OR ($2 = 0 AND worker >= $3))
   AND (run IS NOT DISTINCT FROM $4 OR NOT EXISTS (
         SELECT FROM runs
          WHERE runs.id = calls.run AND seen_at > clock_timestamp() - make_interval(secs => $5)))
 ORDER BY id
   FOR NO KEY UPDATE
"""

_BEAT = """
INSERT INTO runs (id, worker, seen_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
RETURNING EXISTS (
  SELECT FROM runs others
   WHERE others.id <> $1 AND (others.worker = $2 OR ($2 = 0 AND others.worker >= $3))
     AND others.seen_at > clock_timestamp() - make_interval(secs => $4)) AS others
"""

_FORGET_RUNS = "DELETE FROM runs WHERE seen_at < clock_timestamp() - interval '1 day'"


@dataclass(frozen=True, slots=True)
class Worker:
    """Which of the workers that share the database this is: `number` from 0, `of` how many."""

    number: int = 0
    of: int = 1


class PostgresCalls:
    """`ports.calls.Calls` on PostgreSQL."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._db = database
        self._worker = worker
        self._run = uuid.uuid4()

    async def open(self, call: CallStart) -> CallId:
        """See `ports.calls.Calls.open`."""
        row = await self._db.row(
            _OPEN,
            call.call_id,
            call.call_sid,
            call.channel,
            call.direction,
            call.from_number,
            call.to_number,
            self._worker.number,
            self._run,
        )
        if row is None:
            raise Unavailable("store.refused", "The call was not recorded.")
        return CallId(row["id"])

    async def close(self, call_id: CallId, evidence: Evidence) -> Outcome:
        """See `ports.calls.Calls.close`; all of it is one transaction."""

        async def work(connection: Connection) -> Outcome:
            row = await connection.fetchrow(_LOCK, call_id)
            if row is None:
                raise Unavailable("call.unknown", "There is no such call.")
            if row["outcome"] is not None:
                await connection.execute(_RELEASE, [call_id])
                return Outcome(row["outcome"])
            (outcome,) = await _settle(connection, [call_id], evidence)
            return outcome

        return await self._db.run(work)

    async def outcome(self, call_id: CallId) -> Outcome | None:
        """See `ports.calls.Calls.outcome`."""
        row = await self._db.row(_OUTCOME, call_id)
        return Outcome(row["outcome"]) if row is not None and row["outcome"] else None

    async def add_turn(self, turn: Turn) -> None:
        """See `ports.calls.Calls.add_turn`."""
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
        """See `ports.calls.Calls.turn_count`."""
        row = await self._db.row(_TURN_COUNT, call_id)
        return 0 if row is None else int(row["count"])

    async def add_event(self, call_id: CallId, kind: str, detail: str = "") -> None:
        """See `ports.calls.Calls.add_event`."""
        # The id is chosen here, so that a repeated statement is still one event.
        await self._db.execute(_ADD_EVENT, uuid.uuid4(), call_id, kind, detail)

    async def sweep(self, live: Sequence[CallId]) -> Swept:
        """See `ports.calls.Calls.sweep`; all of it is one transaction."""

        async def work(connection: Connection) -> Swept:
            rows = await connection.fetch(
                _LEFT_OPEN,
                list(live),
                self._worker.number,
                self._worker.of,
                self._run,
                LEASE_S,
                BACK_S,
            )
            await connection.execute(_FORGET_RUNS)
            dead = [row for row in rows if not row["waits"]]
            left_open = [CallId(row["id"]) for row in dead]
            ends = await _settle(connection, left_open, Evidence(broken=True))
            closed = [
                SweptCall(outcome, row["channel"]) for outcome, row in zip(ends, dead, strict=True)
            ]
            return Swept(closed, spared=len(rows) - len(dead))

        return await self._db.run(work)

    async def beat(self) -> bool:
        """See `ports.calls.Calls.beat`."""
        row = await self._db.row(_BEAT, self._run, self._worker.number, self._worker.of, LEASE_S)
        return row is not None and bool(row["others"])


async def _settle(
    connection: Connection, call_ids: Sequence[CallId], evidence: Evidence
) -> list[Outcome]:
    """End locked open calls, each by `evidence` and what is on record of it; their outcomes."""
    known = await on_record(connection, call_ids)
    outcomes = [decide(evidence | known.get(call_id, Evidence())) for call_id in call_ids]
    await connection.execute(_CLOSE, call_ids, [outcome.value for outcome in outcomes])
    await connection.execute(_RELEASE, call_ids)
    return outcomes
