"""Danger: guidance at once, an answer to the safety question, and alarms that were none."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.absorb import absorb
from voiceagent.dialogue.house.agenda import AgendaStage, Goal, next_stage
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Haste, Safety, description
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.origins import assumed, told
from voiceagent.dialogue.house.speaking import (
    SAFETY_REPEATS,
    advance,
    let_go,
    look_up,
    pose,
    situation,
    take_care,
)
from voiceagent.dialogue.house.state import Reply, joined
from voiceagent.dialogue.house.verdicts import Verdict
from voiceagent.domain.business import Business
from voiceagent.domain.denial import takes_back
from voiceagent.domain.safety import Judgement, hear_danger
from voiceagent.domain.smells import speaks_of_smelling, tells_of_a_smell
from voiceagent.language.en_us.yes_no import YesNo

_UNCLEAR_ANSWERS = 2
"""Unclear answers to the safety question after which the caller is warned and the call goes on."""


def danger_is_reported(said: JudgedTurn) -> Judged:
    """Guidance at once; whatever else was going on waits."""
    if not said.turn.danger.is_danger or _warned_already(said):
        return said
    scene, word = said.scene, said.turn.danger.word
    state = replace(let_go(said.state), unanswered=())
    heard = absorb(state.facts, said.turn, state.ask, scene)
    urgent = next((s.id for s in scene.business.services if s.urgent), None)
    warned = replace(heard, safety=Safety.WARNED)
    facts = told(heard, warned, state.ask, corrects=False, at=scene.now)
    facts = replace(facts, haste=Haste.SOON)
    if facts.service is None and urgent is not None:
        facts = replace(facts, service=urgent)
    if not facts.symptoms and not facts.problem:
        facts = replace(facts, problem=wording.reported(word))
    elif _names_a_danger(word, scene.business) and (
        word.lower() not in description(facts, scene.business).lower()
    ):
        others = (*facts.others, wording.reported(word).lower())  # whoever comes has to know
        facts = replace(facts, others=tuple(dict.fromkeys(others)))
    state = replace(state, facts=assumed(warned, facts, at=scene.now), alarm=word)
    return pose(state, scene, Ask.AFTER_DANGER, scene.business.emergency.guidance)


def _names_a_danger(word: str, business: Business) -> bool:
    """Whether what gave a danger away names it: "but my wife says she does" does not."""
    said = word.lower()
    if hear_danger(word, business).is_danger:
        return True
    return any(one.lower() in said or said in one.lower() for one in business.emergency.words)


def _warned_already(said: JudgedTurn) -> bool:
    """Whether a danger word now only belongs to arranging the visit after a warning."""
    if said.facts.safety is not Safety.WARNED:
        return False
    turn = said.turn
    return said.ask is not Ask.AFTER_DANGER or turn.answer is YesNo.YES or turn.has_facts


def the_alarm_was_none(said: JudgedTurn) -> Judged:
    """What a false alarm put down goes, and the call goes on where it was.

    Danger is ruled out by that only if the denial is of everything; else it is asked about.
    """
    state, scene, text = said.state, said.scene, said.turn.text
    if said.ask is not Ask.AFTER_DANGER or not takes_back(text, scene.business, state.alarm):
        return said
    denied = hear_danger(text, scene.business, asked=True).judgement
    facts = replace(
        state.facts,
        safety=Safety.SAFE if denied is Judgement.CLEAR_DENIAL else Safety.OPEN,
        haste=Haste.UNSAID,
        problem=(
            "" if state.facts.problem == wording.reported(state.alarm) else state.facts.problem
        ),
        others=tuple(
            one for one in state.facts.others if one != wording.reported(state.alarm).lower()
        ),
    )
    books = state.goal is None and facts.service is not None and facts.symptoms
    goal = Goal.BOOK if books else state.goal
    return advance(
        replace(state, facts=facts, alarm="", goal=goal), scene, said.led(wording.FALSE_ALARM)
    )


def rules_out(said: JudgedTurn) -> bool:
    """Whether danger is denied unasked: "furnace is out, no gas, no smoke, alarm is quiet"."""
    volunteered = said.facts.safety is Safety.OPEN and said.ask is not Ask.SAFETY
    return volunteered and said.turn.danger.judgement is Judgement.CLEAR_DENIAL


def safety_is_unsettled(said: JudgedTurn) -> Judged:
    """No clear answer to the safety question: ask once more, naming each danger; then care.

    After a second unclear answer the caller gets an honest warning and the call goes on. Not a
    person: at night that is one technician's phone, and a caller who mumbles twice is seldom
    in danger; not a third time the same question: nobody answers it better. Facts or questions
    instead of an answer are no unclear answer, so the question returns after them, but not
    without end either (`speaking.SAFETY_REPEATS`).
    """
    if said.ask is not Ask.SAFETY:
        return said
    if said.verdict is Verdict.SAFE:
        return _in_other_words(said, wording.SMELL_TOLD) if _leaves_a_smell(said) else said
    if said.facts != said.before:  # facts instead of an answer: nothing was unclear in them
        if said.state.safety_turns == SAFETY_REPEATS and _still_asked(said):
            return _in_other_words(said, said.lead)
        return advance(said.state, said.scene, said.lead, said.echo)
    state = replace(said.state, unclear_safety=said.state.unclear_safety + 1)
    if state.unclear_safety < _UNCLEAR_ANSWERS and state.safety_turns <= SAFETY_REPEATS:
        return _asked_again(replace(said, state=state))
    return take_care(state, said.scene, said.lead, said.echo)


def notes_a_smell(said: JudgedTurn) -> JudgedTurn:
    """A smell that is told of before danger is asked about is not denied by a bare "no"."""
    told_of = said.ask is not Ask.SAFETY and said.facts.safety is Safety.OPEN
    if told_of and not said.state.smell and tells_of_a_smell(said.turn.text):
        return replace(said, state=replace(said.state, smell=True))
    return said


def _leaves_a_smell(said: JudgedTurn) -> bool:
    """Whether a smell was told of, and the first "no" to danger says nothing of it."""
    state = said.state
    return state.smell and state.safety_turns == 1 and not speaks_of_smelling(said.turn.text)


def _still_asked(said: JudgedTurn) -> bool:
    """Whether the errand, with what was just told, still needs the answer."""
    goal = said.state.goal
    return goal is not None and (
        next_stage(goal, said.facts, situation(said.scene)) is AgendaStage.SAFETY
    )


def _asked_again(said: JudgedTurn) -> Reply:
    lead = said.lead
    if "hear me" in said.turn.text.lower():
        lead = joined(lead, wording.CAN_HEAR)
    elif said.turn.asks:
        return look_up(said.state, said.turn.text, lead)
    return _in_other_words(said, lead)


def _in_other_words(said: JudgedTurn, lead: str) -> Reply:
    emergency = said.scene.business.emergency
    again = emergency.question_again or emergency.question
    return pose(said.state, said.scene, Ask.SAFETY, joined(lead, said.echo, again))


def still_in_danger(said: JudgedTurn) -> Judged:
    """Neither yes nor no to a visit ("we are leaving now", "what do I do"): safety first."""
    if said.ask is not Ask.AFTER_DANGER or said.verdict is not None:
        return said
    emergency = said.scene.business.emergency
    guidance = emergency.guidance_again or emergency.guidance
    return pose(said.state, said.scene, Ask.AFTER_DANGER, said.led(guidance))
