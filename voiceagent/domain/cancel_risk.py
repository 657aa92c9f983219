"""How likely a visit is to be called off, until a trained model says: a baseline that counts.

The share of a channel and priority that was called off within a year, drawn towards the share of
the channel, and that towards the share of all, by as many visits as `WEIGHT`; what was never seen
is `PRIOR`. It knows nothing of the customer, the day or the price.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from voiceagent.domain.records import Priority

MODEL: Final = "cancel-baseline"
VERSION: Final = "1"

LOOKS_BACK: Final = timedelta(days=365)
PRIOR: Final = 0.1
"""An assumption and no measurement: it decides only where hardly anything was booked yet."""

WEIGHT: Final = 20.0


@dataclass(frozen=True, slots=True)
class CancelCount:
    """Visits that were booked over a channel with a priority, and how many were called off."""

    channel: str
    priority: Priority
    booked: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class CancelRisk:
    """`risk` is 0 to 1; `seen` is how many visits of the very kind it rests on."""

    risk: float
    seen: int


def cancel_risk(counts: Sequence[CancelCount], channel: str, priority: Priority) -> CancelRisk:
    """The baseline's risk of a visit."""

    def drawn(towards: float, of: Callable[[CancelCount], bool]) -> tuple[float, int]:
        booked = sum(one.booked for one in counts if of(one))
        cancelled = sum(one.cancelled for one in counts if of(one))
        return (cancelled + WEIGHT * towards) / (booked + WEIGHT), booked

    of_all, _ = drawn(PRIOR, lambda _: True)
    of_channel, _ = drawn(of_all, lambda one: one.channel == channel)
    risk, seen = drawn(of_channel, lambda one: (one.channel, one.priority) == (channel, priority))
    return CancelRisk(risk, seen)
