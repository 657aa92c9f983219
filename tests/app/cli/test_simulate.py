"""Thirty simulated callers on the house policy: nothing wrong, and no fewer right than there are.

They are the first thirty of their seed whom nothing wrong was done to when they were chosen; the
others wait in `./run simulate`. When the policy has got better, raise `RIGHT`; when it passes
whole, take `range(30)`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from loadtest.persona.report import SimulatedCall, summary, transcript
from loadtest.persona.verdict import Grade
from tests.support.act_model import ACT_MODEL
from voiceagent.app.cli.main import commands
from voiceagent.app.cli.simulate_run import SimulationOrder, conversations
from voiceagent.app.cli.simulate_times import ThinkingTimes
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable

HOUSE = HousePolicy(ACT_MODEL)
BUSINESS = Path(__file__).resolve().parents[3] / "business" / "coolcare.toml"
SEED = 11
NUMBERS = (
    *(0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
    *(17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32),
)
RIGHT = 28
"""May only rise."""


async def played(order: SimulationOrder) -> list[SimulatedCall]:
    return [one async for one in conversations(order)]


async def test_nothing_wrong_is_done_and_no_fewer_end_right() -> None:
    found = await played(SimulationOrder(NUMBERS, SEED, BUSINESS, HOUSE))
    wrong = [transcript(one, seed=SEED) for one in found if one.verdict.grade is Grade.WRONG]
    assert not wrong, "\n\n".join(wrong)
    right = sum(one.verdict.grade is Grade.RIGHT for one in found)
    assert right >= RIGHT, summary(found)


async def test_the_same_order_plays_the_same_conversations() -> None:
    order = SimulationOrder(range(3), SEED, BUSINESS, HOUSE)
    once, again = await played(order), await played(order)
    assert [one.record.turns[1:6] for one in once] == [one.record.turns[1:6] for one in again]
    assert [one.verdict.grade for one in once] == [one.verdict.grade for one in again]


async def test_a_business_of_another_trade_is_told() -> None:
    hotel = BUSINESS.with_name("hotel.toml")
    with pytest.raises(OwnerFixable, match="heating and cooling"):
        await played(SimulationOrder((1,), SEED, hotel, HOUSE))


async def test_what_ears_make_of_words_is_what_is_answered() -> None:
    async def deaf(line: str, expecting: Expecting) -> str:
        del line, expecting
        return ""

    (one,) = await played(SimulationOrder((8,), SEED, BUSINESS, HOUSE, hears=deaf))
    assert one.verdict.grade is Grade.UNFINISHED
    assert not one.end.jobs
    assert {turn.heard for turn in one.record.turns if turn.by_caller} == {""}


def test_a_kind_that_nobody_plays_is_told() -> None:
    result = CliRunner().invoke(commands("simulate"), ["simulate", "--kind", "nonsense"])
    assert result.exit_code == 2
    assert "book.plain" in result.output


def test_percentiles_want_enough_turns() -> None:
    times = ThinkingTimes()
    assert times.percentiles_ms == {}
    times.turns_ms += [float(at) for at in range(1, 101)]
    assert times.percentiles_ms == {"p50": 50.5, "p99": 100.0, "max": 100.0}
    assert "p99 100 ms" in str(times)
