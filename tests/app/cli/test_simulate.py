"""A few simulated callers on the house policy: nothing wrong, and no fewer right than there are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from loadtest.persona.report import SimulatedCall, summary, transcript
from loadtest.persona.verdict import Grade
from voiceagent.app.cli.simulate_run import SimulationOrder, conversations

ROOT = Path(__file__).resolve().parents[3]
SEED = 11
CALLS = range(30)
RIGHT = 1
"""May only rise."""


async def played(order: SimulationOrder) -> list[SimulatedCall]:
    return [one async for one in conversations(order)]


@pytest.fixture(scope="module")
def business() -> Path:
    return ROOT / "business" / "coolcare.toml"


async def test_nothing_wrong_is_done_and_no_fewer_end_right(business: Path) -> None:
    found = await played(SimulationOrder(CALLS, SEED, business))
    wrong = [transcript(one, seed=SEED) for one in found if one.verdict.grade is Grade.WRONG]
    assert not wrong, "\n\n".join(wrong)
    right = sum(one.verdict.grade is Grade.RIGHT for one in found)
    assert right >= RIGHT, summary(found)


async def test_the_same_order_plays_the_same_conversations(business: Path) -> None:
    order = SimulationOrder(range(3), SEED, business)
    once, again = await played(order), await played(order)
    assert [one.record.turns[1:6] for one in once] == [one.record.turns[1:6] for one in again]
    assert Counter(one.verdict.grade for one in once) == Counter(one.verdict.grade for one in again)
