"""Golden calls in Spanish, played against the house policy like every other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.replay import FOLDER, expected, load, replay

CALLS = sorted((FOLDER / "spanish").glob("*.call"))


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_golden_call_is_played_line_by_line(path: Path) -> None:
    golden = load(path)
    assert replay(golden) == expected(golden)


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_no_amount_is_said_that_no_tool_returned(path: Path) -> None:
    known = ""
    for line in expected(load(path)):
        if line.startswith("="):
            known += line
        if line.startswith("<"):
            for amount in (word.strip(".,?") for word in line.split() if word.startswith("$")):
                assert amount.strip("$") in known, line


def test_the_calls_that_matter_are_there() -> None:
    assert {path.stem for path in CALLS} >= {
        *("booking", "danger", "person", "language_changed", "not_understood", "unclear_yes"),
    }
