"""Rows of the door of several workers, under ``/metrics/door``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from voiceagent.app.ops.metrics.rows import Label, Metric, MetricKind, Sample


@dataclass(slots=True)
class DoorCounts:
    """What became of connections since the start, and how often workers were started again.

    `handed`: to a worker · `refused`: none was up · `lost`: its worker took no more in time ·
    `restarts`: by worker.
    """

    handed: int = 0
    refused: int = 0
    lost: int = 0
    restarts: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class DoorLook:
    """A look at the door: the workers that are up, and what it has counted."""

    workers_up: int
    counts: DoorCounts


@dataclass(frozen=True, slots=True)
class DoorRow:
    """A row, and where it is read."""

    metric: Metric
    samples: Callable[[DoorLook], Iterable[Sample]]


DOOR: Final = (
    DoorRow(
        Metric(
            "voiceagent_door_workers_up",
            MetricKind.GAUGE,
            "Workers that are up, as the door of several workers knows (`/metrics/door`)",
        ),
        lambda look: [((), look.workers_up)],
    ),
    DoorRow(
        Metric(
            "voiceagent_door_connections_total",
            MetricKind.COUNTER,
            "Connections that the door took: handed to a worker, refused because none was up, or "
            "lost because a worker took no more in time",
            (Label("end", ("handed", "refused", "lost")),),
        ),
        lambda look: [
            (("handed",), look.counts.handed),
            (("refused",), look.counts.refused),
            (("lost",), look.counts.lost),
        ],
    ),
    DoorRow(
        Metric(
            "voiceagent_door_worker_restarts_total",
            MetricKind.COUNTER,
            "Times a worker ended and was started again",
            (Label("worker", like="a number like `0`"),),
        ),
        lambda look: [((str(worker),), n) for worker, n in sorted(look.counts.restarts.items())],
    ),
)
