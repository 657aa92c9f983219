"""What a worker publishes about itself: what went wrong, what was late, and how punctual it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from loguru import logger
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from voiceagent.errors import PeerMisbehaved


class EdgeWatch:
    """Implements the edge's `Watch`: a counter per code, and one log line per warning.

    Args:
        registry: where the counter is registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._edge = Counter(
            "voiceagent_edge_events",
            "Things refused, dropped or failed at the carrier's edge, by code",
            ("code",),
            registry=registry,
        )

    def count(self, code: str) -> None:
        """Add one."""
        self._edge.labels(code).inc()

    def warn(self, error: PeerMisbehaved) -> None:
        """One log line."""
        logger.warning("{}: {}", error.code, error.message)


class BudgetCounter:
    """Implements the pipelines' `ActCounter`: a counter per rung of the latency ladder.

    Args:
        registry: where the counter is registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._acts = Counter(
            "voiceagent_budget_acts",
            "Rungs of the latency ladder reached in callers' turns, and whether they could be done",
            ("act", "result"),
            registry=registry,
        )

        self._guesses = Counter(
            "voiceagent_preemptive_generations",
            "Answers made before the caller's turn was known to be over, by how that ended",
            ("result",),
            registry=registry,
        )

    def acted(self, act: str, *, able: bool) -> None:
        """Add one."""
        self._acts.labels(act, "done" if able else "not_available").inc()

    def preempted(self, how: str) -> None:
        """Add one."""
        self._guesses.labels(how).inc()


class Figures(Collector):
    """Publishes figures that are read when somebody asks, as ``voiceagent_<name>`` gauges.

    Args:
        registry: where they are registered.
        read: the figures by name.
    """

    def __init__(
        self, registry: CollectorRegistry, read: Callable[[], Mapping[str, float]]
    ) -> None:
        self._read = read
        registry.register(self)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A gauge a figure."""
        for name, value in self._read().items():
            yield GaugeMetricFamily(
                f"voiceagent_{name}", name.replace("_", " ").capitalize(), value=value
            )
