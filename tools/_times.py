"""Times of day that tools take: by the business's clock."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import AfterValidator


def _of_the_business(given: time) -> time:
    if given.tzinfo is not None:
        raise ValueError("A time of day is by the business's clock, like 14:30, without an offset.")
    return given


WallTime = Annotated[time, AfterValidator(_of_the_business)]
"""A time of day, naive; one with an offset or as a number is refused."""
