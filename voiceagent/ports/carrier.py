"""What a carrier does besides carrying sound."""

from __future__ import annotations

from typing import Protocol


class CallControl(Protocol):
    """What the carrier can do with a live call, besides carrying its sound."""

    async def hang_up(self, call_sid: str) -> None:
        """End the call."""
        ...

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        """Connect the caller to a person; False when that was refused."""
        ...


class WaitingRoom(Protocol):
    """What a warm transfer asks of the carrier. All but `ring_lead` may be repeated."""

    async def hold(self, call_sid: str, key: str) -> bool:
        """Send a caller to the conference `key`, where they wait; False when they have left."""
        ...

    async def ring_lead(self, number: str, leg: str) -> str:
        """Ring a lead; the carrier's name for their leg, whose callbacks carry `leg`."""
        ...

    async def bring_back(self, call_sid: str) -> bool:
        """Have a waiting caller's call ask us what is next; False when they have left."""
        ...

    async def hang_up(self, call_sid: str) -> None:
        """End a call, a caller's or a lead's; one that is over is fine."""
        ...
