"""Warm transfers, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from voiceagent.core.hand_off import HandOff, HandOffStage
from voiceagent.domain.records import CallId
from voiceagent.store.memory.tables import Tables, a_uuid


class MemoryHandOffs:
    """`ports.hand_off.HandOffs` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def open(self, hand_off: HandOff) -> bool:
        """See `ports.hand_off.HandOffs.open`."""
        await self._tables.enter("hand_offs.open")
        self._tables.known_call(a_uuid(hand_off.call_id))
        kept = self._tables.hand_offs.setdefault(hand_off.call_id, hand_off)
        return kept.key == hand_off.key

    async def of_call(self, call_id: CallId) -> HandOff | None:
        """See `ports.hand_off.HandOffs.of_call`."""
        await self._tables.enter("hand_offs.of_call")
        return self._tables.hand_offs.get(call_id)

    async def of_calls(self, call_ids: Sequence[CallId]) -> Sequence[HandOff]:
        """See `ports.hand_off.HandOffs.of_calls`."""
        await self._tables.enter("hand_offs.of_calls")
        kept = self._tables.hand_offs
        return [kept[call_id] for call_id in call_ids if call_id in kept]

    async def of_call_sid(self, call_sid: str) -> HandOff | None:
        """See `ports.hand_off.HandOffs.of_call_sid`."""
        await self._tables.enter("hand_offs.of_call_sid")
        found = (one for one in self._tables.hand_offs.values() if one.call_sid == call_sid)
        return next(found, None)

    async def by_key(self, key: str) -> HandOff | None:
        """See `ports.hand_off.HandOffs.by_key`."""
        await self._tables.enter("hand_offs.by_key")
        for one in self._tables.hand_offs.values():
            if key and key in {one.key, *one.legs, one.guest_leg}:
                return one
        return None

    async def change(self, hand_off: HandOff) -> bool:
        """See `ports.hand_off.HandOffs.change`."""
        await self._tables.enter("hand_offs.change")
        kept = self._tables.hand_offs.get(hand_off.call_id)
        if kept is None or kept.version != hand_off.version - 1:
            return False
        self._tables.hand_offs[hand_off.call_id] = hand_off
        return True

    async def due(self, now: datetime) -> Sequence[HandOff]:
        """See `ports.hand_off.HandOffs.due`."""
        await self._tables.enter("hand_offs.due")
        open_ones = (
            one for one in self._tables.hand_offs.values() if one.stage is not HandOffStage.ENDED
        )
        return sorted((one for one in open_ones if one.due_at <= now), key=lambda one: one.due_at)
