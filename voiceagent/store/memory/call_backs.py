"""Call backs, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceagent.domain.call_backs import CallBackAsked, CallBackKept
from voiceagent.domain.records import OutboundMessage
from voiceagent.store.call_backs import MOST_OF_A_CALL, too_many_call_backs
from voiceagent.store.memory.tables import Tables, a_uuid, refuse


class MemoryCallBacks:
    """`ports.call_backs.CallBacks` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, asked: CallBackAsked, messages: Sequence[OutboundMessage]) -> None:
        """See `ports.call_backs.CallBacks.add`."""
        await self._tables.enter("call_backs.add")
        kept = self._tables.call_backs
        others = [b for b in kept.values() if b.asked.call_id == asked.call_id]
        if sum(one.asked.key != asked.key for one in others) >= MOST_OF_A_CALL:
            raise too_many_call_backs()
        call = self._tables.known_call(a_uuid(asked.call_id)).call
        if asked.window.end <= asked.window.start:
            refuse("a window that ends before it begins")
        self._tables.check(messages)
        known = kept.get(asked.key)
        if known is None:
            kept[asked.key] = CallBackKept(asked, call.call_sid, self._tables.clock.now())
        elif known.done_at is None:
            kept[asked.key] = replace(known, asked=replace(asked, who=known.asked.who))
        for message in messages:
            self._tables.put(message)

    async def recent(self, limit: int) -> Sequence[CallBackKept]:
        """See `ports.call_backs.CallBacks.recent`."""
        await self._tables.enter("call_backs.recent")
        kept = self._tables.call_backs.values()
        waits = [one for one in kept if one.done_at is None]
        waits.sort(key=lambda one: (one.asked.window.start, one.asked_at, one.asked.key))
        over = [(one.done_at, one) for one in kept if one.done_at is not None]
        over.sort(key=lambda pair: pair[0], reverse=True)
        return [*waits, *(one for _, one in over)][:limit]

    async def done(self, key: str, who: str) -> bool:
        """See `ports.call_backs.CallBacks.done`."""
        await self._tables.enter("call_backs.done")
        known = self._tables.call_backs.get(key)
        if known is None or known.done_at is not None:
            return False
        now = self._tables.clock.now()
        self._tables.call_backs[key] = replace(known, done_at=now, done_by=who)
        return True
