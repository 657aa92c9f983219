"""Every golden call, played against the house policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.replay import FOLDER, expected, load, replay

CALLS = sorted(FOLDER.glob("*.call"))


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
                assert amount.strip("$").replace(",", "") in known.replace(",", ""), line


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_the_agent_asks_one_question_at_a_time(path: Path) -> None:
    for line in expected(load(path)):
        if line.startswith("<"):
            assert line.count("?") <= 1, line


def test_there_are_enough_golden_calls() -> None:
    assert len(CALLS) >= 20
