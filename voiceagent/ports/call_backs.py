"""People who are to be rung back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.call_backs import CallBackAsked, CallBackKept
from voiceagent.domain.records import OutboundMessage


class CallBacks(Protocol):
    """Call backs as they are kept. All may raise `Unavailable`."""

    async def add(self, asked: CallBackAsked, messages: Sequence[OutboundMessage]) -> None:
        """Keep one and queue what is told of it: one transaction.

        The same key again changes when and why, unless it was done; no message is queued twice.

        Raises:
            CallerFixable: ``call_back.too_many``, this conversation has asked for enough of them.
        """
        ...

    async def recent(self, limit: int) -> Sequence[CallBackKept]:
        """Those that wait, soonest first, and after them those that are done, newest first."""
        ...

    async def done(self, key: str, who: str) -> bool:
        """Somebody has rung back, or has seen to it otherwise; False when it did not wait.

        Args:
            key: of the call back.
            who: did it; not empty.
        """
        ...
