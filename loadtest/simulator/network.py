"""A bad network between the caller and the engine: frames that come late, and frames that are lost.

Media Streams run over TCP, so what is late holds up what follows and comes in a burst with it; what
the telephone network lost before it reached the carrier is never sent, and the timestamps of the
stream jump. Sans-I/O: time is counted in ticks of 20 ms, so delays are whole frames.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

TICK_MS: Final = 20
LONGEST_TICKS: Final = 50
"""Nothing is held up longer than a second."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """How bad the network is.

    Attributes:
        jitter_ms: mean delay of a frame; single delays are drawn from an exponential distribution.
        loss: share of the frames that are lost, below 1.
        burst: frames that are lost in a row, on average (a two-state Gilbert model); at least 1.

    Raises:
        ValueError: a value outside those bounds.
    """

    jitter_ms: float = 0.0
    loss: float = 0.0
    burst: float = 1.0

    def __post_init__(self) -> None:
        if self.jitter_ms < 0 or not 0 <= self.loss < 1 or self.burst < 1:
            raise ValueError(
                "jitter is 0 ms or more, loss a share below 1, and a burst is one frame or more"
            )
        if self.loss and self.loss > self.burst / (self.burst + 1):
            raise ValueError(
                f"bursts of {self.burst:g} frames cannot lose a share of {self.loss:g}"
            )

    @property
    def is_perfect(self) -> bool:
        """Whether nothing is late and nothing lost."""
        return not self.jitter_ms and not self.loss


@dataclass(frozen=True, slots=True)
class Crossing(Generic[Item]):
    """An item that has come through, or never will.

    Attributes:
        item: it.
        held_ticks: how long it was held up.
        lost: whether it never arrives; told where it would have come.
    """

    item: Item
    held_ticks: int
    lost: bool = False


class NetworkPath(Generic[Item]):
    """One direction of one line. The same spec and seed do the same to the same frames.

    Args:
        spec: how bad it is.
        seed: of its chances.
    """

    def __init__(self, spec: NetworkSpec, seed: int) -> None:
        self._spec = spec
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._losing = False
        self._held: deque[tuple[int, Crossing[Item]]] = deque()

    def send(self, tick: int, item: Item) -> tuple[Crossing[Item], ...]:
        """An item sets out at a tick; what has come through by then, in the order it set out.

        Ticks never go back. It is called once a tick, since items are only released in it.
        """
        lost = self._loses()
        held_ticks = 0 if lost else self._delay_ticks()
        release = max(self._held[-1][0] if self._held else tick, tick + held_ticks)
        self._held.append((release, Crossing(item, release - tick, lost=lost)))
        arrived = []
        while self._held and self._held[0][0] <= tick:
            arrived.append(self._held.popleft()[1])
        return tuple(arrived)

    def forget(self) -> None:
        """What is under way never arrives: the connection was closed."""
        self._held.clear()

    def _loses(self) -> bool:
        spec = self._spec
        if not spec.loss:
            return False
        ends = 1.0 / spec.burst
        begins = spec.loss * ends / (1.0 - spec.loss)
        self._losing = self._random.random() < ((1.0 - ends) if self._losing else begins)
        return self._losing

    def _delay_ticks(self) -> int:
        if not self._spec.jitter_ms:
            return 0
        drawn_ms = self._random.expovariate(1.0 / self._spec.jitter_ms)
        return min(LONGEST_TICKS, round(drawn_ms / TICK_MS))
