"""The waiting list, in memory."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from voiceagent.core.waiting import WaitEvent, WaitStage, after
from voiceagent.domain.records import OutboundMessage, Slot
from voiceagent.ports.waiting import FreedWindow, WaitingPlace, WaitingWish, window_name
from voiceagent.store.memory.tables import Hold, Tables


class MemoryWaitingList:
    """`ports.waiting.WaitingList` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def join(self, wish: WaitingWish) -> WaitingPlace:
        """See `ports.waiting.WaitingList.join`."""
        await self._tables.enter("waiting.join")
        self._tables.known_call(wish.call_id)
        for place in self._live():
            old = place.wish
            if (old.text_to, old.service_type) == (wish.text_to, wish.service_type):
                if place.stage is WaitStage.OFFERED:  # the window is held for that call
                    wish = replace(wish, call_id=old.call_id, call_sid=old.call_sid)
                return self._keep(replace(place, wish=wish))
        return self._keep(WaitingPlace(str(uuid.uuid4()), wish))

    async def waiting(self) -> Sequence[WaitingPlace]:
        """See `ports.waiting.WaitingList.waiting`."""
        await self._tables.enter("waiting.waiting")
        yesterday = self._tables.clock.now().date() - timedelta(days=1)
        return [
            place
            for place in self._tables.waiting.values()
            if place.stage is WaitStage.WAITING
            and place.wish.last_day >= yesterday
            and self._tables.calls[place.wish.call_id].ended_at is not None
        ]

    async def freed(self) -> Sequence[FreedWindow]:
        """See `ports.waiting.WaitingList.freed`."""
        await self._tables.enter("waiting.freed")
        now = self._tables.clock.now()
        self._tables.freed = [one for one in self._tables.freed if one.window.start > now]
        free = [one for one in self._tables.freed if not self._tables.is_taken(_slot(one))]
        return sorted(free, key=lambda one: one.window.start)

    async def offer(
        self, place: WaitingPlace, freed: FreedWindow, text: OutboundMessage, *, minutes: int
    ) -> bool:
        """See `ports.waiting.WaitingList.offer`."""
        await self._tables.enter("waiting.offer")
        known = self._tables.waiting[place.place_id]
        gone = freed not in self._tables.freed or self._tables.is_taken(_slot(freed))
        if gone or after(known.stage, WaitEvent.OFFERED) is not WaitStage.OFFERED:
            return False
        slot = Slot(
            secrets.token_urlsafe(16), known.wish.service_type, freed.technician_id, freed.window
        )
        until = self._tables.clock.now() + timedelta(minutes=minutes)
        self._tables.holds.append(Hold(known.wish.call_id, slot, until))
        self._tables.freed.remove(freed)
        self._keep(replace(known, stage=WaitStage.OFFERED, offer=slot, offered_until=until))
        self._tables.put(text)
        return True

    async def let_be(self, freed: FreedWindow) -> None:
        """See `ports.waiting.WaitingList.let_be`."""
        await self._tables.enter("waiting.let_be")
        self._tables.freed = [one for one in self._tables.freed if one != freed]

    async def offered_to(self, text_to: str) -> WaitingPlace | None:
        """See `ports.waiting.WaitingList.offered_to`."""
        await self._tables.enter("waiting.offered_to")
        now = self._tables.clock.now()
        for place in self._offered():
            in_time = place.offered_until is not None and place.offered_until > now
            if in_time and place.wish.text_to == text_to:
                return place
        return None

    async def passed(self, place: WaitingPlace) -> bool:
        """See `ports.waiting.WaitingList.passed`."""
        await self._tables.enter("waiting.passed")
        found = [one for one in self._offered() if one.offer == place.offer]
        for one in found:
            self._give_up(one, WaitEvent.PASSED)
        return bool(found)

    async def lapse(self) -> int:
        """See `ports.waiting.WaitingList.lapse`."""
        await self._tables.enter("waiting.lapse")
        now = self._tables.clock.now()
        offered = self._offered()
        late = [p for p in offered if p.offered_until is not None and p.offered_until <= now]
        for place in late:
            self._give_up(place, WaitEvent.TIME_UP)
        return len(late)

    def _live(self) -> list[WaitingPlace]:
        places = self._tables.waiting.values()
        return [place for place in places if place.stage is not WaitStage.BOOKED]

    def _offered(self) -> list[WaitingPlace]:
        return [one for one in self._live() if one.offer is not None]

    def _give_up(self, place: WaitingPlace, event: WaitEvent) -> None:
        slot = place.offer
        if slot is None:
            return
        name = window_name(slot.technician_id, slot.window.start)
        holds = self._tables.holds
        self._tables.holds = [one for one in holds if one.slot.slot_id != slot.slot_id]
        self._tables.free(slot.technician_id, slot.window)
        stage = after(place.stage, event)
        passed = (*place.passed, name)
        self._keep(replace(place, stage=stage, offer=None, offered_until=None, passed=passed))

    def _keep(self, place: WaitingPlace) -> WaitingPlace:
        self._tables.waiting[place.place_id] = place
        return place


def _slot(freed: FreedWindow) -> Slot:
    return Slot("", "", freed.technician_id, freed.window)
