"""What a row of the table of metrics is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voiceagent.core.figures import Distribution


class MetricKind(StrEnum):
    """Prometheus' types, of those that are used here."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Label:
    """A label and all its values; without values it is bounded where it is written.

    `like` says what such values are, for people.
    """

    name: str
    values: tuple[str, ...] = ()
    like: str = "a code like `lobby.dropped`"

    @classmethod
    def of(cls, name: str, kind: type[StrEnum]) -> Label:
        """With the values of an enum."""
        return cls(name, tuple(one.value for one in kind))


@dataclass(frozen=True, slots=True)
class Metric:
    """A row. `name` is as it is published; `bounds` are a histogram's."""

    name: str
    kind: MetricKind
    help: str
    label: tuple[Label, ...] = ()
    bounds: tuple[float, ...] = ()


Sample = tuple[tuple[str, ...], float | Distribution]
"""Label values, and what was found."""
