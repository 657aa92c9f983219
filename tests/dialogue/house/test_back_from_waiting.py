"""Back from waiting for a person: the caller hears why, no apology for a cut line, and goes on."""

from __future__ import annotations

import pytest

from tests.support.policy import Policy
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from voiceagent.dialogue.acts import CallTool, Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.port import CallResumed

WHY = "I'm sorry, I couldn't reach anyone just now."


@pytest.mark.parametrize("said", [(), ("My AC is not cooling.", "No, no smells.")])
def test_nobody_was_reached_and_what_was_going_on_goes_on(said: tuple[str, ...]) -> None:
    at = Policy(coolcare(), now=FRIDAY_NIGHT, caller_number=SARAH)
    at.greet()
    for words in said:
        at.hear(words)
    assert any(isinstance(act, CallTool) for act in at.key("0"))
    step = at.take(CallResumed(at.now, WHY))
    text = " ".join(act.text for act in step if isinstance(act, Say))
    assert text.startswith(WHY)
    assert text.endswith("?"), text
    assert wording.CUT_OFF not in text
    assert not any(isinstance(act, CallTool) for act in step), "nobody is rung again unasked"


def test_a_line_that_was_cut_is_still_apologised_for() -> None:
    at = Policy(coolcare(), now=FRIDAY_NIGHT, caller_number=SARAH)
    at.greet()
    at.hear("My AC is not cooling.")
    assert any(isinstance(act, Say) and wording.CUT_OFF in act.text for act in at.resume())
