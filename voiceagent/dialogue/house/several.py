"""More than one thing in a turn: questions that are all answered, a second visit that is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from voiceagent.dialogue.acts import CallTool
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asides import asks_for_a_place
from voiceagent.dialogue.house.asks import WHILE_BOOKING, Ask
from voiceagent.dialogue.house.facts import Facts, Safety, forget_visit
from voiceagent.dialogue.house.hearing.services import hear_service
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.house.reading import verdict_of
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.speaking import advance
from voiceagent.dialogue.house.state import HouseState, Reply, SecondVisit, joined
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.other_visits import OtherVisit, other_visit
from voiceagent.language.en_us.several_questions import questions_in

ANSWERED = frozenset({ToolUse.LOOK_UP, ToolUse.PRICE})
"""Tools whose answer answers a question."""

_TWO = 2
_ASKING = frozenset(
    {Intent.KNOWLEDGE, Intent.PRICE, Intent.PRICE_ONLY, Intent.GREETING, Intent.THANKS}
)
"""What a turn may hold that only asks the business something."""

_DANGER = frozenset({Ask.SAFETY, Ask.AFTER_DANGER})


def one_by_one(said: JudgedTurn, judged: Callable[[JudgedTurn], Reply]) -> Judged:
    """Several questions to the business: the first is answered now, the others behind it.

    Args:
        said: the turn.
        judged: the reply to a turn, by all rules.
    """
    parts = questions_in(said.turn.text)
    if len(parts) < _TWO or said.ask in _DANGER:
        return said
    turns = [JudgedTurn.of(said.state, said.scene, part, said.lead) for part in parts]
    if not all(_only_asks(one) for one in turns) or not any(_is_known(one.turn) for one in turns):
        return said
    for at, turn in enumerate(turns):
        state, step = judged(turn)
        call = step[-1] if step else None
        if isinstance(call, CallTool) and use_of(call.name) in ANSWERED:
            return replace(state, unanswered=(*parts[:at], *parts[at + 1 :])), step
    return said


def _is_known(turn: Understanding) -> bool:
    """Whether something is asked that a page, a price or the area answers."""
    asked = not turn.intents.isdisjoint({Intent.KNOWLEDGE, Intent.PRICE})
    return asked or asks_for_a_place(turn.text)


def _only_asks(said: JudgedTurn) -> bool:
    """Whether a part of a turn only asks the business something, and answers or tells nothing."""
    turn = said.turn
    allowed = _ASKING | {Intent.BOOK} if asks_for_a_place(turn.text) else _ASKING
    if turn.danger.is_danger or turn.matter is not None or turn.intents - allowed:
        return False
    told = (turn.name, turn.phone, turn.phone_part, turn.email, turn.address, turn.code, turn.note)
    symptoms = turn.service is not None and bool(turn.service.symptoms)
    if any(told) or symptoms or verdict_of(turn, said.ask, said.facts, said.facts) is not None:
        return False
    return _is_known(turn) or not turn.timed


def wishes_for_a_second_visit(said: JudgedTurn) -> Judged:
    """Another visit beside the one under way is kept in mind; after a booking it is begun."""
    state, made = said.state, said.state.goal is None and said.before.booking is not None
    if not made and (state.goal is not Goal.BOOK or said.ask not in WHILE_BOOKING):
        return said
    whose = other_visit(said.spoken)
    if whose is None:
        return said
    named = hear_service(words(said.spoken), said.scene.business)
    service = named.service if named is not None else said.facts.service
    state = replace(state, second=SecondVisit(whose, service), misses=0)
    if made:
        return begin_second(state, said.scene, said.lead, said.turn.address)
    if said.verdict is None and said.facts == said.before and not said.turn.asks:
        return advance(state, said.scene, said.led(wording.SECOND_LATER))
    return replace(said, state=state)


def begin_second(
    state: HouseState, scene: Scene, lead: str, address: AddressHeard | None = None
) -> Reply:
    """Begin the second visit: whose it is tells what of the first is still true.

    Args:
        state: with the second visit in it.
        scene: what surrounds it.
        lead: what is said before.
        address: where it is, if that was said with the wish.
    """
    second = state.second
    if second is None:
        return advance(state, scene, lead)
    ours = forget_visit(state.facts) if second.whose is OtherVisit.OURS else Facts()
    there = address if address is not None and address.located else None
    facts = replace(ours, address=there, safety=Safety.OPEN, service=second.service)
    state = replace(state, goal=Goal.BOOK, facts=facts, second=None, read_out=(), safety_turns=0)
    state = replace(state, unclear_safety=0)
    return advance(state, scene, joined(lead, wording.SECOND_NOW))
