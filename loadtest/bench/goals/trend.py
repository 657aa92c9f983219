"""Lines through points and percentiles of windows: the arithmetic of long runs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from loadtest.bench.report import Percentiles, percentiles

_FEWEST: Final = 2


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """Least-squares slope of y over x; ``None`` when the points do not say."""
    if len(points) < _FEWEST:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread <= 0.0:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def settled(points: Sequence[tuple[float, float]], after: float) -> list[tuple[float, float]]:
    """The points whose x is at least `after`."""
    return [point for point in points if point[0] >= after]


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A finished window: where it began, how many values it had and their percentiles."""

    began: float
    count: int
    percentiles: Percentiles | None


@dataclass(slots=True)
class TrendWindows:
    """Values by window of x; keeps the values of the open window only.

    Args:
        width: of a window, in the unit of x.
    """

    width: float
    done: list[TimeSpan] = field(default_factory=list)
    _began: float = 0.0
    _values: list[float] = field(default_factory=list)

    def add(self, at: float, values: Sequence[float]) -> None:
        """Take values in; `at` does not fall."""
        while at >= self._began + self.width:
            self.close()
        self._values.extend(values)

    def close(self) -> None:
        """End the open window."""
        if self._values:
            self.done.append(TimeSpan(self._began, len(self._values), percentiles(self._values)))
        self._began += self.width
        self._values.clear()
