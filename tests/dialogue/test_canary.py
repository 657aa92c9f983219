"""Conversations that try another model: sticky by caller, and taken back when it does harm."""

from __future__ import annotations

from dataclasses import replace

from tests.support.act_model import ACT_MODEL
from tests.support.rooms import FRIDAY_NIGHT, coolcare
from tests.support.scripted_model import ScriptedModel, says
from tests.support.virtual_time import LoopClock, run
from voiceagent.core.canary import Arm, Canary, CanaryState
from voiceagent.dialogue.acts import Say
from voiceagent.dialogue.factory import Conversant, ModelCanary, model_dialogue
from voiceagent.dialogue.port import WordsHeard

GOOD, LIE = says("I can look that up."), says("It costs $99.")
WORDS = WordsHeard(FRIDAY_NIGHT, "hmm let me think")


async def talked(canary: ModelCanary, stable: ScriptedModel, caller: str) -> list[str]:
    make = model_dialogue([stable], [], LoopClock(FRIDAY_NIGHT), ACT_MODEL, canary=canary)
    dialogue = make(Conversant(coolcare(), FRIDAY_NIGHT, caller, "voice"))
    return [act.text async for act in dialogue.hear(WORDS) if isinstance(act, Say)]


def test_a_caller_is_led_by_the_arm_of_their_number() -> None:
    async def calls() -> None:
        trial = Canary("new", 0.5)
        for number in range(20):
            caller = f"+1555000{number:04d}"
            stable, new = (ScriptedModel(lambda _: GOOD, name) for name in ("old", "new"))
            await talked(ModelCanary(new, trial), stable, caller)
            asked = new if trial.arm(caller) is Arm.CANARY else stable
            assert [bool(one.requests) for one in (stable, new)] == [
                one is asked for one in (stable, new)
            ]
        assert (
            trial.tallies[Arm.CANARY].conversations + trial.tallies[Arm.STABLE].conversations == 20
        )

    run(calls())


def test_a_model_whose_words_are_withheld_is_taken_back() -> None:
    async def calls() -> None:
        trial = Canary("new", 0.5)
        for number in range(60):
            stable = ScriptedModel(lambda _: GOOD, "old")
            new = ScriptedModel(lambda _: LIE, "new")
            said = await talked(ModelCanary(new, trial), stable, f"+1555000{number:04d}")
            assert "$99" not in " ".join(said)
        assert trial.state is CanaryState.ROLLED_BACK
        assert trial.tallies[Arm.STABLE].harmed == 0
        before = trial.tallies[Arm.CANARY]
        assert before.harmed == before.conversations
        new = ScriptedModel(lambda _: LIE, "new")
        for number in range(60):
            await talked(
                ModelCanary(new, trial), ScriptedModel(lambda _: GOOD), f"+1555000{number:04d}"
            )
        assert not new.requests
        assert trial.tallies[Arm.CANARY] == before

    run(calls())


def test_who_has_no_number_is_known_by_the_conversation() -> None:
    one = Conversant(coolcare(), FRIDAY_NIGHT, None, "voice")
    assert one.key == replace(one).key == FRIDAY_NIGHT.isoformat()
