"""What an experiment found, what was wanted, and how the server under it was started."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

SERVER_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "G2": ("--turns", "words"),
        "G3": ("--turns", "words", "--no-ahead"),
        "G4": ("--delays", "providers"),
        "G6": ("--turns", "words"),
        "G7": ("--turns", "words"),
        "G9": ("--turns", "words"),
        "soak": ("--turns", "words"),
    }
)
"""Options of `serve --bench` for each experiment: the one place where they are given. G3 measures
what the engine adds to its policy, so nothing that shortens the policy's way belongs there."""


@dataclass(frozen=True, slots=True)
class GoalFinding:
    """One figure beside its goal.

    Attributes:
        goal: name of the goal, such as ``G6``.
        what: what was measured, with its unit.
        value: the figure; ``None`` when there was nothing to measure.
        most: the goal: the figure must not be above it; ``None`` for a figure without a goal.
        valid: whether the run was fit to judge by; ``why`` says why not.
    """

    goal: str
    what: str
    value: float | None
    most: float | None = None
    valid: bool = True
    why: str = ""

    @property
    def verdict(self) -> str:
        """PASS, MISSED, VOID, or nothing for a figure without a goal."""
        if self.most is None:
            return ""
        if not self.valid:
            return f"VOID ({self.why})"
        return "PASS" if self.value is not None and self.value <= self.most else "MISSED"

    @property
    def line(self) -> str:
        """For a terminal."""
        wanted = f"  (goal: at most {self.most:g})" if self.most is not None else ""
        return f"{self.goal:5} {self.what}: {figure(self.value)}{wanted}  {self.verdict}".rstrip()


@dataclass(frozen=True, slots=True)
class GoalReport:
    """An experiment's findings and what is worth keeping of its run."""

    name: str
    findings: tuple[GoalFinding, ...]
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        """Whether a goal was missed, or could not be judged."""
        return any(one.verdict not in {"", "PASS"} for one in self.findings)


def figure(value: float | None) -> str:
    """Short, without pretending precision."""
    return "-" if value is None else f"{value:.4g}"


def about() -> str:
    """When and where."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}),"
        f" Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f}."
    )


def markdown(reports: Sequence[GoalReport], head: str) -> str:
    """A table for a page."""
    lines = [head, "", "| goal | figure | measured | at most | |", "|---|---|---|---|---|"]
    for report in reports:
        for one in report.findings:
            most = "" if one.most is None else f"{one.most:g}"
            lines.append(
                f"| {one.goal} | {one.what} | {figure(one.value)} | {most} | {one.verdict} |"
            )
    return "\n".join([*lines, ""])


def keep(reports: Sequence[GoalReport], folder: Path, name: str, head: str) -> None:
    """Write ``<name>.json`` and ``<name>.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    body = {"about": head, "reports": [asdict(report) for report in reports]}
    (folder / f"{name}.json").write_text(json.dumps(body) + "\n")
    (folder / f"{name}.md").write_text(markdown(reports, head))
