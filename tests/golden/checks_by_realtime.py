"""What is asked of a golden call that a model leads by sound: whole, and killed in a turn.

In the gate a sample of the calls and of the kills is asked it, and by ``./run test-golden`` all.
"""

from __future__ import annotations

from pathlib import Path

from tests.golden.by_model import EmulatedModel, Played, led_by_the_house, played
from tests.golden.by_realtime import MortalModel, RealtimeLine, Stage, realtime
from tests.golden.replay import FOLDER, load
from tests.golden.test_golden_by_model import ELSEWISE

REFERENCE = load(FOLDER / "reference_call.call")

ANSWERS = {
    Stage.BEFORE_THE_FIRST_EVENT: 9,
    Stage.MID_TRANSCRIPT: 8,
    Stage.MID_AUDIO: 8,
    Stage.MID_FUNCTION_CALL: 4,
    Stage.AFTER_THE_RESULT: 3,
}
"""Answers of the reference call that have such a stage."""

BEHIND = ("house", "chat model")
"""Who goes on; the house policy is behind the chat model, too."""

_WHOLE: list[Played] = []
"""The reference call by the house, once for all."""


async def reference_by_the_house() -> Played:
    """What every other way of leading it is compared with."""
    if not _WHOLE:
        _WHOLE.append(await played(REFERENCE, led_by_the_house))
    return _WHOLE[0]


async def leaves_the_same_rows(path: Path) -> None:
    """Over sound, by one session without a fault of ours: the house policy's rows."""
    golden = load(path)
    house = await played(golden, led_by_the_house)
    async with realtime(path.stem, golden, MortalModel()) as led:
        call = await played(golden, led.lead, line=led.line)
    assert call.rows == house.rows
    assert (call.outcomes == house.outcomes) == (path.stem not in ELSEWISE)
    assert len(led.emulator.sessions) == 1
    assert not led.emulator.sessions[0].errors


async def is_gone_on_with(stage: Stage, spared: int, behind: str) -> None:
    """The service dies for good in a stage of an answer: the same row, booked once.

    Args:
        stage: where.
        spared: answers with such a stage that go well before.
        behind: one of `BEHIND`.
    """
    whole, model = await reference_by_the_house(), MortalModel(stage, spared)
    others = [EmulatedModel()] if behind == "chat model" else []
    async with realtime("reference_call", REFERENCE, model, others) as led:
        call = await played(REFERENCE, led.lead, insists=3, line=led.line)
    assert model.died
    assert call.rows == whole.rows
    assert booked(call) == booked(whole)
    assert_said_once(led.line)


def booked(call: Played) -> list[str]:
    """Its requests to book."""
    return [line for line in call.lines if line.startswith("* book_appointment")]


def assert_said_once(line: RealtimeLine) -> None:
    """What broke off is said on from a word, by one other voice."""
    assert not set(line.by_another) & set(line.by_the_model)
