"""``disclosure.heard`` is noted when the disclosure was heard, whichever replies carried it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.pipelines.rig import SAMPLES_PER_WORD, paper_call
from voiceagent.core.wire import Played
from voiceagent.dialogue.acts import Say, Step

NOTED = "disclosure.heard"
FIRST, SECOND = "I am a machine.", "This call is recorded."
DISCLOSURE = f"{FIRST} {SECOND}"
STEPS: Mapping[str, Step] = {
    "greet": (Say("Hello and welcome."), Say(DISCLOSURE)),
    "key 5": (Say("Five it is."),),
    "key 6": (Say(DISCLOSURE),),
    "key 7": (Say(SECOND),),
    "key 8": (Say(FIRST),),
}
GREETING_WORDS = 3 + 4 + 4


@pytest.mark.parametrize("words", range(GREETING_WORDS))
async def test_a_greeting_that_is_cut_off_before_its_end_has_disclosed_nothing(words: int) -> None:
    async with paper_call(STEPS, disclosure=DISCLOSURE) as call:
        await call.until_said(1)
        call.line.heard = Played(1, words * SAMPLES_PER_WORD, done=False, first_sent_s=1.0)
    assert NOTED not in await call.events()


async def test_the_greeting_discloses_when_it_was_heard_to_its_end() -> None:
    async with paper_call(STEPS, disclosure=DISCLOSURE) as call:
        await call.hear(1)
        assert (await call.events()).count(NOTED) == 1


async def test_a_first_reply_without_the_disclosure_discloses_nothing() -> None:
    """As after a crash, when the call goes on with an apology."""
    steps = {**STEPS, "greet": (Say("Sorry about that, the line was cut."),)}
    async with paper_call(steps, disclosure=DISCLOSURE) as call:
        await call.hear(1)
        assert NOTED not in await call.events()


@pytest.mark.parametrize(
    ("keys", "noted_after"),
    [("56", 2), ("67", 1), ("78", 2), ("87", 2), ("58", None), ("77", None), ("676", 1)],
)
async def test_it_is_noted_once_and_with_the_reply_that_completes_it(
    keys: str, noted_after: int | None
) -> None:
    steps = {**STEPS, "greet": (Say("Hello and welcome."),)}
    async with paper_call(steps, disclosure=DISCLOSURE) as call:
        await call.hear(1)
        for number, key in enumerate(keys, 1):
            call.session.events.key(key)
            await call.hear(number + 1)
            await call.session.recorder.drained()
            due = noted_after is not None and number >= noted_after
            assert (await call.events()).count(NOTED) == int(due)


async def test_what_noise_has_cut_off_is_noted_when_it_was_said_again() -> None:
    async with paper_call(STEPS, "", disclosure=DISCLOSURE) as call:
        await call.until_said(1)
        call.cut_in(1, 8 * SAMPLES_PER_WORD)
        await call.hear(2)
        assert (await call.turns())[-1][2] == SECOND
        assert (await call.events()).count(NOTED) == 1
