"""Every direct dependency has its licence noted."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def direct() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for path in ROOT.glob("requirements-*.in"):
        lines += path.read_text().splitlines()
    names = (re.match(r"[A-Za-z0-9_.-]+", line) for line in lines if not line.startswith("-"))
    return {name[0].lower() for name in names if name}


def test_every_direct_dependency_has_its_licence_noted() -> None:
    rows = re.findall(
        r"^\| ([a-z0-9, -]+) \| \S", (ROOT / "docs/licences.md").read_text(), re.MULTILINE
    )
    noted = {name.strip() for row in rows for name in row.split(",")}
    assert direct() - noted == set()
    assert noted - direct() - {"package"} == set()
