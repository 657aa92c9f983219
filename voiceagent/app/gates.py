"""Circuit breakers of parts outside: shared by all workers where ``REDIS_URL`` is set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from connectors.gates import OwnGate
from voiceagent.app.settings import Settings
from voiceagent.core.breaker import OUTSIDE, Breaker, BreakerLimits
from voiceagent.ports.gate import Gate

DISPATCHER = "dispatcher"

Gates: TypeAlias = Callable[[str], Gate]
"""A part's name -> its gate."""


def limits_of(part: str) -> BreakerLimits:
    """When a part is left alone; the dispatcher, which bookings wait for, for seconds only."""
    return BreakerLimits() if part == DISPATCHER else OUTSIDE


def own_gates(monotonic: Callable[[], float]) -> Gates:
    """Gates of this worker alone."""
    return lambda part: OwnGate(monotonic, Breaker(limits_of(part)))


@asynccontextmanager
async def gates_for(settings: Settings, monotonic: Callable[[], float]) -> AsyncIterator[Gates]:
    """The gates of these settings, for a block."""
    own = own_gates(monotonic)
    if not settings.redis_url:
        yield own
        return
    from redis.asyncio import Redis  # noqa: PLC0415 - only who has one pays for it

    from connectors.redis.gate import PATIENCE_S, RedisGate  # noqa: PLC0415

    async with Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=PATIENCE_S,
        socket_timeout=PATIENCE_S,
    ) as redis:
        yield lambda part: RedisGate(redis, part, limits_of(part), own(part), patience_s=PATIENCE_S)
