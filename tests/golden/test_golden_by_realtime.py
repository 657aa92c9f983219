"""Golden calls led by a model that hears and speaks: the same job rows as by the house policy.

All 27 calls, and all 66 ways of killing the model in a turn of the reference call, are
``./run test-golden``. Here is a sample. Of the calls one of each kind of errand and of what may
come between: a booking with everything in it, another business with questions, a booking that is
moved, danger, a time that is gone, a card. Of the kills each stage once, in turns from the first to
the last, with either who may be behind.
"""

from __future__ import annotations

import pytest

from tests.golden.by_model import led_by_the_house, played
from tests.golden.by_realtime import MortalModel, Stage, realtime
from tests.golden.checks_by_realtime import (
    ANSWERS,
    REFERENCE,
    is_gone_on_with,
    leaves_the_same_rows,
    reference_by_the_house,
)
from tests.golden.replay import FOLDER
from voiceagent.domain.records import Outcome

SAMPLE = ("hotel_spa", "reschedule", "gas_then_visit", "slot_taken", "card_refused")

KILLS = (
    (Stage.BEFORE_THE_FIRST_EVENT, 0, "house"),
    (Stage.MID_TRANSCRIPT, 2, "chat model"),
    (Stage.MID_AUDIO, 5, "house"),
    (Stage.MID_FUNCTION_CALL, 0, "chat model"),
    (Stage.MID_FUNCTION_CALL, 2, "house"),
    (Stage.AFTER_THE_RESULT, 2, "house"),
)


@pytest.mark.parametrize("name", SAMPLE)
async def test_a_golden_call_over_sound_leaves_the_same_rows(name: str) -> None:
    await leaves_the_same_rows(FOLDER / f"{name}.call")


async def test_the_reference_call_is_heard_and_led_by_the_model() -> None:
    """Or the kills would kill nobody."""
    house = await reference_by_the_house()
    async with realtime("reference_call", REFERENCE, MortalModel()) as led:
        call = await played(REFERENCE, led.lead, line=led.line)
    assert call.rows == house.rows
    assert Outcome.BOOKED in call.outcomes
    assert led.model.answers == ANSWERS[Stage.BEFORE_THE_FIRST_EVENT]
    assert "Let me read that back." in led.line.by_the_model, "words of the script, by its sound"
    by_the_house = " ".join(house.lines)
    assert all(one in by_the_house for one in led.line.by_another), "greeting, and danger"
    asked = [one.text for one in led.emulator.asked[-1].messages]
    assert any("gate code is one two three four" in text for text in asked), "heard by its sound"


@pytest.mark.parametrize(("stage", "spared", "behind"), KILLS)
async def test_where_realtime_dies_in_a_turn_who_is_behind_it_goes_on_to_the_same_row(
    stage: Stage, spared: int, behind: str
) -> None:
    await is_gone_on_with(stage, spared, behind)


def test_every_stage_is_in_the_sample() -> None:
    assert {stage for stage, _, _ in KILLS} == set(Stage) == set(ANSWERS)
    assert {behind for _, _, behind in KILLS} == {"house", "chat model"}


async def test_a_call_by_the_house_is_no_call_by_sound() -> None:
    """The comparison is with another way of leading the call."""
    call = await played(REFERENCE, led_by_the_house)
    assert "< Let me read that back." not in call.lines
