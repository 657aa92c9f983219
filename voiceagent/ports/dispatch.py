"""Who has the last word on which technician goes where and when: the dispatcher.

Without an outside one that is our own calendar: the store refuses what is taken, in the transaction
that books (`ports.jobs`). With one, it is asked before the store writes anything, and nothing
stands that it has not accepted.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from voiceagent.domain.records import JobDraft, OutboundMessage, Slot, Window

_ORDERS: Final = uuid.UUID("6f1d5a38-3c3c-5d62-9a0e-2a6a3b0a4f11")
"""Namespace of the names of orders."""


DISPATCH_CHANNEL: Final = "dispatch"
"""The channel of outbound messages that have an outside dispatcher let a visit go."""

DISPATCHER: Final = "dispatcher"
"""Stands where such a message has its recipient."""


def order_id_of(booking_key: str) -> str:
    """The name of an order for good, from the idempotency key of the booking that made it."""
    return str(uuid.uuid5(_ORDERS, booking_key))


def let_go_of(order_id: str) -> OutboundMessage:
    """Has the dispatcher let a visit go, once what called it off stands; queue it with that.

    It holds nothing of the customer's, so it leaves also for somebody who is forgotten.
    """
    return OutboundMessage(f"let-go:{order_id}", DISPATCH_CHANNEL, DISPATCHER, order_id)


@dataclass(frozen=True, slots=True)
class VisitOrder:
    """A visit that is to be taken on.

    Attributes:
        order_id: its name for good; the same order asked for again is the same order.
        visit: who, where, what and when; its slot names technician and window.
    """

    order_id: str
    visit: JobDraft


class SlotStatus(StrEnum):
    """Whether a window can still be had."""

    FREE = "free"
    TAKEN = "taken"


class DispatchAnswer(StrEnum):
    """What came of a wish. ACCEPTED also when it had been accepted before."""

    ACCEPTED = "accepted"
    TAKEN = "taken"


class Dispatch(Protocol):
    """Takes on visits. All but `is_ours` may raise.

    `Unavailable`: it was not reached, or said nothing in time; whether it took the wish on is then
    unknown, and the same wish again settles it. `PeerMisbehaved`: its answer is no answer.
    """

    @property
    def is_ours(self) -> bool:
        """Whether the store alone decides, so that nothing can be unknown."""
        ...

    async def slot_status(self, slots: Sequence[Slot]) -> Sequence[SlotStatus]:
        """How it is with each slot, in their order."""
        ...

    async def book(self, order: VisitOrder) -> DispatchAnswer:
        """Take on a visit; once in effect per order."""
        ...

    async def resched(self, order_id: str, technician_id: str, window: Window) -> DispatchAnswer:
        """Move a visit; once in effect, and moved where it stands is accepted."""
        ...

    async def cancel(self, order_id: str) -> None:
        """Let a visit go; one that is unknown or gone is no error."""
        ...


class OwnCalendar:
    """`Dispatch` where there is no outside one: what the store has free is free.

    It refuses nothing itself. Windows were looked up in the store before they come here, and its
    transaction refuses what was taken since.
    """

    is_ours = True

    async def slot_status(self, slots: Sequence[Slot]) -> Sequence[SlotStatus]:
        """See `Dispatch.slot_status`."""
        return [SlotStatus.FREE for _ in slots]

    async def book(self, order: VisitOrder) -> DispatchAnswer:  # noqa: ARG002 - the port's
        """See `Dispatch.book`."""
        return DispatchAnswer.ACCEPTED

    async def resched(self, order_id: str, technician_id: str, window: Window) -> DispatchAnswer:  # noqa: ARG002 - the port's
        """See `Dispatch.resched`."""
        return DispatchAnswer.ACCEPTED

    async def cancel(self, order_id: str) -> None:
        """See `Dispatch.cancel`."""
