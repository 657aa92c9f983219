"""Calls, their turns and events, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.history import CallEvent
from voiceagent.domain.outcomes import EMERGENCY_REPORTED, Evidence, JobChange, decide
from voiceagent.domain.records import CallId, CallStart, Outcome, Turn
from voiceagent.errors import Unavailable
from voiceagent.ports.calls import Swept, SweptCall
from voiceagent.store.memory.tables import CallRow, Tables, a_uuid, refuse


class MemoryCalls:
    """`ports.calls.Calls` in memory; there is one worker, so every call is its own."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def open(self, call: CallStart) -> CallId:
        """See `ports.calls.Calls.open`."""
        await self._tables.enter("calls.open")
        if call.direction not in {"inbound", "outbound"}:
            refuse("an unknown direction")
        for row in self._tables.calls.values():
            if row.call.call_sid == call.call_sid:
                return row.call.call_id
        if call.call_id in self._tables.calls:
            refuse("another call has this id")
        self._tables.calls[a_uuid(call.call_id)] = CallRow(call, self._tables.clock.now())
        return call.call_id

    async def close(self, call_id: CallId, evidence: Evidence) -> Outcome:
        """See `ports.calls.Calls.close`."""
        await self._tables.enter("calls.close")
        row = self._tables.calls.get(a_uuid(call_id))
        if row is None:
            raise Unavailable("call.unknown", "There is no such call.")
        return self._settle(row, evidence)

    async def outcome(self, call_id: CallId) -> Outcome | None:
        """See `ports.calls.Calls.outcome`."""
        await self._tables.enter("calls.outcome")
        row = self._tables.calls.get(a_uuid(call_id))
        return None if row is None else row.outcome

    async def add_turn(self, turn: Turn) -> None:
        """See `ports.calls.Calls.add_turn`."""
        await self._tables.enter("calls.add_turn")
        self._tables.known_call(a_uuid(turn.call_id))
        if turn.index < 0:
            refuse("an index below 0")
        self._tables.turns.setdefault((turn.call_id, turn.index), turn)

    async def turn_count(self, call_id: CallId) -> int:
        """See `ports.calls.Calls.turn_count`."""
        await self._tables.enter("calls.turn_count")
        a_uuid(call_id)
        return sum(1 for of, _ in self._tables.turns if of == call_id)

    async def add_event(self, call_id: CallId, kind: str, detail: str = "") -> None:
        """See `ports.calls.Calls.add_event`."""
        await self._tables.enter("calls.add_event")
        self._tables.known_call(a_uuid(call_id))
        event = CallEvent(kind, detail, self._tables.clock.now())
        self._tables.events.append((call_id, event))

    async def beat(self) -> bool:
        """See `ports.calls.Calls.beat`; there is one run, which lives as long as its store."""
        await self._tables.enter("calls.beat")
        return False

    async def sweep(self, live: Sequence[CallId]) -> Swept:
        """See `ports.calls.Calls.sweep`."""
        await self._tables.enter("calls.sweep")
        alive = {a_uuid(call_id) for call_id in live}
        alive |= {one.talk.call_id for one in self._tables.threads.values() if one.talk.call_id}
        left_open = [
            row
            for call_id, row in self._tables.calls.items()
            if row.outcome is None and call_id not in alive
        ]
        dead = [row for row in left_open if not self._waits(row.call.call_id)]
        broken = Evidence(broken=True)
        closed = [SweptCall(self._settle(row, broken), row.call.channel) for row in dead]
        return Swept(closed, spared=len(left_open) - len(dead))

    def _waits(self, call_id: CallId) -> bool:
        hand_off = self._tables.hand_offs.get(call_id)
        return hand_off is not None and hand_off.may_come_back(self._tables.clock.now())

    def _settle(self, row: CallRow, evidence: Evidence) -> Outcome:
        call_id = row.call.call_id
        if row.outcome is None:
            row.outcome = decide(evidence | self._on_record(call_id))
            row.ended_at = self._tables.clock.now()
        self._tables.release([call_id])
        return row.outcome

    def _on_record(self, call_id: CallId) -> Evidence:
        tables = self._tables
        noted = {o for audit in tables.audits if audit.call_id == call_id for o in audit.proposed}
        if any(quote.call_id == call_id for quote in tables.quotes):
            noted.add(Outcome.QUOTED)
        if any(of == call_id and event.kind == EMERGENCY_REPORTED for of, event in tables.events):
            noted.add(Outcome.EMERGENCY)
        hand_off = tables.hand_offs.get(call_id)
        if hand_off is not None and hand_off.has_joined:
            noted.add(Outcome.TRANSFERRED)
        changes = (change for change in tables.changes if change.call_id == call_id)
        return Evidence(
            frozenset(JobChange(change.job_id, change.what) for change in changes),
            frozenset(noted),
        )
