"""Budgets: what a run may take at most, from flags or a small TOML file.

``v2v_p95_ms=800`` bounds a percentile of a latency (`figures.ABOUT_SPREADS`; p50, p95, p99 or max),
``failed_calls=0`` a count (`figures.ABOUT_COUNTS`). A file has them in one table::

    [budgets]
    v2v_p95_ms = 800
    failed_percent = 1
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtest.replay.figures import ABOUT_COUNTS, ABOUT_SPREADS, VOID_PERCENT
from loadtest.replay.results import BudgetResult, BudgetVerdict, Spread

POINTS: Final = ("p50", "p95", "p99", "max")
NAMES: Final = (*(f"{one}_{point}_ms" for one in ABOUT_SPREADS for point in POINTS), *ABOUT_COUNTS)
"""All there are."""


class BudgetError(ValueError):
    """A budget that cannot be held against anything."""


@dataclass(frozen=True, slots=True)
class LoadBudget:
    """At most `limit` of what `name` stands for."""

    name: str
    limit: float


def from_flag(text: str) -> LoadBudget:
    """``NAME=NUMBER``.

    Raises:
        BudgetError: neither, or a name that is none.
    """
    name, equals, number = text.partition("=")
    if not equals:
        raise BudgetError(f"write a budget like v2v_p95_ms=800, not {text!r}")
    try:
        return _budget(name.strip(), float(number))
    except ValueError as error:
        if isinstance(error, BudgetError):
            raise
        raise BudgetError(f"{name.strip()}: {number!r} is no number") from error


def from_file(path: Path) -> tuple[LoadBudget, ...]:
    """The table ``[budgets]`` of a TOML file.

    Raises:
        BudgetError: no such file or table, or something else in it.
    """
    try:
        data = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BudgetError(f"{path}: {error}") from error
    table = data.get("budgets")
    if not isinstance(table, dict) or set(data) != {"budgets"}:
        raise BudgetError(f"{path}: it has one table, [budgets], with lines like v2v_p95_ms = 800")
    found = []
    for name, limit in table.items():
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise BudgetError(f"{path}: {name}: {limit!r} is no number")
        found.append(_budget(name, float(limit)))
    return tuple(found)


def _budget(name: str, limit: float) -> LoadBudget:
    if name not in NAMES:
        latencies, plain = ", ".join(ABOUT_SPREADS), ", ".join(ABOUT_COUNTS)
        raise BudgetError(
            f"{name!r} is no budget. Latencies are LATENCY_POINT_ms with a latency of {latencies}"
            f" and a point of {', '.join(POINTS)}; counts are {plain}."
        )
    if not math.isfinite(limit) or limit < 0:
        raise BudgetError(f"{name}: a budget is a number from 0 on")
    return LoadBudget(name, limit)


def judged(
    budgets: Sequence[LoadBudget], spreads: Mapping[str, Spread], counts: Mapping[str, float]
) -> tuple[BudgetResult, ...]:
    """Each budget with its verdict.

    Latencies of a run whose own callers were late (`VOID_PERCENT`) are void.
    """
    void = counts.get("late_frames_percent", 0.0) > VOID_PERCENT
    return tuple(_judged(one, spreads, counts, void=void) for one in budgets)


def _judged(
    budget: LoadBudget, spreads: Mapping[str, Spread], counts: Mapping[str, float], *, void: bool
) -> BudgetResult:
    name, limit = budget.name, budget.limit
    unit = " ms" if name.endswith("_ms") else " %" if name.endswith("_percent") else ""
    if name in counts:
        value: float | None = counts[name]
    else:
        latency, point = name.removesuffix("_ms").rsplit("_", 1)
        found = spreads.get(latency)
        value = None if found is None else float(getattr(found, f"{point}_ms"))
    if value is None:
        verdict, said = BudgetVerdict.NOT_MEASURED, "was not measured in this run"
    elif void and name not in counts:
        verdict = BudgetVerdict.VOID
        late = "this rig was late with its own frames (late_frames_percent)"
        said = f"was {value:g}{unit}, which says nothing: {late}"
    elif value > limit:
        verdict, said = (
            BudgetVerdict.BLOWN,
            f"was {value:g}{unit}, over its budget of {limit:g}{unit}",
        )
    else:
        verdict, said = (
            BudgetVerdict.KEPT,
            f"was {value:g}{unit}, within its budget of {limit:g}{unit}",
        )
    return BudgetResult(
        name=name, limit=limit, value=value, verdict=verdict, sentence=f"{name} {said}."
    )
