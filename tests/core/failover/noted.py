"""Hears of failovers."""

from __future__ import annotations

from voiceagent.core.failover.chain import Failover


class Noted:
    """Implements `FailoverWatch`: keeps them."""

    def __init__(self) -> None:
        self.failovers: list[Failover] = []

    def failed_over(self, failover: Failover) -> None:
        self.failovers.append(failover)
