"""Every test file is run by the gate, once."""

from __future__ import annotations

from pathlib import Path

from tests.gate import ALONGSIDE, APART, ENGINES, LANES, MEASURED, THOROUGH

ROOT = Path(__file__).parents[2]


def within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)


def runs(path: str, arguments: tuple[str, ...]) -> bool:
    """Whether pytest takes a file that is asked for like this."""
    left_out = tuple(one.removeprefix("--ignore=") for one in arguments if "--ignore=" in one)
    asked = tuple(one for one in arguments if one.startswith("tests"))
    return within(path, asked) and not within(path, left_out)


def marks(arguments: tuple[str, ...]) -> str:
    """The expression that chooses tests by their marks."""
    return arguments[arguments.index("-m") + 1] if "-m" in arguments else ""


def test_every_test_has_one_lane() -> None:
    """Where marks choose, those that have the mark in one lane, and those that have not in one."""
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    assert len(files) > 150
    for path in files:
        taken = sorted(marks(lane.arguments) for lane in LANES if runs(path, lane.arguments))
        halves = within(path, (*MEASURED, *ALONGSIDE))
        whole = ["not " + THOROUGH, THOROUGH] if halves else [""]
        assert taken == ([] if within(path, APART) else whole), path


def test_coverage_is_of_the_rules_by_the_tests_of_rules() -> None:
    measuring = [lane for lane in LANES if "--cov" in lane.arguments]
    assert [lane.name for lane in measuring] == ["rules"]
    assert set(MEASURED) == {"tests/core", "tests/domain", "tests/dialogue", "tests/language"}


def test_what_the_lanes_name_is_there() -> None:
    assert all((ROOT / path).is_file() for path in ENGINES)
