"""Pages that everybody may ask for, and that must not cost the calls beside them.

A page is made at most once a second, whoever asks how often; and who asks more often than a monitor
has reason to is answered a second late, with 429 and a closed connection. Only so many are kept
waiting; the rest lose their connection at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from aiohttp import web

from voiceagent.core.audio.allowance import Allowance, Rate

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FRESH_S: Final = 1.0
"""How old an answer may be."""

ASKING: Final = Rate(per_s=100, burst=200)
"""Requests of one address: a page load of a dashboard, many scrapers behind one proxy."""

LATE_S: Final = 1.0
LATE_MOST: Final = 64
ADDRESSES: Final = 256


class Fresh(Generic[T]):
    """A value that is made when it is asked for and `FRESH_S` old, by one asker for all.

    Args:
        make: makes it. What it raises is raised to who waits, and is not kept.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(self, make: Callable[[], Awaitable[T]], monotonic: Callable[[], float]) -> None:
        self._make = make
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._kept: tuple[T, float] | None = None

    async def get(self) -> T:
        """The value, not older than `FRESH_S`."""
        async with self._lock:
            now_s = self._monotonic()
            if self._kept is None or now_s - self._kept[1] >= FRESH_S:
                self._kept = None
                self._kept = (await self._make(), now_s)
            return self._kept[0]


class Asked:
    """Who asks how often.

    Args:
        monotonic: seconds of a clock that never goes back.
        count: told of every request that was too much, by code.
        rate: of one address.
    """

    def __init__(
        self, monotonic: Callable[[], float], count: Callable[[str], None], rate: Rate = ASKING
    ) -> None:
        self._monotonic = monotonic
        self._count = count
        self._rate = rate
        self._addresses: dict[str, Allowance] = {}
        self._late = 0

    def bounded(self, handler: Handler) -> Handler:
        """`handler`, for those who do not ask too often."""

        async def answer(request: web.Request) -> web.StreamResponse:
            if self._allows(request.remote or ""):
                return await handler(request)
            self._count("flood.requests")
            refusal = web.Response(status=429, headers={"Retry-After": "1"})
            refusal.force_close()
            if self._late >= LATE_MOST:
                if request.transport is not None:
                    request.transport.abort()
                return refusal
            self._late += 1
            try:
                await asyncio.sleep(LATE_S)
            finally:
                self._late -= 1
            return refusal

        return answer

    def _allows(self, address: str) -> bool:
        now_s = self._monotonic()
        left = self._addresses.get(address)
        if left is None:
            if len(self._addresses) >= ADDRESSES:
                whole = [known for known, left in self._addresses.items() if left.full(now_s)]
                for known in whole or [next(iter(self._addresses))]:
                    del self._addresses[known]
            left = self._addresses[address] = Allowance(self._rate, now_s)
        return left.take(1, now_s)
