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
