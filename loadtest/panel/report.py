"""The panel as text: each figure beside the best published and the goal, and every miss by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtest.panel.scoring import StepOutcome, figures
from loadtest.panel.script import During, Kind


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure means, what others publish (tau-voice leaderboard), and what we want."""

    meaning: str
    published: str
    goal: float
    at_least: bool


AIMS: Final = {
    "L_R": Aim("end of caller's turn to reply, s", "1.15", 0.8, at_least=False),
    "L_Y": Aim("interruption to silence, s", "0.41", 0.25, at_least=False),
    "R_R": Aim("turns answered", "1.00", 1.0, at_least=True),
    "R_Y": Aim("interruptions yielded to", "1.00", 0.99, at_least=True),
    "I_A": Aim("agent cuts in, per turn", "0.10", 0.05, at_least=False),
    "S_BC": Aim("talks on through a backchannel", "0.97 (R_Y 0.45)", 0.97, at_least=True),
    "S_VT": Aim("ignores coughs and ums", "0.62", 0.90, at_least=True),
    "S_ND": Aim("ignores what is not for it", "0.58", 0.80, at_least=True),
}


def panel(outcomes: Sequence[StepOutcome], skipped: Sequence[str]) -> str:
    """The table, the times on the wire, the misses."""
    lines = [
        f"{'':<5} {'meaning':<34} {'published':>16} {'goal':>8} {'ours':>7} {'events':>7}",
    ]
    for figure in figures(outcomes):
        aim = AIMS[figure.name]
        value = "-" if figure.value is None else f"{figure.value:.3f}"
        sign = ">=" if aim.at_least else "<="
        met = "" if figure.value is not None and _met(figure.value, aim) else "  MISSED"
        lines.append(
            f"{figure.name:<5} {aim.meaning:<34} {aim.published:>16} {sign}{aim.goal:>6.2f} "
            f"{value:>7} {figure.count:>7}{met}"
        )
    lines += ["", *_times(outcomes), "", *_misses(outcomes, skipped)]
    return "\n".join(lines)


def _met(value: float, aim: Aim) -> bool:
    return value >= aim.goal if aim.at_least else value <= aim.goal


def _times(outcomes: Sequence[StepOutcome]) -> list[str]:
    breaks = [o for o in outcomes if o.event.kind is Kind.INTERRUPTION]
    over = [
        o
        for o in outcomes
        if o.event.during is During.SPEECH and o.event.kind is not Kind.INTERRUPTION
    ]
    replies = [o.latency_ms for o in outcomes if o.event.kind is Kind.TURN and o.right]
    return [
        _spread("speech onset to clear, ms", [o.clear_ms for o in breaks]),
        _spread("interruption to silence, ms", [o.latency_ms for o in breaks if o.right]),
        _spread("pause in our speech for a sound that was none, ms", [o.pause_ms for o in over]),
        _spread("end of that sound to speaking on, ms", [o.resumed_ms for o in over]),
        _spread("end of turn to reply, ms", replies),
    ]


def _spread(name: str, values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{name}: none"
    p50, p95, p99 = np.percentile(known, [50, 95, 99])
    return (
        f"{name}: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f}, "
        f"worst {max(known):.0f} ({len(known)} of {len(values)})"
    )


def _misses(outcomes: Sequence[StepOutcome], skipped: Sequence[str]) -> list[str]:
    lines = [f"miss: {o.event.name}: {o.note}" for o in outcomes if not o.right]
    lines += [f"cut in: {o.event.name}" for o in outcomes if o.interrupted]
    return lines + [f"not played, its moment did not come: {name}" for name in skipped]
