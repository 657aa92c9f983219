"""Every golden call led by the emulated OpenAI: the same job rows as by the house policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.by_model import EmulatedModel, Played, led_by, led_by_the_house, played
from tests.golden.replay import FOLDER, load
from voiceagent.domain.records import Outcome

CALLS = sorted(FOLDER.glob("*.call"))

ELSEWISE = {
    "not_understood": "the house offers a person after three misses; the script asks on for ever",
}
"""Call whose outcome is another than the house's -> why."""

REFERENCE = load(FOLDER / "reference_call.call")
REQUESTS = 9
"""That the model is asked in the reference call: before each of them, and in it, it may die."""


WHOLE: list[Played] = []
"""The reference call by the house, once for all."""


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
async def test_a_golden_call_leaves_the_same_rows(path: Path) -> None:
    golden = load(path)
    house, model = await played(golden, led_by_the_house), EmulatedModel()
    call = await played(golden, led_by(model))
    assert call.rows == house.rows
    assert (call.outcomes == house.outcomes) == (path.stem not in ELSEWISE)


async def test_the_reference_call_is_led_by_the_model() -> None:
    """Or the table below would kill nobody."""
    model = EmulatedModel()
    call = await played(REFERENCE, led_by(model))
    assert model.asked == REQUESTS
    assert Outcome.BOOKED in call.outcomes
    assert "< Let me read that back." in call.lines, "words of the script, not of the house"


@pytest.mark.parametrize("pieces", [0, 4], ids=["before a word", "in its words"])
@pytest.mark.parametrize("answered", range(REQUESTS))
async def test_where_the_model_dies_the_house_goes_on_to_the_same_row(
    answered: int, pieces: int
) -> None:
    if not WHOLE:
        WHOLE.append(await played(REFERENCE, led_by_the_house))
    (whole,) = WHOLE
    model = EmulatedModel(answered, pieces)
    call = await played(REFERENCE, led_by(model), insists=3)
    assert model.asked > answered
    assert call.rows == whole.rows
    assert [line for line in call.lines if line.startswith("* book_appointment")] == [
        line for line in whole.lines if line.startswith("* book_appointment")
    ]
