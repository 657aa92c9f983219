"""Who hears what goes on in a worker, and publishes it (`voiceagent.app.ops.metrics`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Final, TypeVar

from loguru import logger
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from voiceagent.app.ops.metrics.door import DOOR, DoorLook
from voiceagent.app.ops.metrics.look import WorkerLook
from voiceagent.app.ops.metrics.pushed import (
    ACTS,
    ANSWER,
    AUDITS_LOST,
    CALLS,
    EDGE,
    GUESSES,
    INPUTS_DROPPED,
    OTHER_CHANNEL,
    RESUMED,
    SOUNDS_DROPPED,
    STAGES,
    STALE_SPEECH,
    STRAY,
    TURNED_AWAY,
    V2V,
    WRITES_LOST,
    by_stage,
)
from voiceagent.app.ops.metrics.read import READ
from voiceagent.app.ops.metrics.rows import Metric, MetricKind, Sample
from voiceagent.core.figures import Distribution
from voiceagent.domain.records import Outcome, TurnLatency
from voiceagent.errors import PeerMisbehaved
from voiceagent.ports.meter import CallCounts, TurnedAway

CODES_MOST: Final = 256
"""Codes that get a series of their own; there are a few dozen. Later ones are counted together."""

OTHER_CODE: Final = "other.code"
_CODE: Final = re.compile(r"[a-z_]+(\.\w+)+", re.ASCII)

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
_M = TypeVar("_M", Counter, Histogram)


class EdgeWatch:
    """Implements the edge's `Watch`: a counter per code, and one log line per warning.

    Args:
        registry: where the counter is registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._edge = _counter(EDGE, registry)
        self._codes: set[str] = set()

    def count(self, code: str) -> None:
        """Add one."""
        if code not in self._codes:
            if len(self._codes) >= CODES_MOST or not _CODE.fullmatch(code):
                code = OTHER_CODE
            self._codes.add(code)
        self._edge.labels(code).inc()

    def warn(self, error: PeerMisbehaved) -> None:
        """One log line."""
        logger.warning("{}: {}", error.code, error.message)


EXEMPLAR: Final = "call_sid"
"""Label of an exemplar: the carrier's name of the call, with which its page's address ends."""


class CallWatch:
    """Implements `TurnMeter` and `CallMeter`: how calls end, and how fast they were answered.

    Args:
        registry: where the counters are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = _counter(CALLS, registry)
        self._turned_away = _counter(TURNED_AWAY, registry)
        for why in TurnedAway:
            self._turned_away.labels(why.value)
        self._resumed = _counter(RESUMED, registry)
        self._stages = _histogram(STAGES, registry)
        self._v2v = _histogram(V2V, registry)
        self._answer = _histogram(ANSWER, registry)
        self._acts = _counter(ACTS, registry)
        self._guesses = _counter(GUESSES, registry)
        self._writes = _counter(WRITES_LOST, registry)
        self._audits = _counter(AUDITS_LOST, registry)
        self._inputs = _counter(INPUTS_DROPPED, registry)
        self._sounds = _counter(SOUNDS_DROPPED, registry)
        self._stray = _counter(STRAY, registry)
        self._stale = _counter(STALE_SPEECH, registry)

    def acted(self, act: str, *, able: bool) -> None:
        """See `TurnMeter`."""
        self._acts.labels(act, "done" if able else "not_available").inc()

    def preempted(self, how: str) -> None:
        """See `TurnMeter`."""
        self._guesses.labels(how).inc()

    def of(self, call_sid: str) -> CallTurns:
        """Hears of one call's turns."""
        return CallTurns(self, call_sid)

    def answered(
        self, latency: TurnLatency | None, answer_ms: float | None, *, call_sid: str = ""
    ) -> None:
        """See `TurnMeter`; what is counted leads to the call as an exemplar, where it is known."""
        leads_to = {EXEMPLAR: call_sid} if call_sid else None
        if answer_ms is not None:
            self._answer.observe(answer_ms / 1000.0, leads_to)
        if latency is None:
            return
        for stage, spent_ms in by_stage(latency).items():
            self._stages.labels(stage.value).observe(spent_ms / 1000.0, leads_to)
        self._v2v.observe(latency.v2v_ms / 1000.0, leads_to)

    def turned_away(self, why: TurnedAway) -> None:
        """See `CallMeter`."""
        self._turned_away.labels(why.value).inc()

    def ended(self, outcome: Outcome | None, *, channel: str) -> None:
        """See `CallMeter`."""
        known = channel if channel == "voice" else OTHER_CHANNEL
        self._calls.labels("unwritten" if outcome is None else outcome.value, known).inc()

    def left(self, counts: CallCounts) -> None:
        """See `CallMeter`."""
        self._resumed.inc(counts.resumed)
        self._writes.labels("queue_full").inc(counts.writes_dropped)
        self._writes.labels("store").inc(counts.writes_failed)
        self._audits.inc(counts.audits_lost)
        self._inputs.inc(counts.inputs_dropped)
        self._sounds.inc(counts.sounds_dropped)
        self._stray.inc(counts.stray_interruptions)
        self._stale.inc(counts.stale_speech)


class WorkerFigures(Collector):
    """Publishes what is read when somebody asks.

    Args:
        registry: where it is registered.
        look: at the worker.
    """

    def __init__(self, registry: CollectorRegistry, look: Callable[[], WorkerLook]) -> None:
        self._look = look
        registry.register(self)

    def describe(self) -> Iterator[Family]:
        """The names, for the registry; nothing is looked at."""
        for row in READ:
            yield _family(row.metric, ())

    def collect(self) -> Iterator[Family]:
        """A family a row."""
        look = self._look()
        for row in READ:
            if samples := tuple(row.samples(look)):
                yield _family(row.metric, samples)


class CallTurns:
    """Implements `TurnMeter` for one call.

    Args:
        watch: the worker's.
        call_sid: whose turns they are.
    """

    def __init__(self, watch: CallWatch, call_sid: str) -> None:
        self._watch = watch
        self._call_sid = call_sid

    def acted(self, act: str, *, able: bool) -> None:
        """See `TurnMeter`."""
        self._watch.acted(act, able=able)

    def preempted(self, how: str) -> None:
        """See `TurnMeter`."""
        self._watch.preempted(how)

    def answered(self, latency: TurnLatency | None, answer_ms: float | None) -> None:
        """See `TurnMeter`."""
        self._watch.answered(latency, answer_ms, call_sid=self._call_sid)


class DoorFigures(Collector):
    """Publishes the door's rows when somebody asks.

    Args:
        registry: where it is registered.
        look: at the door.
    """

    def __init__(self, registry: CollectorRegistry, look: Callable[[], DoorLook]) -> None:
        self._look = look
        registry.register(self)

    def describe(self) -> Iterator[Family]:
        """The names, for the registry; nothing is looked at."""
        for row in DOOR:
            yield _family(row.metric, ())

    def collect(self) -> Iterator[Family]:
        """A family a row."""
        look = self._look()
        for row in DOOR:
            yield _family(row.metric, tuple(row.samples(look)))


def _family(metric: Metric, samples: tuple[Sample, ...]) -> Family:
    labels = [label.name for label in metric.label]
    match metric.kind:
        case MetricKind.COUNTER:
            counter = CounterMetricFamily(metric.name, metric.help, labels=labels)
            for values, found in samples:
                if not isinstance(found, Distribution):
                    counter.add_metric(values, found)
            return counter
        case MetricKind.GAUGE:
            gauge = GaugeMetricFamily(metric.name, metric.help, labels=labels)
            for values, found in samples:
                if not isinstance(found, Distribution):
                    gauge.add_metric(values, found)
            return gauge
        case MetricKind.HISTOGRAM:
            histogram = HistogramMetricFamily(metric.name, metric.help, labels=labels)
            for values, found in samples:
                if isinstance(found, Distribution):
                    bounds = [*(repr(float(bound)) for bound in found.bounds), "+Inf"]
                    buckets = list(zip(bounds, found.cumulative(), strict=True))
                    histogram.add_metric(values, buckets, found.total)
            return histogram


def _counter(metric: Metric, registry: CollectorRegistry) -> Counter:
    labels = [label.name for label in metric.label]
    return _series(Counter(metric.name, metric.help, labels, registry=registry), metric)


def _histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    labels = [label.name for label in metric.label]
    histogram = Histogram(
        metric.name, metric.help, labels, registry=registry, buckets=metric.bounds
    )
    return _series(histogram, metric)


def _series(made: _M, metric: Metric) -> _M:
    """With every series there can be, at nought: a rate over one that has just begun is lost."""
    if metric.label and all(label.values for label in metric.label):
        for values in product(*(label.values for label in metric.label)):
            made.labels(*values)
    return made
