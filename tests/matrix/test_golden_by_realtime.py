"""The whole matrix: every golden call led over sound, and the model killed in every turn of one.

Half a minute of a core. In the gate runs a sample (``tests/golden/test_golden_by_realtime.py``).
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from tests.golden.by_realtime import Stage
from tests.golden.checks_by_realtime import (
    ANSWERS,
    BEHIND,
    is_gone_on_with,
    leaves_the_same_rows,
)
from tests.golden.test_golden_by_model import CALLS

KILLED = [(stage, spared) for stage, answers in ANSWERS.items() for spared in range(answers)]


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
async def test_a_golden_call_over_sound_leaves_the_same_rows(path: Path) -> None:
    await leaves_the_same_rows(path)


@pytest.mark.parametrize(("killed", "behind"), list(product(KILLED, BEHIND)))
async def test_where_realtime_dies_in_a_turn_who_is_behind_it_goes_on_to_the_same_row(
    killed: tuple[Stage, int], behind: str
) -> None:
    await is_gone_on_with(*killed, behind)
