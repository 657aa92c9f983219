"""The waiting list: who waits for a time, and what became of the windows that were freed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from voiceagent.core.waiting import WaitStage
from voiceagent.domain.records import CallId, OutboundMessage, Slot, Window


@dataclass(frozen=True, slots=True)
class WaitingWish:
    """Somebody waits for a time, and all that a booking will need.

    Attributes:
        call_id, call_sid: of the conversation in which they asked to wait.
        channel: over which they are told: ``sms`` or ``whatsapp``.
        text_to: the number that is told, and whose answer counts (E.164).
        phone: the customer's number (E.164).
        first_day, last_day: between which they want it, both included.
        not_before, not_after: in which hours of a day, on the business's wall clock.
        technician_id: by whom; ``None`` for anybody.
    """

    call_id: CallId
    call_sid: str
    channel: str
    text_to: str
    phone: str
    customer_name: str
    address: str
    service_type: str
    description: str
    notes: str
    first_day: date
    last_day: date
    not_before: time | None = None
    not_after: time | None = None
    technician_id: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """A place on the list.

    Attributes:
        place_id: its name (UUID text).
        wish: who waits for what.
        stage: where it is.
        offer: the window that is kept for them, while OFFERED.
        offered_until: how long it is.
        passed: windows they did not take, by `window_name`; they are not asked again.
    """

    place_id: str
    wish: WaitingWish
    stage: WaitStage = WaitStage.WAITING
    offer: Slot | None = None
    offered_until: datetime | None = None
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FreedWindow:
    """A window in which a technician had a visit, and has none any more."""

    freed_id: str
    technician_id: str
    window: Window


def window_name(technician_id: str, start: datetime) -> str:
    """One technician's window, whatever clock shows it."""
    return f"{technician_id} {int(start.timestamp())}"


class WaitingList(Protocol):
    """Who waits. On the database's clock; all may raise `Unavailable`.

    A booking ends its customer's wait for that service, in the booking's own transaction, and a
    visit that is cancelled or moved frees its window in that of the change (`ports.jobs`).
    """

    async def join(self, wish: WaitingWish) -> WaitingPlace:
        """Put somebody on the list; who waits for that service already waits as they say now."""
        ...

    async def waiting(self) -> Sequence[WaitingPlace]:
        """WAITING places whose conversation is over and whose last day is not, the first first."""
        ...

    async def freed(self) -> Sequence[FreedWindow]:
        """Windows that were freed, are still free and have not begun, the soonest first."""
        ...

    async def offer(
        self, place: WaitingPlace, freed: FreedWindow, text: OutboundMessage, *, minutes: int
    ) -> bool:
        """Keep a window for somebody and tell them: one transaction.

        False, and nothing is told, when the window or the place is somebody else's business by now.
        """
        ...

    async def let_be(self, freed: FreedWindow) -> None:
        """Nobody waits for it."""
        ...

    async def offered_to(self, text_to: str) -> WaitingPlace | None:
        """Whose answer a text from that number would be: an OFFERED place in time."""
        ...

    async def passed(self, place: WaitingPlace) -> bool:
        """They do not want the window: it is free for the next. False when it was not theirs."""
        ...

    async def lapse(self) -> int:
        """Offers whose time is up: their windows are free for the next; how many."""
        ...
