"""The waiting list on PostgreSQL.

An offer is a hold of the waiter's call, made under the technician's lock as every hold is
(`schedule`): nobody else gets the window while it lasts, and the waiter books it as any held slot.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from voiceagent.core.waiting import WaitEvent, WaitStage, moved_by
from voiceagent.domain.records import CallId, OutboundMessage, Slot, Window
from voiceagent.ports.waiting import FreedWindow, WaitingPlace, WaitingWish
from voiceagent.store.locks import lock_technicians
from voiceagent.store.outbox import put_text
from voiceagent.store.pool import Connection, Database
from voiceagent.store.schedule import HOLD

_COLUMNS: Final = """
w.id::text AS place_id, w.call_id::text, c.call_sid, w.channel, w.text_to, w.phone,
w.customer_name, w.address, w.service_type, w.description, w.notes, w.first_day, w.last_day,
w.not_before, w.not_after, w.technician, w.stage, w.slot_id, t.key AS offered_by,
lower(w.during) AS starts, upper(w.during) AS ends, w.offered_until, w.passed
"""
_FROM: Final = """
  FROM waiting_list w
  JOIN calls c ON c.id = w.call_id
  LEFT JOIN technicians t ON t.id = w.technician_id
"""

# Who asks again waits from where they were, as they say now; an offer that stands stays.
_JOIN = """
INSERT INTO waiting_list (call_id, channel, text_to, phone, customer_name, address, service_type,
                          description, notes, first_day, last_day, not_before, not_after,
                          technician)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (text_to, service_type) WHERE stage IN ('waiting', 'offered') DO UPDATE
   SET call_id = CASE WHEN waiting_list.stage = 'offered' THEN waiting_list.call_id
                      ELSE excluded.call_id END,
       channel = excluded.channel, phone = excluded.phone,
       customer_name = excluded.customer_name, address = excluded.address,
       description = excluded.description, notes = excluded.notes,
       first_day = excluded.first_day, last_day = excluded.last_day,
       not_before = excluded.not_before, not_after = excluded.not_after,
       technician = excluded.technician
RETURNING id
"""
_PLACE = f"SELECT {_COLUMNS} {_FROM} WHERE w.id = $1"
_WAITING = f"""
SELECT {_COLUMNS} {_FROM}
 WHERE w.stage = 'waiting' AND c.ended_at IS NOT NULL AND w.last_day >= app_now()::date - 1
 ORDER BY w.position
"""
_OFFERED_TO = f"""
SELECT {_COLUMNS} {_FROM}
 WHERE w.stage = 'offered' AND w.text_to = $1 AND w.offered_until > app_now()
 ORDER BY w.offered_until
 LIMIT 1
"""

_FREED = """
SELECT f.id::text, t.key, lower(f.during) AS starts, upper(f.during) AS ends
  FROM freed_windows f JOIN technicians t ON t.id = f.technician_id
 WHERE lower(f.during) > app_now()
   AND NOT EXISTS (SELECT 1 FROM jobs j
                    WHERE int4range(j.technician_id, j.technician_id, '[]')
                          && int4range(f.technician_id, f.technician_id, '[]')
                      AND j.during && f.during AND j.status IN ('booked', 'confirmed'))
   AND NOT EXISTS (SELECT 1 FROM holds h
                    WHERE int4range(h.technician_id, h.technician_id, '[]')
                          && int4range(f.technician_id, f.technician_id, '[]')
                      AND h.during && f.during AND h.expires_at > app_now())
 ORDER BY 3, 1
"""
_OVER = "DELETE FROM freed_windows WHERE lower(during) <= app_now()"
_LET_BE = "DELETE FROM freed_windows WHERE id = $1"
_NUMBER = "SELECT technician_id FROM freed_windows WHERE id = $1 FOR UPDATE"

_OFFER = """
UPDATE waiting_list
   SET stage = 'offered', slot_id = $2, technician_id = $3, during = tstzrange($4, $5),
       offered_until = app_now() + $6::interval
 WHERE id = $1 AND stage = ANY($7::text[])
RETURNING id
"""
_AGAIN = """
WITH given_up AS (
    SELECT id, slot_id, technician_id, during FROM waiting_list
     WHERE stage = ANY($1::text[]) AND {which}
       FOR UPDATE SKIP LOCKED),
  back AS (
    UPDATE waiting_list w
       SET stage = 'waiting', slot_id = NULL, technician_id = NULL, during = NULL,
           offered_until = NULL,
           passed = w.passed || (t.key || ' ' || extract(epoch FROM lower(g.during))::bigint)
      FROM given_up g JOIN technicians t ON t.id = g.technician_id
     WHERE w.id = g.id),
  unheld AS (
    DELETE FROM holds WHERE slot_id IN (SELECT slot_id FROM given_up))
INSERT INTO freed_windows (technician_id, during)
SELECT technician_id, during FROM given_up
RETURNING id
"""
_PASSED = _AGAIN.format(which="id = $2 AND slot_id = $3")
_LAPSE = _AGAIN.format(which="offered_until <= app_now()")

# A window that was kept for them, and that they did not book, is free for the next.
_END_WAIT = """
WITH over AS (
    SELECT id, technician_id, during FROM waiting_list
     WHERE phone = $1 AND service_type = $2 AND stage = ANY($3::text[])
       FOR UPDATE),
  done AS (
    UPDATE waiting_list w
       SET stage = 'booked', slot_id = NULL, technician_id = NULL, during = NULL,
           offered_until = NULL
      FROM over WHERE w.id = over.id)
INSERT INTO freed_windows (technician_id, during)
SELECT technician_id, during FROM over WHERE during IS NOT NULL
"""

_ID_BYTES = 16


async def end_wait(connection: Connection, phone: str, service_type: str) -> None:
    """A customer has what they waited for: to be called in their booking's own transaction.

    Before it touches holds: places are locked before holds everywhere.
    """
    await connection.execute(_END_WAIT, phone, service_type, _stages(WaitEvent.BOOKED))


class PostgresWaitingList:
    """`ports.waiting.WaitingList` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def join(self, wish: WaitingWish) -> WaitingPlace:
        """See `ports.waiting.WaitingList.join`."""

        async def work(connection: Connection) -> Mapping[str, object]:
            place = await connection.fetchval(
                _JOIN,
                wish.call_id,
                wish.channel,
                wish.text_to,
                wish.phone,
                wish.customer_name,
                wish.address,
                wish.service_type,
                wish.description,
                wish.notes,
                wish.first_day,
                wish.last_day,
                wish.not_before,
                wish.not_after,
                wish.technician_id,
            )
            row: Mapping[str, object] = await connection.fetchrow(_PLACE, place)
            return row

        return _place(await self._db.run(work))

    async def waiting(self) -> Sequence[WaitingPlace]:
        """See `ports.waiting.WaitingList.waiting`."""
        return [_place(row) for row in await self._db.rows(_WAITING)]

    async def freed(self) -> Sequence[FreedWindow]:
        """See `ports.waiting.WaitingList.freed`; what has begun is forgotten."""
        await self._db.execute(_OVER)
        return [
            FreedWindow(row["id"], row["key"], Window(row["starts"], row["ends"]))
            for row in await self._db.rows(_FREED)
        ]

    async def offer(
        self, place: WaitingPlace, freed: FreedWindow, text: OutboundMessage, *, minutes: int
    ) -> bool:
        """See `ports.waiting.WaitingList.offer`."""

        async def work(connection: Connection) -> bool:
            number = await connection.fetchval(_NUMBER, int(freed.freed_id))
            if number is None:
                return False
            await lock_technicians(connection, (number,))
            slot_id = secrets.token_urlsafe(_ID_BYTES)
            span = timedelta(minutes=minutes)
            window = freed.window
            taken = await connection.fetchval(
                _OFFER,
                place.place_id,
                slot_id,
                number,
                window.start,
                window.end,
                span,
                _stages(WaitEvent.OFFERED),
            )
            if taken is None:
                return False
            held = await connection.fetchval(
                HOLD,
                slot_id,
                place.wish.call_id,
                0,
                number,
                place.wish.service_type,
                window.start,
                window.end,
                span,
                None,
            )
            if held is None:
                raise _Gone
            await connection.execute(_LET_BE, int(freed.freed_id))
            await put_text(connection, text)
            return True

        try:
            return await self._db.run(work)
        except _Gone:
            return False

    async def let_be(self, freed: FreedWindow) -> None:
        """See `ports.waiting.WaitingList.let_be`."""
        await self._db.execute(_LET_BE, int(freed.freed_id))

    async def offered_to(self, text_to: str) -> WaitingPlace | None:
        """See `ports.waiting.WaitingList.offered_to`."""
        row = await self._db.row(_OFFERED_TO, text_to)
        return None if row is None else _place(row)

    async def passed(self, place: WaitingPlace) -> bool:
        """See `ports.waiting.WaitingList.passed`."""
        if place.offer is None:
            return False
        stages = _stages(WaitEvent.PASSED)
        rows = await self._db.rows(_PASSED, stages, place.place_id, place.offer.slot_id)
        return bool(rows)

    async def lapse(self) -> int:
        """See `ports.waiting.WaitingList.lapse`."""
        return len(await self._db.rows(_LAPSE, _stages(WaitEvent.TIME_UP)))


class _Gone(Exception):
    """The window is somebody else's by now."""


def _stages(event: WaitEvent) -> list[str]:
    return [stage.value for stage in moved_by(event)]


def _place(row: Mapping[str, object]) -> WaitingPlace:
    first, last, passed = row["first_day"], row["last_day"], row["passed"]
    until = row["offered_until"]
    if not (isinstance(first, date) and isinstance(last, date) and isinstance(passed, list)):
        raise TypeError("the database gave a place of other types than its table has")
    service_type = str(row["service_type"])
    wish = WaitingWish(
        call_id=CallId(str(row["call_id"])),
        call_sid=str(row["call_sid"]),
        channel=str(row["channel"]),
        text_to=str(row["text_to"]),
        phone=str(row["phone"]),
        customer_name=str(row["customer_name"]),
        address=str(row["address"]),
        service_type=service_type,
        description=str(row["description"]),
        notes=str(row["notes"]),
        first_day=first,
        last_day=last,
        not_before=_time(row["not_before"]),
        not_after=_time(row["not_after"]),
        technician_id=None if row["technician"] is None else str(row["technician"]),
    )
    return WaitingPlace(
        str(row["place_id"]),
        wish,
        WaitStage(str(row["stage"])),
        _offer(row, service_type),
        until if isinstance(until, datetime) else None,
        tuple(map(str, passed)),
    )


def _offer(row: Mapping[str, object], service_type: str) -> Slot | None:
    starts, ends = row["starts"], row["ends"]
    if row["slot_id"] is None:
        return None
    if not (isinstance(starts, datetime) and isinstance(ends, datetime)):
        raise TypeError("the database gave an offer of other types than its table has")
    window = Window(starts, ends)
    return Slot(str(row["slot_id"]), service_type, str(row["offered_by"]), window)


def _time(value: object) -> time | None:
    return value if isinstance(value, time) else None
