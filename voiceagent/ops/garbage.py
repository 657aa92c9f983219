"""The garbage collector, told what a worker is like.

Nearly everything in a worker is freed by reference counts while a call lasts. A call that has ended
is a heap of cycles, some 1,400 objects and a quarter of a megabyte, that only a full collection
frees. Left to itself the collector makes one after two million net new objects, an hour's worth of
calls; told to be quick, it makes them when nothing has ended. A full collection looks at every
object of every live call, 60 ms at a hundred calls, during which nobody gets sound; what the
carriers hold covers it. So it is made once for many calls that have ended, and for nothing else.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final

THRESHOLDS: Final = (5_000, 20, 1_000_000)
"""Net new objects before a collection, collections of one generation before one of the next; full
ones do not come by themselves."""

CALLS: Final = 50
"""Ended calls between full collections: 12 MB of them."""


def settle_garbage() -> None:
    """Call once, when a worker is ready: what is there now stays, and is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


class GarbageRounds:
    """Collects what ended calls have left. One per worker.

    Args:
        collect: makes a full collection.
        calls: how many calls may lie about.
    """

    def __init__(self, collect: Callable[[], object] = gc.collect, calls: int = CALLS) -> None:
        self._collect = collect
        self._calls = calls
        self._ended = 0

    def call_ended(self) -> None:
        """A call has ended and is nobody's any more."""
        self._ended += 1
        if self._ended >= self._calls:
            self._ended = 0
            self._collect()
