"""A circuit breaker that all workers share: what it knows is in Redis, its rule is ours.

What is known is read, the rule of `core.breaker` applied, and the outcome written if nobody wrote
meanwhile (WATCH); times are Redis's, so that clocks of machines need not agree. Where Redis is away
or late, the worker's own breaker tells, and asking is never held up by more than its patience.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Final, TypeVar

from loguru import logger
from redis.asyncio import Redis
from redis.exceptions import RedisError, WatchError

from voiceagent.core.breaker import Breaker, BreakerLimits, BreakerMemory, BreakerState
from voiceagent.ports.gate import Gate

PATIENCE_S: Final = 0.25
TRIES: Final = 8
KEPT_S: Final = 3600
"""What is not asked for so long is forgotten: it is closed then."""

_Told = TypeVar("_Told")


class RedisGate:
    """`ports.gate.Gate` of all workers with the same Redis.

    Args:
        redis: a client; it is not closed here.
        name: of the part, the same for every worker.
        limits: of its breaker.
        own: tells while Redis does not; it hears everything.
        patience_s: how long Redis is waited for.
    """

    def __init__(
        self,
        redis: Redis,
        name: str,
        limits: BreakerLimits,
        own: Gate,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._patience_s = patience_s
        self._redis = redis
        self._key = f"voiceagent:breaker:{name}"
        self._limits = limits
        self._own = own

    async def admits(self) -> bool:
        """See `Gate`."""
        found = await self._shared(lambda breaker, now_s: breaker.admits(now_s))
        return await self._own.admits() if found is None else found

    async def succeeded(self) -> None:
        """See `Gate`."""
        await self._own.succeeded()
        await self._shared(lambda breaker, _: breaker.succeeded())

    async def failed(self, *, retry_after_s: float | None = None) -> None:
        """See `Gate`."""
        await self._own.failed(retry_after_s=retry_after_s)
        await self._shared(
            lambda breaker, now_s: breaker.failed(now_s, retry_after_s=retry_after_s)
        )

    async def _shared(self, act: Callable[[Breaker, float], _Told]) -> _Told | None:
        """What comes of an act on the breaker that is shared; ``None`` when it cannot be had."""
        try:
            async with asyncio.timeout(self._patience_s):
                for _ in range(TRIES):
                    try:
                        return await self._tried(act)
                    except WatchError:  # another worker was first
                        continue
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning("redis.away: {}", type(error).__name__)
        return None

    async def _tried(self, act: Callable[[Breaker, float], _Told]) -> _Told:
        async with self._redis.pipeline() as pipe:
            await pipe.watch(self._key)
            kept = await pipe.get(self._key)
            seconds, micros = await self._redis.time()
            before = _memory(kept)
            breaker = Breaker(self._limits, before)
            told = act(breaker, seconds + micros / 1e6)
            if breaker.memory != before:
                pipe.multi()  # type: ignore[no-untyped-call]  # of the library
                pipe.set(self._key, json.dumps(asdict(breaker.memory)), ex=KEPT_S)
                await pipe.execute()
            return told


def _memory(kept: bytes | str | None) -> BreakerMemory:
    """What was written; nothing where it is none of ours."""
    if kept is None:
        return BreakerMemory()
    try:
        known = json.loads(kept)
        return BreakerMemory(
            BreakerState(known["state"]),
            int(known["failures"]),
            int(known["times_opened"]),
            float(known["until_s"]),
        )
    except (ValueError, KeyError, TypeError):
        return BreakerMemory()
