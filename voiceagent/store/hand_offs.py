"""Warm transfers on PostgreSQL: the row is the state, and a version keeps two workers apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from voiceagent.core.hand_off import HandOff, HandOffEnd, HandOffStage
from voiceagent.domain.records import CallId
from voiceagent.store.pool import Database

_COLUMNS = (
    "call_id::text, key, call_sid, leads, legs, reason, summary, call_back, stage, attempt,"
    " leg_sid, tries, ended, version, due_at, guest, guest_leg, guest_sid"
)

# A repeated statement (its answer was lost on the way) finds its own key: it is still the first.
_OPEN = """
INSERT INTO hand_offs (call_id, key, call_sid, leads, legs, reason, summary, call_back, stage,
                       attempt, leg_sid, tries, ended, version, due_at, guest, guest_leg,
                       guest_sid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (call_id) DO UPDATE SET key = excluded.key WHERE hand_offs.key = excluded.key
RETURNING key
"""

_CHANGE = """
UPDATE hand_offs
   SET stage = $3, attempt = $4, leg_sid = $5, tries = $6, ended = $7, version = $2, due_at = $8,
       guest_sid = $9
 WHERE call_id = $1 AND version = $2 - 1
RETURNING version
"""

_OF_CALL = f"SELECT {_COLUMNS} FROM hand_offs WHERE call_id = $1"  # noqa: S608 - our own words
_OF_CALLS = f"""
SELECT {_COLUMNS} FROM hand_offs WHERE call_id = ANY($1::uuid[])
"""  # noqa: S608 - as above
_OF_SID = f"SELECT {_COLUMNS} FROM hand_offs WHERE call_sid = $1"  # noqa: S608 - as above
_BY_KEY = f"""
SELECT {_COLUMNS} FROM hand_offs
 WHERE key = $1 OR legs @> ARRAY[$1::text] OR (guest_leg = $1 AND $1 <> '')
"""  # noqa: S608 - as above
_DUE = f"""
SELECT {_COLUMNS} FROM hand_offs WHERE stage <> 'ended' AND due_at <= $1 ORDER BY due_at LIMIT 50
"""  # noqa: S608 - as above


class PostgresHandOffs:
    """`ports.hand_off.HandOffs` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def open(self, hand_off: HandOff) -> bool:
        """See `ports.hand_off.HandOffs.open`."""
        one = hand_off
        row = await self._db.row(
            _OPEN,
            one.call_id,
            one.key,
            one.call_sid,
            list(one.leads),
            list(one.legs),
            one.reason,
            one.summary,
            one.call_back,
            one.stage.value,
            one.attempt,
            one.leg_sid,
            one.tries,
            None if one.ended is None else one.ended.value,
            one.version,
            one.due_at,
            one.guest,
            one.guest_leg,
            one.guest_sid,
        )
        return row is not None

    async def of_call(self, call_id: CallId) -> HandOff | None:
        """See `ports.hand_off.HandOffs.of_call`."""
        return _read(await self._db.row(_OF_CALL, call_id))

    async def of_calls(self, call_ids: Sequence[CallId]) -> Sequence[HandOff]:
        """See `ports.hand_off.HandOffs.of_calls`."""
        return _all(await self._db.rows(_OF_CALLS, list(call_ids)))

    async def of_call_sid(self, call_sid: str) -> HandOff | None:
        """See `ports.hand_off.HandOffs.of_call_sid`."""
        return _read(await self._db.row(_OF_SID, call_sid))

    async def by_key(self, key: str) -> HandOff | None:
        """See `ports.hand_off.HandOffs.by_key`."""
        return _read(await self._db.row(_BY_KEY, key))

    async def change(self, hand_off: HandOff) -> bool:
        """See `ports.hand_off.HandOffs.change`."""
        one = hand_off
        row = await self._db.row(
            _CHANGE,
            one.call_id,
            one.version,
            one.stage.value,
            one.attempt,
            one.leg_sid,
            one.tries,
            None if one.ended is None else one.ended.value,
            one.due_at,
            one.guest_sid,
        )
        return row is not None

    async def due(self, now: datetime) -> Sequence[HandOff]:
        """See `ports.hand_off.HandOffs.due`."""
        return _all(await self._db.rows(_DUE, now))


def _all(rows: Sequence[Mapping[str, object]]) -> list[HandOff]:
    return [one for row in rows if (one := _read(row)) is not None]


def _read(row: Mapping[str, object] | None) -> HandOff | None:
    if row is None:
        return None
    ended = row["ended"]
    due_at = row["due_at"]
    leads, legs = row["leads"], row["legs"]
    if not (isinstance(due_at, datetime) and isinstance(leads, list) and isinstance(legs, list)):
        raise TypeError("the database gave a hand-off of other types than its table has")
    return HandOff(
        key=str(row["key"]),
        call_id=CallId(str(row["call_id"])),
        call_sid=str(row["call_sid"]),
        leads=tuple(map(str, leads)),
        legs=tuple(map(str, legs)),
        reason=str(row["reason"]),
        summary=str(row["summary"]),
        call_back=str(row["call_back"]),
        due_at=due_at,
        stage=HandOffStage(str(row["stage"])),
        attempt=int(str(row["attempt"])),
        leg_sid=str(row["leg_sid"]),
        tries=int(str(row["tries"])),
        ended=None if ended is None else HandOffEnd(str(ended)),
        version=int(str(row["version"])),
        guest=str(row["guest"]),
        guest_leg=str(row["guest_leg"]),
        guest_sid=str(row["guest_sid"]),
    )
