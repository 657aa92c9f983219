"""How long an emulated provider takes: delays of a heavy-tailed distribution, the same every run.

Interface, shared by all emulators:

    spread = DelaySpread(median_s=0.375, p95_s=0.75)      # or one of the constants below
    delays = DelayDraws(spread, seed=7)
    await sleep(delays.next_s())                          # sleep: Sleep, injected

An emulator takes a `Sleep` (``asyncio.sleep`` in life; in a test one that notes what it was asked
for and returns) and never calls ``asyncio.sleep`` itself.

Delays are lognormal: what people measure of hosted services is near it, many quick answers and a
few that take several times as long. Median m and 95th percentile q give mu = ln m and
sigma = ln(q / m) / 1.645.
"""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

Sleep = Callable[[float], Awaitable[None]]
"""Waits so many seconds."""

_Z95: Final = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class DelaySpread:
    """What is known of a delay.

    Attributes:
        median_s: seconds; 0 is no delay at all.
        p95_s: at least the median; the same is a delay without spread.
        most_s: nothing takes longer; None for no such bound.

    Raises:
        ValueError: a negative delay, or a 95th percentile below the median.
    """

    median_s: float = 0.0
    p95_s: float = 0.0
    most_s: float | None = None

    def __post_init__(self) -> None:
        if self.median_s < 0 or self.p95_s < self.median_s:
            raise ValueError(f"no delays have {self.median_s} as median and {self.p95_s} as p95")

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return math.log(self.p95_s / self.median_s) / _Z95 if self.median_s else 0.0


NO_DELAY: Final = DelaySpread()

RECOGNITION: Final = DelaySpread(median_s=0.35, p95_s=0.5, most_s=5.0)
FLUX: Final = DelaySpread(median_s=0.06, p95_s=0.2, most_s=4.0)
FIRST_TOKEN: Final = DelaySpread(median_s=0.375, p95_s=0.75, most_s=8.0)
FIRST_SOUND: Final = DelaySpread(median_s=0.1, p95_s=0.25, most_s=4.0)
"""Twilio's targets and upper limits ("A guide to core latency in AI voice agents", 2025-11-17):
end of speech to transcript, request to first token, text to first sound. The guide gives no
percentiles; its target is taken for the median and its upper limit for the 95th. `FLUX` is what is
left of RECOGNITION when a recogniser has itself waited for 0.3 s of silence."""

TOKEN_GAP: Final = DelaySpread(median_s=0.015, p95_s=0.04, most_s=0.5)
"""Between two pieces of a model's answer, about 60 a second; an assumption, not a measurement."""


@dataclass(frozen=True, slots=True)
class VendorDelays:
    """How long each step of a hosted pipeline takes.

    Attributes:
        recognition: end of speech to its final words.
        flux: the same, behind the silence that Flux waits for.
        first_token: a request to the first piece of the answer.
        token_gap: between two pieces.
        first_sound: a text to its first sound.
    """

    recognition: DelaySpread = NO_DELAY
    flux: DelaySpread = NO_DELAY
    first_token: DelaySpread = NO_DELAY
    token_gap: DelaySpread = NO_DELAY
    first_sound: DelaySpread = NO_DELAY


DELAYS: Final = {
    "none": VendorDelays(),
    "twilio": VendorDelays(RECOGNITION, FLUX, FIRST_TOKEN, TOKEN_GAP, FIRST_SOUND),
}
"""By the name that a command line takes."""


class DelayDraws:
    """One stream of delays.

    Args:
        spread: what they are drawn from.
        seed: two streams with the same seed and spread are the same.
    """

    def __init__(self, spread: DelaySpread, seed: int = 0) -> None:
        self._spread = spread
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def next_s(self) -> float:
        """The next delay, seconds."""
        spread = self._spread
        drawn = spread.median_s * math.exp(spread.sigma * self._random.gauss(0.0, 1.0))
        return drawn if spread.most_s is None else min(drawn, spread.most_s)
