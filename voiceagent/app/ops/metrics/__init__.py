"""All that a worker publishes under ``/metrics``: one table, in the manner of Prometheus.

Two kinds of rows: `pushed` are written when something happens, `read` are looked up when somebody
asks. Times are seconds and counters end in ``_total``. A label takes its values from an enum or a
fixed list, so that the number of series is known before the first call; ``code`` and the names of
providers alone are open, and bounded where they are written.

The rows of `docs/metrics.md` are printed from here:
``python -c "from voiceagent.app.ops.metrics import describe; print(describe())"``.
"""

from __future__ import annotations

from typing import Final

from voiceagent.app.ops.metrics.door import DOOR
from voiceagent.app.ops.metrics.pushed import PUSHED
from voiceagent.app.ops.metrics.read import READ
from voiceagent.app.ops.metrics.rows import Metric

METRICS: Final[tuple[Metric, ...]] = (*PUSHED, *(row.metric for row in READ))
"""Every row of a worker."""

DOOR_METRICS: Final[tuple[Metric, ...]] = tuple(row.metric for row in DOOR)
"""Every row of the door of several workers, under ``/metrics/door``."""


def describe() -> str:
    """All rows, in Markdown."""
    parts = []
    for metric in (*METRICS, *DOOR_METRICS):
        lines = [f"### `{metric.name}`", f"{metric.kind.capitalize()}. {metric.help}.", ""]
        for label in metric.label:
            values = ", ".join(f"`{value}`" for value in label.values)
            lines.append(f"* `{label.name}`: {values or label.like}")
        if metric.bounds:
            bounds = ", ".join(f"{bound:g}" for bound in metric.bounds)
            lines.append(f"* bounds, seconds: {bounds}")
        parts.append("\n".join(lines).strip())
    return "\n\n".join(parts)
