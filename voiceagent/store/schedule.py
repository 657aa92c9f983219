"""Technicians' time: what is taken, what is held, by whom and until when."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from voiceagent.domain.phones import known_number
from voiceagent.domain.records import CallId, Slot, Window
from voiceagent.ports.schedule import Busy
from voiceagent.store.locks import lock_identities, lock_technicians, register_technicians
from voiceagent.store.pool import Connection, Database

_BUSY = """
SELECT t.key, lower(j.during) AS starts, upper(j.during) AS ends, NULL AS holder, c.phone,
       j.address
  FROM jobs j
  JOIN technicians t ON t.id = j.technician_id
  JOIN customers c ON c.id = j.customer_id
 WHERE t.key = ANY($1::text[]) AND j.during && tstzrange($2, $3)
   AND j.status IN ('booked', 'confirmed')
UNION ALL
SELECT t.key, lower(h.during), upper(h.during), h.call_id::text,
       CASE WHEN c.from_number LIKE '+%' THEN c.from_number END, ''
  FROM holds h
  JOIN technicians t ON t.id = h.technician_id
  JOIN calls c ON c.id = h.call_id
 WHERE t.key = ANY($1::text[]) AND h.during && tstzrange($2, $3) AND h.expires_at > app_now()
 ORDER BY 2, 1
"""

_CALLER = "SELECT from_number FROM calls WHERE id = $1"

# One hold set per identity: a caller who phones twice keeps the newer offer only. What the waiting
# list keeps for them stays, and is in nobody's way but others'.
_FORGET = """
DELETE FROM holds h USING calls c
 WHERE c.id = h.call_id AND (h.call_id = $1 OR (c.from_number = $2 AND $2 LIKE '+%'))
   AND NOT EXISTS (SELECT 1 FROM waiting_list w WHERE w.slot_id = h.slot_id)
"""

# Nothing is returned when a live job or another's unexpired hold is in the way. The caller has
# the technician's lock, so what is free here stays free until the commit.
HOLD = """
INSERT INTO holds (slot_id, call_id, position, technician_id, service_type, during, expires_at)
SELECT $1, $2, $3, $4, $5, tstzrange($6, $7), app_now() + $8::interval
 WHERE NOT EXISTS (SELECT 1 FROM jobs
                    WHERE int4range(technician_id, technician_id, '[]') && int4range($4, $4, '[]')
                      AND during && tstzrange($6, $7) AND status IN ('booked', 'confirmed'))
   AND NOT EXISTS (SELECT 1 FROM holds
                    WHERE int4range(technician_id, technician_id, '[]') && int4range($4, $4, '[]')
                      AND during && tstzrange($6, $7) AND expires_at > app_now()
                      AND call_id <> $2
                      AND NOT EXISTS (SELECT 1 FROM calls c
                                       WHERE c.id = holds.call_id AND c.from_number = $9))
RETURNING slot_id
"""

_OFFERED = """
SELECT h.slot_id, h.service_type, t.key, lower(h.during) AS starts, upper(h.during) AS ends
  FROM holds h JOIN technicians t ON t.id = h.technician_id
 WHERE h.call_id = $1 AND h.expires_at > app_now()
 ORDER BY h.position
"""

_RELEASE = "DELETE FROM holds WHERE call_id = $1"

_ID_BYTES = 16
"""128 random bits: an id cannot be guessed within a hold's life, or ever."""


class PostgresSchedule:
    """`ports.schedule.Schedule` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def busy(self, technician_ids: Sequence[str], span: Window) -> Sequence[Busy]:
        """See `ports.schedule.Schedule.busy`; soonest first."""
        rows = await self._db.rows(_BUSY, list(technician_ids), span.start, span.end)
        return [
            Busy(
                row["key"],
                Window(row["starts"], row["ends"]),
                CallId(row["holder"]) if row["holder"] is not None else None,
                row["phone"],
                row["address"],
            )
            for row in rows
        ]

    async def hold(self, call_id: CallId, slots: Sequence[Slot], *, minutes: int) -> Sequence[Slot]:
        """See `ports.schedule.Schedule.hold`.

        The returned slots carry ids made here, random and good for this call only; whatever ids
        the given ones had is ignored. Holds of other calls from the same number are released.
        """

        async def work(connection: Connection) -> list[Slot]:
            caller = known_number(await connection.fetchval(_CALLER, call_id))
            await lock_identities(connection, (caller,))
            numbers = await register_technicians(connection, (slot.technician_id for slot in slots))
            await lock_technicians(connection, numbers.values())
            await connection.execute(_FORGET, call_id, caller)
            held = []
            for position, slot in enumerate(slots):
                slot_id = await connection.fetchval(
                    HOLD,
                    secrets.token_urlsafe(_ID_BYTES),
                    call_id,
                    position,
                    numbers[slot.technician_id],
                    slot.service_type,
                    slot.window.start,
                    slot.window.end,
                    timedelta(minutes=minutes),
                    caller if caller.startswith("+") else None,
                )
                if slot_id is not None:
                    held.append(replace(slot, slot_id=slot_id))
            return held

        return await self._db.run(work)

    async def offered(self, call_id: CallId) -> Sequence[Slot]:
        """See `ports.schedule.Schedule.offered`; in the order they were offered."""
        rows = await self._db.rows(_OFFERED, call_id)
        return [
            Slot(
                row["slot_id"],
                row["service_type"],
                row["key"],
                Window(row["starts"], row["ends"]),
            )
            for row in rows
        ]

    async def release(self, call_id: CallId) -> None:
        """See `ports.schedule.Schedule.release`."""
        await self._db.execute(_RELEASE, call_id)
