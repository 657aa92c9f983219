"""Whether a part outside is asked now: a circuit breaker, of this worker or of all of them."""

from __future__ import annotations

from typing import Protocol


class Gate(Protocol):
    """One part's. It never raises: who cannot tell lets ask."""

    async def admits(self) -> bool:
        """Whether to ask now; who is let in says afterwards how it went."""
        ...

    async def succeeded(self) -> None:
        """It answered."""
        ...

    async def failed(self, *, retry_after_s: float | None = None) -> None:
        """It did not, or too late; `retry_after_s` when it said how long to leave it alone."""
        ...
