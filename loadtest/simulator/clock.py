"""The clock that everything here is measured by.

Not the loop's: uvloop's clock has milliseconds and stands still while a callback runs.
"""

from __future__ import annotations

import time


def now_s() -> float:
    """Seconds of the monotonic clock, to well under a millisecond."""
    return time.monotonic()
