"""What the worker counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from voiceagent.app.ops.watch import BudgetCounter


def test_acts_are_counted_by_whether_they_could_be_done() -> None:
    registry = CollectorRegistry()
    counter = BudgetCounter(registry)
    counter.acted("cached_filler", able=True)
    counter.acted("cached_filler", able=True)
    counter.acted("hedge", able=False)
    page = generate_latest(registry).decode()
    assert 'voiceagent_budget_acts_total{act="cached_filler",result="done"} 2.0' in page
    assert 'voiceagent_budget_acts_total{act="hedge",result="not_available"} 1.0' in page
