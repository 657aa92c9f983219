"""A look at a worker, and the kinds of rows that are read from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from voiceagent.app.ops.metrics.rows import Label, Metric, MetricKind, Sample
from voiceagent.core.figures import (
    Distribution,
    MediaFigures,
)
from voiceagent.ports.meter import (
    FailoverCounts,
    ModelCounts,
    OutboxCounts,
    SpeechCounts,
    StoreCounts,
    TextCounts,
)


@dataclass(frozen=True, slots=True)
class WorkerLook:
    """A look at a worker: all that is not pushed.

    `live_calls`: served now · `free_places`: for callers who would ring now · `store`, `outbox`:
    ``None`` where there is none · `texts_refused`: by verdict · `helper_restarts`: by helper ·
    `turns_heard`: by the offline ear whose words they have · `models`: what language models did ·
    `speech`: what recognisers and voices were sent · `spent_today`: micro-cents by provider, of
    all workers · `daily_budget`: dollars, 0 for none · `not_kept`: of calls that were to be kept,
    by kind.
    """

    media: MediaFigures
    live_calls: int
    free_places: int
    turn_model_refusals: int = 0
    store: StoreCounts | None = None
    outbox: OutboxCounts | None = None
    helper_restarts: Mapping[str, int] = field(default_factory=dict)
    models: ModelCounts = field(default_factory=ModelCounts)
    failovers: FailoverCounts = field(default_factory=FailoverCounts)
    speech: SpeechCounts = field(default_factory=SpeechCounts)
    turns_heard: Mapping[str, int] = field(default_factory=dict)
    spent_today: Mapping[str, int] = field(default_factory=dict)
    daily_budget: float = 0.0
    texts_refused: Mapping[str, int] = field(default_factory=dict)
    texts: TextCounts = field(default_factory=TextCounts)
    texts_withheld: Mapping[str, int] = field(default_factory=dict)
    not_kept: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A row that is read, and where."""

    metric: Metric
    samples: Callable[[WorkerLook], Iterable[Sample]]


def plain(kind: MetricKind, name: str, text: str, read: Callable[[WorkerLook], float]) -> Read:
    """A row without labels."""
    return Read(Metric(f"voiceagent_{name}", kind, text), lambda look: [((), read(look))])


def count(name: str, text: str, read: Callable[[WorkerLook], float]) -> Read:
    """A counter without labels; ``_total`` is added to its name."""
    return plain(MetricKind.COUNTER, f"{name}_total", text, read)


def gauge(name: str, text: str, read: Callable[[WorkerLook], float]) -> Read:
    """A gauge without labels."""
    return plain(MetricKind.GAUGE, name, text, read)


def spread(
    name: str, text: str, bounds: tuple[float, ...], read: Callable[[WorkerLook], Distribution]
) -> Read:
    """A histogram without labels; `bounds` are those of what is read."""
    metric = Metric(f"voiceagent_{name}", MetricKind.HISTOGRAM, text, bounds=bounds)
    return Read(metric, lambda look: [((), read(look))])


def by(
    kind: MetricKind,
    name: str,
    text: str,
    label: str,
    values: tuple[str, ...],
    read: Callable[[WorkerLook], Mapping[str, float]],
) -> Read:
    """A row with one label; values that were not found are left out."""
    metric = Metric(f"voiceagent_{name}", kind, text, (Label(label, values),))
    return Read(metric, lambda look: [((value,), found) for value, found in read(look).items()])
