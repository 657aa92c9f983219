"""Percentiles of a soak's waits, by nearest rank."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all is not over; 0 of none.

    Args:
        values: in any order.
        share: over 0 and at most 1.
    """
    if not values:
        return 0.0
    return sorted(values)[math.ceil(share * len(values)) - 1]
