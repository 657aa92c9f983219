"""Technicians' time, in memory."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from voiceagent.domain.phones import known_number
from voiceagent.domain.records import CallId, Slot, Window
from voiceagent.ports.schedule import Busy
from voiceagent.store.memory.tables import Hold, Tables, a_uuid, has_length, meet, refuse


class MemorySchedule:
    """`ports.schedule.Schedule` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def busy(self, technician_ids: Sequence[str], span: Window) -> Sequence[Busy]:
        """See `ports.schedule.Schedule.busy`; soonest first."""
        await self._tables.enter("schedule.busy")
        if span.start > span.end:
            refuse("a span that ends before it starts")
        taken = [
            Busy(job.technician_id, job.window, phone=job.customer.phone, address=job.address)
            for job in self._tables.live_jobs()
        ]
        taken += [
            Busy(
                hold.slot.technician_id,
                hold.slot.window,
                holder=hold.call_id,
                phone=self._number(hold.call_id),
            )
            for hold in self._tables.live_holds()
        ]
        wanted = [b for b in taken if b.technician_id in technician_ids and meet(b.window, span)]
        return sorted(wanted, key=lambda busy: (busy.window.start, busy.technician_id))

    def _number(self, call_id: CallId) -> str | None:
        number = self._tables.caller(call_id)
        return number if number.startswith("+") else None

    async def hold(self, call_id: CallId, slots: Sequence[Slot], *, minutes: int) -> Sequence[Slot]:
        """See `ports.schedule.Schedule.hold`; holds of other calls of the number are released."""
        await self._tables.enter("schedule.hold")
        caller = known_number(self._tables.caller(call_id))
        if slots:
            self._tables.known_call(call_id)
        if any(not has_length(slot.window) for slot in slots):
            refuse("a window without length")
        calls = self._tables.calls.items()
        same = {c for c, row in calls if caller.startswith("+") and row.call.from_number == caller}
        self._tables.release({call_id, *same}, but_kept=True)
        until = self._tables.clock.now() + timedelta(minutes=minutes)
        held = [
            replace(slot, slot_id=secrets.token_urlsafe(16))
            for slot in slots
            if not self._tables.is_taken(slot, but_by={call_id, *same})
        ]
        self._tables.holds += [Hold(call_id, slot, until) for slot in held]
        return held

    async def offered(self, call_id: CallId) -> Sequence[Slot]:
        """See `ports.schedule.Schedule.offered`; in the order they were offered."""
        await self._tables.enter("schedule.offered")
        a_uuid(call_id)
        return [hold.slot for hold in self._tables.live_holds() if hold.call_id == call_id]

    async def release(self, call_id: CallId) -> None:
        """See `ports.schedule.Schedule.release`."""
        await self._tables.enter("schedule.release")
        self._tables.release([a_uuid(call_id)])
