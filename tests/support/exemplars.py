"""The exemplars of a page in OpenMetrics' format, read by Prometheus' own client."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client.openmetrics import parser


@dataclass(frozen=True, slots=True)
class FoundExemplar:
    """One: of which metric and bucket, and what it leads to."""

    metric: str
    bucket_s: float
    value_s: float
    labels: dict[str, str]


def exemplars(page: str) -> list[FoundExemplar]:
    """All of a page."""
    families = parser.text_string_to_metric_families(page)  # type: ignore[no-untyped-call]
    return [
        FoundExemplar(
            family.name,
            float(sample.labels["le"]),
            sample.exemplar.value,
            dict(sample.exemplar.labels),
        )
        for family in families
        for sample in family.samples
        if sample.exemplar is not None
    ]
