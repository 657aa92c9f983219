"""The garbage collector, told what a worker is like.

Everything of a call is freed by reference counts: circles are cut where a call ends
(`pipelines/break_cycles.py`, the session, the carrier's socket). That matters, because what they
would leave, 1,400 objects and a quarter of a megabyte a call, only a full collection frees, and a
full collection looks at every object of every live call: 60 ms at a hundred calls, 200 ms and more
with fifty ended ones, during which nobody gets sound. What is left for it is what went wrong: a
task that would not end, a circle nobody knew of. So it is made when few calls are live, and else
only when very many have ended.

Nor are the small collections left to chance. They are due by a net count of new objects, and where
calls that end free as many as calls that begin make, none is due for long, and then one has a
hundred thousand objects to look at: 130 ms. So the youngest are looked at twice a second instead.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

YOUNG_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class RoundTuning:
    """When a full collection is made.

    `calls`: after so many have ended, when no more than `quiet` are live · `most`: and after so
    many in any case.
    """

    calls: int = 50
    quiet: int = 20
    most: int = 5_000


def settle_garbage() -> None:
    """Call once, when a worker is ready: what is there now stays, and is never looked at again.

    From then on nothing is collected by itself: `collect_young` must run.
    """
    gc.collect()
    gc.freeze()
    gc.disable()


async def collect_young() -> None:
    """Collect what was made since the last time and is in circles, until cancelled."""
    while True:
        await asyncio.sleep(YOUNG_EVERY_S)
        gc.collect(0)


class GarbageRounds:
    """Collects what ended calls have left. One per worker.

    Args:
        collect: makes a full collection.
        tuning: when.
    """

    def __init__(
        self, collect: Callable[[], object] = gc.collect, tuning: RoundTuning | None = None
    ) -> None:
        self._collect = collect
        self._tuning = tuning or RoundTuning()
        self._ended = 0

    def call_ended(self, live: int) -> None:
        """A call has ended and is nobody's any more; `live` others are not."""
        self._ended += 1
        enough = self._tuning.calls if live <= self._tuning.quiet else self._tuning.most
        if self._ended >= enough:
            self._ended = 0
            self._collect()
