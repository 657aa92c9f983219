"""Whether what is said in a call may leave this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voiceagent.errors import Unavailable


class PrivacyLatch:
    """Of one call: open until somebody closes it, then closed for good.

    What hears, thinks or speaks elsewhere says with `tell` how it stops. What cannot stop without
    ending the call tells `cannot_keep`: the call then ends with an apology, and with a person.
    """

    def __init__(self) -> None:
        self.closed = False
        self._stops: list[Callable[[], None]] = []
        self._unkept = asyncio.Event()

    def tell(self, stop: Callable[[], None]) -> None:
        """Call this when the latch closes; at once if it has."""
        if self.closed:
            stop()
        else:
            self._stops.append(stop)

    def close(self) -> None:
        """Nothing may leave any more."""
        self.closed = True
        stops, self._stops = self._stops, []
        for stop in stops:
            stop()

    def cannot_keep(self) -> None:
        """There is nobody here to do what somebody elsewhere did."""
        self._unkept.set()

    async def run(self) -> None:
        """Until cancelled.

        Raises:
            Unavailable: ``privacy.nobody_here``, when the call cannot go on.
        """
        await self._unkept.wait()
        raise Unavailable("privacy.nobody_here", "Nobody on this machine can go on with the call.")
