"""What the model's proposal may do to a turn, and what it never does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from tests.corpus.acts import OFFERS
from tests.dialogue.house.harness import BOOKING, NOW, Line, business
from tests.support.act_model import ACT_MODEL
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.proposing import (
    LIKELY,
    RESOLUTIONS,
    WONDERS,
    Proposed,
    a_choice_is_doubted,
    hear_turn,
    read_by_rules,
    resolved,
)
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand
from voiceagent.language.en_us.caller_acts import (
    ACTS,
    BUCKETS,
    ActModel,
    CallerAct,
    Proposal,
)
from voiceagent.language.en_us.yes_no import YesNo

NONSENSE = "the blue ladder sings of turnips"
TURNS = (
    NONSENSE,
    "yes",
    "no",
    "my furnace quit",
    "tomorrow morning",
    "four of them I think",
    "I went and looked",
    "Sarah Miller, 555 123 0000",
    "I smell gas",
    "the first one",
)


def context(ask: Ask) -> TurnContext:
    return TurnContext(business(), NOW, ask, Facts())


@cache
def understood(text: str, ask: Ask) -> Understanding:
    return understand(text, context(ask))


def case(text: str, ask: Ask, act: CallerAct, sure: float) -> Proposed:
    here, turn = context(ask), understood(text, ask)
    return Proposed(turn, here, read_by_rules(turn, ask), Proposal(act, sure))


@pytest.mark.parametrize("act", list(CallerAct))
@pytest.mark.parametrize("sure", [0.45, 0.75, 1.0])
def test_no_proposal_makes_a_yes_or_a_fact_or_touches_danger(act: CallerAct, sure: float) -> None:
    for ask in Ask:
        for text in TURNS:
            one = case(text, ask, act, sure)
            turn = resolved(one)
            if one.turn.answer is not YesNo.YES:
                assert turn.answer is not YesNo.YES, (text, ask)
            for name in ("name", "phone", "address", "code", "day", "wish", "note", "danger"):
                assert getattr(turn, name) == getattr(one.turn, name), (text, ask, name)
            assert turn.choice in {one.turn.choice, None}
            assert Intent.LEGAL not in turn.intents
            assert Intent.THIS_NUMBER not in turn.intents - one.turn.intents


@pytest.mark.parametrize("ask", [Ask.SAFETY, Ask.AFTER_DANGER, Ask.CHECK])
def test_nothing_is_proposed_where_danger_is_asked_about(ask: Ask) -> None:
    model = always(CallerAct.NO)
    assert hear_turn(NONSENSE, context(ask), model) == understand(NONSENSE, context(ask))


def always(act: CallerAct, sure: float = 1.0) -> ActModel:
    """A model that proposes one act whatever is said."""
    share = np.full(len(ACTS), (1 - sure) / (len(ACTS) - 1) + 1e-9)
    share[ACTS.index(act)] = sure
    zeros = np.zeros((BUCKETS, len(ACTS)), dtype=np.float32)
    return ActModel(zeros, np.log(share).astype(np.float32))


def test_silence_is_filled_when_sure_and_asked_about_when_likely() -> None:
    sure = resolved(case(NONSENSE, Ask.HELP, CallerAct.RESCHEDULE, 0.8))
    assert sure.intents == {Intent.RESCHEDULE}
    likely = resolved(case(NONSENSE, Ask.HELP, CallerAct.RESCHEDULE, LIKELY))
    assert (likely.intents, likely.wondered) == (frozenset(), CallerAct.RESCHEDULE)
    guess = resolved(case(NONSENSE, Ask.HELP, CallerAct.RESCHEDULE, LIKELY - 0.01))
    assert guess == case(NONSENSE, Ask.HELP, CallerAct.RESCHEDULE, 0).turn


@pytest.mark.parametrize(
    "text", ["I want to cancel my appointment", "let me speak to a person", "what did you say"]
)
def test_exact_words_stand(text: str) -> None:
    one = case(text, Ask.HELP, CallerAct.SALES, 1.0)
    assert resolved(one) == one.turn


def test_a_thing_of_ours_is_outweighed_by_what_is_wanted_with_it() -> None:
    one = case("the furnace visit won't work for us", Ask.HELP, CallerAct.RESCHEDULE, 0.9)
    assert one.read is CallerAct.TELL
    turn = resolved(one)
    assert turn.intents == {Intent.RESCHEDULE}
    assert turn.service is None


def test_another_appointment_is_asked_about_and_not_moved() -> None:
    turn = resolved(case("please make an appointment", Ask.HELP, CallerAct.RESCHEDULE, 1.0))
    assert turn.wondered is CallerAct.RESCHEDULE
    assert Intent.RESCHEDULE not in turn.intents


@pytest.mark.parametrize("ask", [Ask.GO_AHEAD, Ask.READ_BACK, Ask.CONFIRM_CANCEL])
@pytest.mark.parametrize("act", [CallerAct.CONDITION, CallerAct.NO, CallerAct.CORRECT])
def test_a_yes_that_seems_to_be_none_is_no_answer(ask: Ask, act: CallerAct) -> None:
    assert resolved(case("yes", ask, act, 0.9)).answer is YesNo.UNCLEAR
    assert resolved(case("yes", ask, act, 0.7)).answer is YesNo.YES


def test_every_resolution_has_its_turn() -> None:
    used = set()
    for act in CallerAct:
        for ask in Ask:
            for text in TURNS:
                one = case(text, ask, act, 0.7)
                used.add(next((rule for rule in RESOLUTIONS if rule(one) is not None), None))
    offered = Facts(offers=OFFERS)
    here = TurnContext(business(), NOW, Ask.TIME, offered)
    turn = understand("the first one", here)
    chosen = Proposed(turn, here, CallerAct.PICK, Proposal(CallerAct.CONDITION, 0.9))
    assert resolved(chosen).choice is None
    used.add(a_choice_is_doubted)
    assert set(RESOLUTIONS) <= used


@pytest.fixture
def proposes(monkeypatch: pytest.MonkeyPatch) -> Callable[[CallerAct, float], None]:
    """Proposals of one kind for what is nonsense; nothing else is proposed."""

    def set_to(act: CallerAct, sure: float) -> None:
        class _Stub(ActModel):
            __slots__ = ()

            def propose(self, text: str, question: str) -> Proposal:
                return Proposal(act, sure if text == NONSENSE else 0.0)

        stub = _Stub(ACT_MODEL.weights, ACT_MODEL.biases)
        monkeypatch.setattr("tests.support.policy.ACT_MODEL", stub)

    return set_to


@pytest.mark.parametrize("act", sorted(WONDERS))
def test_what_is_likely_is_asked_with_its_own_question(
    proposes: Callable[[CallerAct, float], None], act: CallerAct
) -> None:
    proposes(act, 0.5)
    line = Line(NONSENSE)
    assert line.last.endswith(WONDERS[act])
    assert line.policy.state.ask is Ask.MEANT


def test_a_yes_goes_by_it_and_a_no_puts_the_question_before(
    proposes: Callable[[CallerAct, float], None],
) -> None:
    proposes(CallerAct.CANCEL, 0.5)
    assert "phone number" in Line(NONSENSE, "yes").last
    line = Line(NONSENSE, "no")
    assert line.policy.state.ask is Ask.HELP
    assert line.policy.state.wondered is None


def test_another_sentence_is_judged_by_itself(
    proposes: Callable[[CallerAct, float], None],
) -> None:
    proposes(CallerAct.CANCEL, 0.5)
    line = Line(NONSENSE, "my ac died")
    assert "smell gas" in line.last


def test_it_is_asked_once_and_then_otherwise(
    proposes: Callable[[CallerAct, float], None],
) -> None:
    proposes(CallerAct.CANCEL, 0.5)
    line = Line(NONSENSE, NONSENSE)
    assert WONDERS[CallerAct.CANCEL] not in line.last


def test_a_number_is_used_after_a_yes_only(
    proposes: Callable[[CallerAct, float], None],
) -> None:
    proposes(CallerAct.THIS_NUMBER, 1.0)
    line = Line(*BOOKING[:2], "sarah miller", NONSENSE)
    assert line.policy.facts.phone is None


def test_an_unsure_yes_is_asked_for_again(
    proposes: Callable[[CallerAct, float], None],
) -> None:
    proposes(CallerAct.CANCEL, 0.5)
    line = Line(NONSENSE)
    line.hear("yes", sure=0.2)
    assert line.policy.state.ask is Ask.MEANT
