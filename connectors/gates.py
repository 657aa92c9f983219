"""A circuit breaker of this worker alone."""

from __future__ import annotations

from collections.abc import Callable

from voiceagent.core.breaker import OUTSIDE, Breaker


class OwnGate:
    """`ports.gate.Gate` without anybody else.

    Args:
        monotonic: seconds of a clock that never goes back.
        breaker: the rule, and what is known.
    """

    def __init__(self, monotonic: Callable[[], float], breaker: Breaker | None = None) -> None:
        self._monotonic = monotonic
        self._breaker = breaker or Breaker(OUTSIDE)

    async def admits(self) -> bool:
        """See `Gate`."""
        return self._breaker.admits(self._monotonic())

    async def succeeded(self) -> None:
        """See `Gate`."""
        self._breaker.succeeded()

    async def failed(self, *, retry_after_s: float | None = None) -> None:
        """See `Gate`."""
        self._breaker.failed(self._monotonic(), retry_after_s=retry_after_s)
