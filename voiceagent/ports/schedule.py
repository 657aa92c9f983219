"""Technicians' time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voiceagent.domain.records import CallId, Slot, Window


@dataclass(frozen=True, slots=True)
class Busy:
    """A span in which a technician cannot take a job: a booking or somebody's hold.

    `holder` is the call that holds it, ``None`` for a booked job; `phone` is the customer's number
    for a booked job, the holder's for a hold, so that a caller's own can be told from a stranger's;
    `address` is where the job is, "" when that is not known.
    """

    technician_id: str
    window: Window
    holder: CallId | None = None
    phone: str | None = None
    address: str = ""


class Schedule(Protocol):
    """Technicians' time. The database refuses overlaps; nothing above it is trusted to."""

    async def busy(self, technician_ids: Sequence[str], span: Window) -> Sequence[Busy]:
        """Bookings and unexpired holds that touch `span`."""
        ...

    async def hold(self, call_id: CallId, slots: Sequence[Slot], *, minutes: int) -> Sequence[Slot]:
        """Hold slots for a call instead of its earlier ones; returns those that were free.

        The store makes the ids of what it returns; ids given are ignored.
        """
        ...

    async def offered(self, call_id: CallId) -> Sequence[Slot]:
        """Slots this call was offered and still holds."""
        ...

    async def release(self, call_id: CallId) -> None:
        """Let go of everything this call holds."""
        ...
