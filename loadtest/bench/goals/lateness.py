"""How punctual a server's sound is, from the wire only. Pure.

The carrier plays what it gets in order. So every media message of a reply promises when the next
one is due: as long as the server keeps a steady lead, the sound that is still to be played when a
message arrives (its *margin*) is the same each time. A message that comes later than its steady
margin is late by the difference, whether or not anybody hears it; one whose margin has run out
altogether is an *underrun*, and that is heard.

The steady margin of a reply is the median of its margins; those of the first messages, which fill
the lead, are not counted. Beside it stands a stricter reference, the margin that the most punctual
tenth of the reply's messages had: against it a server is late also by what its timer's grain costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtest.bench.swarm_caller import REPLY_GAP_S

Arrival = tuple[float, float]
"""When a message came and how much sound it held, seconds."""

FILL_S: Final = 0.3
"""Messages this soon after a reply's first fill the lead."""

FEWEST: Final = 8
"""Steady messages from which a reply has a median worth the name."""

_PUNCTUAL: Final = 90.0


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of one reply's steady messages, milliseconds, each at least 0; and the reply's underruns."""

    against_median_ms: tuple[float, ...]
    against_punctual_ms: tuple[float, ...]
    least_margin_ms: float
    underruns: int


def replies(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    """Arrivals of one caller, cut where the buffer had been dry for `REPLY_GAP_S`."""
    found: list[list[Arrival]] = []
    dry_s = float("-inf")
    for at_s, length_s in arrivals:
        if at_s - dry_s > REPLY_GAP_S:
            found.append([])
        found[-1].append((at_s, length_s))
        dry_s = max(dry_s, at_s) + length_s
    return found


def margins_s(reply: Sequence[Arrival]) -> list[float]:
    """Sound left to play when each message came; negative by how long there had been none."""
    left: list[float] = []
    dry_s = reply[0][0] if reply else 0.0
    for at_s, length_s in reply:
        left.append(dry_s - at_s)
        dry_s = max(dry_s, at_s) + length_s
    return left


def lateness(reply: Sequence[Arrival]) -> Lateness | None:
    """The lateness of a reply's messages; ``None`` when it is too short to say."""
    margins = margins_s(reply)
    steady = [
        margin
        for margin, (at_s, _) in zip(margins, reply, strict=True)
        if at_s - reply[0][0] >= FILL_S
    ]
    if len(steady) < FEWEST:
        return None
    median_s, punctual_s = np.percentile(steady, [50.0, _PUNCTUAL])
    return Lateness(
        tuple(max(0.0, float(median_s) - margin) * 1000.0 for margin in steady),
        tuple(max(0.0, float(punctual_s) - margin) * 1000.0 for margin in steady),
        min(steady) * 1000.0,
        sum(margin < 0.0 for margin in margins[1:]),
    )
