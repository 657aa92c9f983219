"""Warm transfers: what a tool asks for, and where hand-offs are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from voiceagent.core.hand_off import HandOff
from voiceagent.domain.business import Lead
from voiceagent.domain.records import CallId, CallStart


@dataclass(frozen=True, slots=True)
class HandOffWish:
    """A caller is to talk to a person.

    Attributes:
        call: the caller's.
        leads: whom to ring, in this order; people of the business file, at least one.
        reason: why, as the tool names it.
        summary: what they are told before they take the call.
        call_back: whom they are to ring back when none of them can be reached.
        guest: a third one, who is rung once one of them talks to the caller.
    """

    call: CallStart
    leads: tuple[Lead, ...]
    reason: str
    summary: str
    call_back: str
    guest: Lead | None = None


class HandOffAnswer(StrEnum):
    """What came of a wish.

    WAITING: the caller is on hold, and leads are rung · NOBODY: that was tried in this call, and
    nobody could be reached · REFUSED: this carrier or this call cannot do it; a person may still be
    rung the other way.
    """

    WAITING = "waiting"
    NOBODY = "nobody"
    REFUSED = "refused"


class WarmTransfer(Protocol):
    """Who hands callers over to people, with a word beforehand."""

    async def begin(self, wish: HandOffWish) -> HandOffAnswer:
        """Begin it, once a call; the same wish again has the same answer.

        Raises:
            Unavailable: it cannot be written down.
        """
        ...


class HandOffs(Protocol):
    """Hand-offs as they are kept: one a call. All may raise `Unavailable`."""

    async def open(self, hand_off: HandOff) -> bool:
        """Keep a new one; False when its call has one already."""
        ...

    async def of_call(self, call_id: CallId) -> HandOff | None:
        """That of a call."""
        ...

    async def of_calls(self, call_ids: Sequence[CallId]) -> Sequence[HandOff]:
        """Those of several calls, in any order; calls without one are left out."""
        ...

    async def of_call_sid(self, call_sid: str) -> HandOff | None:
        """That of the caller's call at the carrier."""
        ...

    async def by_key(self, key: str) -> HandOff | None:
        """That whose own key, or one of whose legs' keys, this is."""
        ...

    async def change(self, hand_off: HandOff) -> bool:
        """Keep a new version; False when somebody has kept this or a later one before."""
        ...

    async def due(self, now: datetime) -> Sequence[HandOff]:
        """Those whose stage has lasted as long as it may, the longest first."""
        ...
