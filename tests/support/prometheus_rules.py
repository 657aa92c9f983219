"""Prometheus' rules for names, as code: what ``promtool check metrics`` complains of.

Source: https://prometheus.io/docs/practices/naming/ and the linter's own list (promlint).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from prometheus_client import Metric

NAME = re.compile(r"voiceagent(_[a-z0-9]+)+")
LABEL = re.compile(r"[a-z]+(_[a-z]+)*")
TYPES = {"counter", "gauge", "histogram"}
RESERVED = ("_total", "_count", "_sum", "_bucket", "_info", "_created")
UNITS_NOT_BASE = {
    *("ms", "millisecond", "milliseconds", "us", "microseconds", "ns", "minutes", "hours", "days"),
    *("kb", "mb", "kilobytes", "megabytes", "bits", "percent", "cents", "samples", "frames"),
    *("seconds_ms", "kilometers", "celsius_degrees"),
}
TYPE_WORDS = {"counter", "gauge", "histogram", "summary", "metric"}


def lint(families: Iterable[Metric]) -> list[str]:
    """What is wrong with a parsed page; empty when nothing is."""
    found = []
    for family in families:
        if family.name.endswith("_created"):  # the client's own, of the text format
            continue
        wrong = [*_names(family), *_units(family), *_samples(family)]
        found += [f"{family.name}: {what}" for what in wrong]
    return found


def _names(family: Metric) -> Iterable[str]:
    if not NAME.fullmatch(family.name):
        yield "not lower case words after voiceagent_"
    if family.type not in TYPES:
        yield f"of type {family.type!r}"
    if not family.documentation.strip():
        yield "has no HELP"
    if TYPE_WORDS.intersection(family.name.split("_")):
        yield "names its type"
    if family.type == "gauge" and family.name.endswith(RESERVED):
        yield "a gauge named like a part of something else"


def _units(family: Metric) -> Iterable[str]:
    words = set(family.name.split("_"))
    if words & UNITS_NOT_BASE:
        yield f"not in a base unit: {sorted(words & UNITS_NOT_BASE)}"
    if "seconds" in words and not family.name.endswith("_seconds"):
        yield "its unit is not at the end"
    if family.type == "histogram" and not family.name.endswith("_seconds"):
        yield "a histogram without its unit"


def _samples(family: Metric) -> Iterable[str]:
    for sample in family.samples:
        if family.type == "counter" and not sample.name.endswith(("_total", "_created")):
            yield "a counter must end in _total"
        for label in sample.labels:
            if not LABEL.fullmatch(label):
                yield f"label {label!r} is not lower case words"
            if label == "quantile" or (label == "le" and family.type != "histogram"):
                yield f"label {label!r} is reserved"
