"""A chain of models, in virtual time: slow is a failure, and nobody is silent for long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.failover.noted import Noted
from tests.support.act_model import ACT_MODEL
from tests.support.rooms import FRIDAY_NIGHT, line
from tests.support.scripted_model import Beat, ScriptedModel, Talk, Wait, calls, says
from tests.support.virtual_time import LoopClock, run
from voiceagent.core.breaker import Breaker, BreakerState
from voiceagent.core.failover.chain import NOBODY, FailoverReason, FailoverWatch
from voiceagent.dialogue.factory import Conversant, model_dialogue
from voiceagent.dialogue.fallback import (
    TABLE,
    Deadlines,
    FallbackAct,
    FallbackModel,
    ReplyEvent,
    ReplyState,
    Stage,
)
from voiceagent.dialogue.port import Begun
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable
from voiceagent.ports.language_model import (
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
    TextPiece,
)

ASK = ModelRequest(())
GOOD = says("I can look that up. ", "What is your name?")
FAULTS: dict[str, Sequence[Beat]] = {
    "good": GOOD,
    "refuses": [Unavailable("model.connection", "Down.")],
    "busy": [Unavailable("model.busy", "Busy.", retry_after_s=30.0)],
    "wrong key": [OwnerFixable("model.key", "Wrong.")],
    "server error": [Unavailable("model.failed", "500.")],
    "nonsense": [PeerMisbehaved("model.protocol", "Nonsense.")],
    "never begins": [Wait(600)],
    "slow": [Wait(1.5), *GOOD],
    "empty": [ReplyEnd(StopReason.COMPLETE)],
    "blank": [TextPiece(" "), TextPiece("\n"), ReplyEnd(StopReason.COMPLETE)],
    "withheld": [ReplyEnd(StopReason.WITHHELD)],
    "closes at once": [],
    "cut in a sentence": [
        TextPiece("I can look that up. What is"),
        Unavailable("model.cut_off", ""),
    ],
    "resets in a sentence": [TextPiece("I can look"), Unavailable("model.connection", "Reset.")],
    "busy in a sentence": [TextPiece("I can look"), Unavailable("model.busy", "Busy.")],
    "wrong key in a sentence": [TextPiece("I can look"), OwnerFixable("model.key", "Wrong.")],
    "stalls in a sentence": [TextPiece("I can look that up. What is"), Wait(600)],
    "closes in a sentence": [TextPiece("I can look")],
    "dribbles": [
        beat for word in ["I ", "can ", "not "] * 9 for beat in (TextPiece(word), Wait(1.5))
    ],
    "too long": [TextPiece("I can look that up. And"), ReplyEnd(StopReason.CUT)],
}


async def taken(model: FallbackModel) -> tuple[list[ModelEvent], str, float]:
    """What came, the code of the error in the end, and the longest silence."""
    loop = asyncio.get_running_loop()
    events: list[ModelEvent] = []
    last_s, longest_s, code = loop.time(), 0.0, ""
    try:
        async for event in model.reply(ASK):
            longest_s = max(longest_s, loop.time() - last_s)
            last_s = loop.time()
            events.append(event)
    except Unavailable as error:
        code = error.code
    return events, code, max(longest_s, loop.time() - last_s)


def chain(
    *models: ScriptedModel,
    breakers: Sequence[Breaker] | None = None,
    watch: FailoverWatch | None = None,
) -> FallbackModel:
    own = breakers or [Breaker() for _ in models]
    stages = [Stage(model, breaker) for model, breaker in zip(models, own, strict=True)]
    return FallbackModel(stages, LoopClock(FRIDAY_NIGHT), Deadlines(), watch=watch)


def test_every_event_has_its_row() -> None:
    for state, event in product(ReplyState, ReplyEvent):
        if (state, event) in {
            (ReplyState.ASKED, ReplyEvent.END),  # that is EMPTY_END
            (ReplyState.BEGUN, ReplyEvent.EMPTY_END),
        }:
            assert (state, event) not in TABLE
        else:
            assert (state, event) in TABLE
    begun = [act for (state, _), (_, act) in TABLE.items() if state is ReplyState.BEGUN]
    assert FallbackAct.NEXT not in begun  # what was said is not said again


@pytest.mark.parametrize("fault", FAULTS)
def test_who_has_not_begun_is_replaced_and_who_has_is_broken_off(fault: str) -> None:
    async def work() -> None:
        backup = ScriptedModel([GOOD], "backup")
        events, code, longest_s = await taken(chain(ScriptedModel([FAULTS[fault]]), backup))
        text = "".join(one.text for one in events if isinstance(one, TextPiece))
        assert text.count("look that up") <= 1
        assert longest_s <= 3.5
        if text.endswith("What is your name?"):
            assert code == ""
        else:
            assert code in {"model.cut_off", "model.exhausted"} or fault == "too long"
        began = (
            fault in {"good", "slow"} or "sentence" in fault or fault in {"dribbles", "too long"}
        )
        assert len(backup.requests) == (0 if began else 1)

    run(work())


REASONS = {
    "good": None,
    "slow": None,
    "refuses": ("next", FailoverReason.FAILED),
    "busy": ("next", FailoverReason.BUSY),
    "wrong key": ("next", FailoverReason.REFUSED),
    "never begins": ("next", FailoverReason.SLOW),
    "empty": ("next", FailoverReason.EMPTY),
    "closes at once": ("next", FailoverReason.STALLED),
    "stalls in a sentence": (NOBODY, FailoverReason.STALLED),
    "busy in a sentence": (NOBODY, FailoverReason.BUSY),
}


@pytest.mark.parametrize("fault", REASONS)
def test_who_took_over_and_why_is_told(fault: str) -> None:
    async def work() -> None:
        watch = Noted()
        await taken(
            chain(ScriptedModel([FAULTS[fault]]), ScriptedModel([GOOD], "next"), watch=watch)
        )
        told = [(one.to, one.reason) for one in watch.failovers]
        reason = REASONS[fault]
        assert told == ([] if reason is None else [reason])

    run(work())


@given(st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_caller_never_waits_longer_than_the_deadline(faults: list[str]) -> None:
    async def work() -> None:
        models = [ScriptedModel([FAULTS[fault]]) for fault in faults]
        _, _, longest_s = await taken(chain(*models))
        assert longest_s <= Deadlines().silence_s + 0.001
        for model in models:
            assert model.closed == len(model.requests)  # what is given up is closed

    run(work())


TURNS = ("a maintenance visit please", "Sarah Miller", "555 123 0000", "what was that", "no thanks")


@pytest.mark.thorough
@given(st.lists(st.sampled_from([*sorted(FAULTS), "tool"]), min_size=5, max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_sentence_or_tool_twice_no_word_lost_and_never_silent(faults: list[str]) -> None:
    async def work() -> None:
        tool = calls(
            "get_pricing_quote",
            service_type="maintenance",
            description="Maintenance visit.",
            is_after_hours=False,
        )
        queue = list(faults)

        def script(request: ModelRequest) -> Sequence[Beat]:
            fault = queue.pop(0) if queue else "refuses"
            return tool if fault == "tool" else FAULTS[fault]

        model = ScriptedModel(script)
        talk = Talk(chain(model), on=line())
        loop = asyncio.get_running_loop()
        await talk.begin()
        for words in TURNS:
            started_s = loop.time()
            answer = await talk.hears(words)
            assert answer, words
            assert len(set(answer)) == len(answer)
            assert loop.time() - started_s <= 4 * 3.5 + 0.1
            assert sum("?" in sentence for sentence in answer) <= 1
        facts = talk.dialogue.snapshot().facts
        assert facts["name"].value == "Sarah Miller"
        assert facts["phone"].value == "+15551230000"
        kept = [turn.text for turn in talk.dialogue._state.turns if turn.kind == "caller"]
        assert tuple(kept) == TURNS

    run(work())


def test_a_breaker_is_shared_by_calls_and_let_go_by_one_trial() -> None:
    async def work() -> None:
        down, backup = ScriptedModel([FAULTS["busy"], GOOD], "a"), ScriptedModel([GOOD] * 2, "b")
        breaker = Breaker()
        model = chain(down, backup, breakers=[breaker, Breaker()])
        await taken(model)
        await taken(model)
        assert (len(down.requests), breaker.state) == (1, BreakerState.OPEN)
        await asyncio.sleep(31)
        await taken(model)
        assert (len(down.requests), breaker.state) == (2, BreakerState.CLOSED)
        assert len(backup.requests) == 2

    run(work())


async def test_a_dialogue_is_made_for_each_conversation() -> None:
    on, model = line(), ScriptedModel([GOOD])
    make = model_dialogue([model], Talk(model).box.specs(), on.clock, ACT_MODEL)
    dialogue = make(Conversant(on.business, on.clock.now(), None, "voice"))
    acts = [act async for act in dialogue.hear(Begun(on.clock.now()))]
    assert acts
    assert make(Conversant(on.business, on.clock.now(), None, "voice")) is not dialogue
