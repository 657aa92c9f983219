"""Failovers told: one log line each, and a count.

A model's are logged where they happen (``model.fell_back``), with the code of the error.
"""

from __future__ import annotations

from collections.abc import Sequence

from loguru import logger

from voiceagent.core.failover.chain import NOBODY, ChainKind, Failover, FailoverReason
from voiceagent.ports.meter import FailoverCounts


class FailoverReport:
    """Implements `FailoverWatch`.

    Attributes:
        counts: read by whoever watches the worker.
    """

    def __init__(self) -> None:
        self.counts = FailoverCounts()

    def expect(self, kind: ChainKind, names: Sequence[str]) -> None:
        """A chain there is: what may happen to it is counted from nought."""
        for place, failed in enumerate(names):
            for to in (*names[:place], *names[place + 1 :], NOBODY):
                for reason in FailoverReason:
                    self.counts.by.setdefault((kind.value, failed, to, reason.value), 0)

    def failed_over(self, failover: Failover) -> None:
        """See `FailoverWatch`."""
        if failover.kind is not ChainKind.LLM:
            logger.warning(
                "providers.failed_over: {} {} to {}, {}",
                failover.kind,
                failover.failed,
                failover.to,
                failover.reason,
            )
        key = (failover.kind.value, failover.failed, failover.to, failover.reason.value)
        self.counts.by[key] = self.counts.by.get(key, 0) + 1
