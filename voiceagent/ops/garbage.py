"""The garbage collector, told what a worker is like.

Nearly everything in a worker is freed by reference counts. What the collector is for, cycles of
calls that have ended, is little and not urgent; but a full collection looks at every object of
every live call, 60 ms at a hundred calls, and nobody is heard meanwhile.
"""

from __future__ import annotations

import gc
from typing import Final

THRESHOLDS: Final = (5_000, 20, 20)
"""Net new objects before a collection, and collections of one generation before one of the next:
a full one comes after two million, not after seventy thousand. Seldomer is no better: till then
every call that has ended lies about as a heap of cycles."""


def settle_garbage() -> None:
    """Call once, when a worker is ready: what is there now stays, and is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
