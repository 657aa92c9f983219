"""Who leads a conversation: by how critical and how private it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.act_model import ACT_MODEL
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from tests.support.scripted_model import ScriptedModel, says
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import DialogueAct, Expect
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.factory import Conversant, model_dialogue
from voiceagent.dialogue.house.hearing.privacy import wants_privacy
from voiceagent.dialogue.house.state import HouseState
from voiceagent.dialogue.house.wording import KEPT_PRIVATE
from voiceagent.dialogue.model.routing import (
    ROUTES,
    Confidence,
    Criticality,
    Leader,
    RoutedModels,
    leader_of,
)
from voiceagent.dialogue.port import (
    Begun,
    Dialogue,
    Heard,
    KeyHeard,
    ToolAnswered,
    WordsHeard,
)
from voiceagent.domain.business import Business, PrivacyRules
from voiceagent.toolkit.answers import ToolFailure

AT = FRIDAY_NIGHT


@pytest.mark.parametrize(
    ("critical", "private", "leader"),
    [
        (False, False, Leader.USUAL),
        (True, False, Leader.STRONGEST),
        (False, True, Leader.PRIVATE),
        (True, True, Leader.PRIVATE_STRONGEST),
    ],
)
def test_every_conversation_has_one_leader(
    *, critical: bool, private: bool, leader: Leader
) -> None:
    assert leader_of(HouseState(critical=critical, private=private)) is leader


def test_the_table_is_whole_and_private_ones_go_to_nobody_elsewhere() -> None:
    assert set(ROUTES) == {(one, two) for one in Criticality for two in Confidence}
    private = {lead for (_, kept), lead in ROUTES.items() if kept is Confidence.PRIVATE}
    assert private == {Leader.PRIVATE, Leader.PRIVATE_STRONGEST}


class Four:
    """A model for each leader."""

    words = "All right."

    def __init__(self, *there: Leader) -> None:
        self.models = {lead: ScriptedModel(lambda _: says(self.words)) for lead in there}
        self.routed = RoutedModels(**{lead.value: [m] for lead, m in self.models.items()})

    def asked(self) -> set[Leader]:
        return {lead for lead, model in self.models.items() if model.requests}

    def dialogue(self, business: Business | None = None, *, private: bool = False) -> Dialogue:
        make = model_dialogue(self.routed, [], ManualClock(AT), ACT_MODEL)
        return make(Conversant(business or coolcare(), AT, SARAH, "voice", private=private))


async def heard(dialogue: Dialogue, *inputs: Heard) -> list[DialogueAct]:
    """What is done about the last of them."""
    acts: list[DialogueAct] = []
    for one in inputs:
        acts = [act async for act in dialogue.hear(one) if not isinstance(act, Expect)]
    return acts


ASKS = WordsHeard(AT, "so what happens next")
KEEP = WordsHeard(AT, "please keep this between us")
ALL = tuple(Leader)

MARKED: list[tuple[str, tuple[Heard, ...], Leader]] = [
    ("nothing happened", (), Leader.USUAL),
    ("danger", (WordsHeard(AT, "I smell gas in the kitchen"),), Leader.STRONGEST),
    ("the law", (WordsHeard(AT, "this is ridiculous, I'm calling my lawyer"),), Leader.STRONGEST),
    ("a person", (WordsHeard(AT, "let me talk to a real person please"),), Leader.STRONGEST),
    ("the key for a person", (KeyHeard(AT, "0"),), Leader.STRONGEST),
    ("a wish", (KEEP,), Leader.PRIVATE),
    ("do not record", (WordsHeard(AT, "don't record me"),), Leader.PRIVATE),
    ("both", (KEEP, KeyHeard(AT, "0")), Leader.PRIVATE_STRONGEST),
    ("both, the other way", (KeyHeard(AT, "0"), KEEP), Leader.PRIVATE_STRONGEST),
]


def nobody_there() -> ToolAnswered:
    """The person who was called for cannot be reached."""
    failed = ToolFailure("escalation.unavailable", "Nobody can be reached.", "I'm sorry.")
    return ToolAnswered(AT, "escalate_to_human", failed)


@pytest.mark.parametrize(("why", "before", "leader"), MARKED, ids=[why for why, _, _ in MARKED])
@pytest.mark.parametrize("there", [ALL, (Leader.USUAL,), ()], ids=["all", "usual only", "none"])
async def test_what_was_heard_decides_who_is_asked_from_then_on(
    why: str, before: tuple[Heard, ...], leader: Leader, there: tuple[Leader, ...]
) -> None:
    four = Four(*there)
    dialogue = four.dialogue()
    await heard(dialogue, Begun(AT), *before)
    if leader in {Leader.STRONGEST, Leader.PRIVATE_STRONGEST}:
        await heard(dialogue, nobody_there())
    case = dialogue.snapshot()
    assert leader_of(HouseState(critical=case.critical, private=case.private)) is leader, why
    successor = four.dialogue()
    successor.take_over(CaseFile.from_json(case.to_json()))
    assert leader_of_case(successor) is leader, "who goes on knows it too"
    for model in four.models.values():
        model.requests.clear()
    await heard(dialogue, ASKS)
    assert four.asked() <= {leader}
    if leader in {Leader.USUAL, Leader.PRIVATE}:
        assert four.asked() == ({leader} & set(there))


def leader_of_case(dialogue: Dialogue) -> Leader:
    case = dialogue.snapshot()
    return leader_of(HouseState(critical=case.critical, private=case.private))


async def test_words_that_make_it_private_are_answered_and_shown_to_nobody_elsewhere() -> None:
    four = Four(Leader.USUAL)
    acts = await heard(four.dialogue(), Begun(AT), KEEP)
    assert KEPT_PRIVATE in str(acts)
    assert not four.asked()


async def test_a_business_may_leave_wishes_out_and_name_tools_and_channels() -> None:
    rules = PrivacyRules(on_request=False, tools=("lookup_customer",))
    business = coolcare().model_copy(update={"privacy": rules})
    four = Four(Leader.USUAL)
    dialogue = four.dialogue(business)
    await heard(dialogue, Begun(AT), KEEP)
    assert not dialogue.snapshot().private
    await heard(dialogue, ToolAnswered(AT, "get_pricing_quote", nobody_there().result))
    assert not dialogue.snapshot().private
    await heard(dialogue, ToolAnswered(AT, "lookup_customer", nobody_there().result))
    assert dialogue.snapshot().private
    assert four.dialogue(private=True).snapshot().private


async def test_a_model_that_goes_too_far_twice_leads_no_longer() -> None:
    four = Four(Leader.USUAL)
    four.words = "That is $999 today."
    dialogue = four.dialogue()
    await heard(dialogue, Begun(AT), ASKS)
    assert not dialogue.snapshot().critical
    await heard(dialogue, replace(ASKS, text="and then what happens"))
    assert dialogue.snapshot().critical
    before = len(four.models[Leader.USUAL].requests)
    await heard(dialogue, replace(ASKS, text="and after all that"))
    assert len(four.models[Leader.USUAL].requests) == before


WISHES = (
    "keep this between us",
    "please keep this private",
    "can you keep that confidential please",
    "this is confidential",
    "what I'm telling you has to stay between you and me",
    "what i say must stay confidential",
    "this call is private",
    "this is a private conversation",
    "I'd like to keep my name private",
    "this is off the record",
    "don't record me",
    "Don't record this call, please.",
    "do not record",
    "stop recording",
    "please stop recording this",
    "turn off the recording",
    "turn that recording thing off",
    "I don't want to be recorded",
    "I do not want this call recorded",
    "I don't consent to being recorded",
    "I'm not okay with you recording me",
    "no recording please",
    "can we talk without being recorded",
    "can I tell you this in confidence",
    "my AC died and please don't record this",
)
OTHERS = (
    "it's a private road",
    "we have a private driveway behind the house",
    "this is a private residence",
    "I'm a private person but sure",
    "is this call recorded",
    "are you recording me",
    "you don't record this do you",
    "I have no record of that visit",
    "it was record heat yesterday",
    "my record player is in front of the unit",
    "the recording said to call this number",
    "do you keep my number",
    "keep it on the schedule please",
    "keep the appointment between nine and eleven",
    "I don't recall",
    "it's no secret that it broke",
)


@pytest.mark.parametrize("words", WISHES)
def test_who_wants_it_kept_is_heard(words: str) -> None:
    assert wants_privacy(words)


@pytest.mark.parametrize("words", OTHERS)
def test_who_says_something_else_is_not(words: str) -> None:
    assert not wants_privacy(words)
