"""Every test file is run by the gate, once."""

from __future__ import annotations

from pathlib import Path

from tests.gate import ALONGSIDE, APART, BRIEF, ENGINES, LANES, MEASURED

ROOT = Path(__file__).parents[2]
MEASURING = "coverage"
"""The lane that runs again what another one runs in full."""


def within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)


def runs(path: str, arguments: tuple[str, ...]) -> bool:
    """Whether pytest takes a file that is asked for like this."""
    left_out = tuple(one.removeprefix("--ignore=") for one in arguments if "--ignore=" in one)
    asked = tuple(one for one in arguments if not one.startswith("--"))
    return within(path, asked) and not within(path, left_out)


def test_every_file_has_one_lane() -> None:
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    assert len(files) > 150
    for path in files:
        times = sum(runs(path, lane.arguments) for lane in LANES if lane.name != MEASURING)
        assert times == (0 if within(path, APART) else 1), path


def test_coverage_is_of_the_rules_and_of_nothing_that_is_not_tested_in_full() -> None:
    lanes = {lane.name: lane for lane in LANES}
    assert lanes[MEASURING].arguments == (*MEASURED, *ALONGSIDE, *BRIEF, "--cov")
    assert lanes["rules"].arguments == MEASURED


def test_what_the_lanes_name_is_there() -> None:
    assert all((ROOT / path).is_file() for path in ENGINES)
