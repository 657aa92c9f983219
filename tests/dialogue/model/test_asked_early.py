"""A reply that is asked for twice, or before it is known to be needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_model import Beat, ScriptedModel, Talk, Wait, calls, says
from voiceagent.dialogue.model.head_start import HeadStart
from voiceagent.dialogue.model.race import ReplyRace
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.port import Hurry
from voiceagent.domain.usage import UsageKind
from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import (
    CallerSaid,
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
    TextPiece,
)

REQUEST = ModelRequest((CallerSaid("hello"),))
DOWN = Unavailable("model.connection", "Down.")


@dataclass
class Gated:
    """Each request's reply comes when its gate is opened; what is left of it is closed."""

    replies: Sequence[Sequence[ModelEvent | Exception]]
    name: str = "gated"
    gates: list[asyncio.Event] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        del request
        number = len(self.gates)
        self.gates.append(asyncio.Event())
        try:
            await self.gates[number].wait()
            for event in self.replies[number]:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed.append(number)


def words(text: str) -> list[ModelEvent | Exception]:
    return [TextPiece(text), ReplyEnd(StopReason.COMPLETE)]


async def read(race: ReplyRace) -> str:
    return "".join([e.text async for e in race.events() if isinstance(e, TextPiece)])


async def settled() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


@given(first=st.integers(0, 1), broken=st.sets(st.integers(0, 1)))
async def test_whichever_begins_first_is_read_and_the_other_is_closed(
    first: int, broken: set[int]
) -> None:
    replies = [[DOWN] if n in broken else words(str(n)) for n in range(2)]
    model = Gated(replies)
    race = ReplyRace(model, REQUEST)
    race.enter()
    reading = asyncio.create_task(read(race))
    await settled()
    for number in (first, 1 - first):
        model.gates[number].set()
        await settled()
    whole = [number for number in (first, 1 - first) if number not in broken]
    if whole:
        assert await reading == str(whole[0])
    else:
        with pytest.raises(Unavailable, match="Down"):
            await reading
    assert sorted(model.closed) == [0, 1]


async def test_it_is_asked_again_at_most_once_and_not_after_it_has_begun() -> None:
    model = Gated([words("a"), words("b"), words("c")])
    race = ReplyRace(model, REQUEST)
    reading = asyncio.create_task(read(race))
    await settled()
    assert race.enter()
    assert not race.enter()
    await settled()
    assert len(model.gates) == race.entered == 2
    model.gates[1].set()
    assert await reading == "b"
    assert not race.enter()
    assert not race.give_up()


async def test_who_is_given_up_is_closed() -> None:
    model = Gated([words("a")])
    race = ReplyRace(model, REQUEST)
    reading = asyncio.create_task(read(race))
    await settled()
    assert race.give_up()
    with pytest.raises(Unavailable) as given_up:
        await reading
    assert given_up.value.code == "model.given_up"
    assert model.closed == [0]


async def test_a_reader_who_leaves_closes_every_request() -> None:
    model = Gated([words("a"), words("b")])
    race = ReplyRace(model, REQUEST)
    race.enter()
    reading = asyncio.create_task(read(race))
    await settled()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert sorted(model.closed) == [0, 1]


@pytest.mark.parametrize("later", [0, 1, 2])
async def test_two_readers_of_a_head_start_read_the_same(later: int) -> None:
    events: list[Beat] = [TextPiece("One. "), TextPiece("Two."), ReplyEnd(StopReason.COMPLETE)]
    ahead = HeadStart(ScriptedModel([events]), REQUEST)
    first = ahead.events()
    read_first = [await anext(first) for _ in range(later)]
    second = [event async for event in ahead.events()]
    assert second == events
    assert read_first + [event async for event in first] == events
    assert ahead.is_whole
    assert not ahead.is_spoilt


async def test_a_head_start_whose_only_reader_left_is_spoilt() -> None:
    model = Gated([words("a")])
    ahead = HeadStart(model, REQUEST)
    reading = asyncio.create_task(anext(ahead.events()))
    await settled()
    reading.cancel()
    await settled()
    assert ahead.is_spoilt
    assert model.closed == [0]


async def led(*replies: Sequence[Beat]) -> Talk:
    talk = Talk(ScriptedModel(replies))
    await talk.begin()
    return talk


async def test_an_answer_made_ahead_is_the_one_that_is_given() -> None:
    talk = await led(says("Sure. ", "What is your name?"))
    assert await talk.conversation.preview("I have a question") == "Sure."
    assert await talk.hears("I have a question") == ["Sure.", "What is your name?"]
    assert len(talk.model.requests) == 1  # type: ignore[attr-defined]


async def test_other_words_are_answered_anew_and_the_guess_is_paid_for() -> None:
    talk = await led(says("Sure. ", "What is your name?"), says("Where do you live?"))
    assert await talk.conversation.preview("I have a question") == "Sure."
    assert await talk.hears("I have a question about my house") == ["Where do you live?"]
    assert talk.model.closed == 2  # type: ignore[attr-defined]
    await talk.recorder.drained()
    rows = [row.usage for row in await talk.on.store.usage.of_call(talk.context.call.call_id)]
    prompts = [one for one in rows if one.kind is UsageKind.PROMPT_TOKENS]
    assert [one.estimated for one in prompts] == [True]
    asked = talk.model.requests  # type: ignore[attr-defined]
    assert prompts[0].units == 100 + len(str(asked[0].messages)) // 4


async def test_nothing_is_said_or_done_by_a_guess() -> None:
    asks = calls("get_pricing_quote", service_type="repair", description="x", is_after_hours=True)
    talk = await led(asks, says("Which service is it?"))
    before = talk.dialogue.snapshot()
    assert await talk.conversation.preview("what does it cost") == ""
    assert talk.dialogue.snapshot() == before
    assert not talk.called()


async def test_a_sentence_that_the_guard_withholds_is_not_made_ahead() -> None:
    talk = await led(says("That is $99."), says("Which service is it?"))
    assert await talk.conversation.preview("hmm let me think") == ""
    assert await talk.hears("hmm let me think") == ["Which service is it?"]


async def test_a_late_model_is_asked_again_and_the_first_answer_counts() -> None:
    slow: list[Beat] = [Wait(30.0), *says("Late.")]
    talk = await led(slow, says("Which service is it?"))
    hearing = asyncio.create_task(talk.hears("hmm let me think"))
    await settled()
    assert talk.dialogue.hurry(Hurry.ASK_AGAIN)
    assert await hearing == ["Which service is it?"]


async def test_it_may_be_asked_twice_from_the_start() -> None:
    slow: list[Beat] = [Wait(30.0), *says("Late.")]
    talk = await led(slow, says("Which service is it?"))
    assert talk.dialogue.hurry(Hurry.ASK_AGAIN)
    assert await talk.hears("hmm let me think") == ["Which service is it?"]


async def test_what_is_asked_ahead_may_be_asked_twice() -> None:
    slow: list[Beat] = [Wait(30.0), *says("Late.")]
    talk = await led(slow, says("Sure. ", "What is your name?"))
    assert talk.dialogue.hurry(Hurry.ASK_AGAIN)
    assert await talk.conversation.preview("I have a question") == "Sure."
    assert await talk.hears("I have a question") == ["Sure.", "What is your name?"]
    assert len(talk.model.requests) == 2  # type: ignore[attr-defined]


async def test_the_house_answers_for_a_model_that_is_waited_for_too_long() -> None:
    talk = await led([Wait(30.0), *says("Late.")])
    hearing = asyncio.create_task(talk.hears("my ac needs a tune-up"))
    await settled()
    assert talk.dialogue.hurry(Hurry.SETTLE)
    assert await hearing == ["May I have your name and the best phone number to reach you?"]
    assert not talk.dialogue.hurry(Hurry.SETTLE), "nobody is waited for"


async def test_a_call_that_ends_lets_go_of_what_was_asked_ahead() -> None:
    talk = await led([TextPiece("Sure. "), Wait(30.0), *says("Late.")])
    assert await talk.conversation.preview("I have a question") == "Sure."
    await talk.conversation.line_closed()
    assert talk.model.closed == 1  # type: ignore[attr-defined]


async def test_a_guess_under_way_is_read_by_whoever_answers() -> None:
    model = Gated([words("Sure. What is your name?")])
    talk = Talk(model)
    await talk.begin()
    guess = asyncio.create_task(talk.conversation.preview("I have a question"))
    await settled()
    hearing = asyncio.create_task(
        talk.conversation.answer(Input(InputKind.HEARD, "I have a question"))
    )
    await settled()
    model.gates[0].set()
    await hearing
    assert await guess == "Sure."
    assert talk.ear.said[-2:] == ["Sure.", "What is your name?"]
    assert len(model.gates) == 1


async def test_a_guess_that_is_under_way_holds_up_nobody_who_says_something_else() -> None:
    model = Gated([words("Sure."), words("Where do you live?")])
    talk = Talk(model)
    await talk.begin()
    guess = asyncio.create_task(talk.conversation.preview("I have a question"))
    await settled()
    hearing = asyncio.create_task(
        talk.conversation.answer(Input(InputKind.HEARD, "a question about my house"))
    )
    await settled()
    guess.cancel()
    model.gates[1].set()
    await hearing
    assert talk.ear.said[-1] == "Where do you live?"
    await settled()
    assert model.closed == [0, 1]
