"""A caller whom nobody hears any more: given to a person at once, and told the truth after that."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.act_model import ACT_MODEL
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from voiceagent.dialogue.acts import CallTool, DialogueAct, Expect, Say
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.house.wording import CANNOT_HEAR, CANNOT_HEAR_GOODBYE
from voiceagent.dialogue.port import Begun, Heard, ToolAnswered, WordsHeard, WordsLost
from voiceagent.toolkit.answers import ToolFailure

AT: datetime = FRIDAY_NIGHT
NOBODY = ToolFailure("escalation.unavailable", "Nobody can be reached.", "They will call back.")
DEAF = WordsLost(AT, deaf=True)


async def done(house: HouseDialogue, heard: Heard) -> list[DialogueAct]:
    return [act async for act in house.hear(heard) if not isinstance(act, Expect)]


@pytest.mark.parametrize("before", [(), ("My AC died.",), ("My AC died.", "No smells.")])
async def test_who_is_not_heard_is_given_to_a_person_without_a_question(
    before: tuple[str, ...],
) -> None:
    house = HouseDialogue(coolcare(), SARAH, "voice", AT, ACT_MODEL)
    inputs: list[Heard] = [Begun(AT), *(WordsHeard(AT, words) for words in before)]
    for heard in inputs:
        await done(house, heard)
    said, call = await done(house, DEAF)
    assert said == Say(CANNOT_HEAR)
    assert isinstance(call, CallTool)
    assert call.name == "escalate_to_human"
    assert house.snapshot().critical
    await done(house, ToolAnswered(AT, "escalate_to_human", NOBODY))
    said, end = await done(house, DEAF)
    assert said == Say(CANNOT_HEAR_GOODBYE)
    assert isinstance(end, CallTool)
    assert end.name == "end_call"


async def test_words_that_one_turn_lost_are_asked_for_again() -> None:
    house = HouseDialogue(coolcare(), SARAH, "voice", AT, ACT_MODEL)
    await done(house, Begun(AT))
    (said,) = await done(house, WordsLost(AT))
    assert isinstance(said, Say)
    assert said.text.endswith("?")
