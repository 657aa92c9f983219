"""Counts what goes wrong at the edges, by code, and what was done about late answers, by act."""

from __future__ import annotations

from loguru import logger
from prometheus_client import CollectorRegistry, Counter

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

    def acted(self, act: str, *, able: bool) -> None:
        """Add one."""
        self._acts.labels(act, "done" if able else "not_available").inc()
