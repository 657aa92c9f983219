"""What the agent can do by itself: ask, say, call a tool, let an errand go, end, get a person."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.acts import CallTool, Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import (
    TOOL_STAGES,
    AgendaStage,
    Situation,
    ask_for,
    next_stage,
)
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Safety
from voiceagent.dialogue.house.moves import FILLER, ToolUse, request, tool_call, use_of
from voiceagent.dialogue.house.questions import question, read_back, to_book
from voiceagent.dialogue.house.reading import HumanReason
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.state import HouseState, Phase, Reply, joined
from voiceagent.domain.locales import Locale
from voiceagent.language.en_us.several_questions import without_asides

MOST_REPEATS = 2
"""How often a question is said again to somebody who did not hear it; then in other words."""

SAFETY_REPEATS = 2
"""How often the safety question is repeated to somebody who says other things instead."""


def situation(scene: Scene) -> Situation:
    """What facts are weighed against now."""
    return Situation(scene.business, scene.now)


def advance(state: HouseState, scene: Scene, lead: str = "", echo: str = "") -> Reply:
    """Do the next thing the errand needs: ask, or call a tool.

    Args:
        state: where the conversation stands.
        scene: what surrounds it.
        lead: what is said before.
        echo: what was understood, said after the lead unless all of it is read back anyway.
    """
    lead, state = joined(state.untold, lead), replace(state, untold="")
    if state.goal is None:
        ask = Ask.ANYTHING_ELSE if state.served else Ask.HELP
        return pose(state, scene, ask, joined(lead, echo))
    stage = next_stage(state.goal, state.facts, situation(scene))
    if stage is AgendaStage.SAFETY and state.safety_turns > SAFETY_REPEATS:
        return take_care(state, scene, lead, echo)
    if stage is AgendaStage.PERSON:
        lead = joined(lead, wording.PERSON_CAN_CHANGE)
    if stage in TOOL_STAGES:
        return use(state, scene, stage, joined(lead, echo))
    ask = ask_for(stage, state.facts)
    reads_back = ask is Ask.CHECK or (ask is Ask.READ_BACK and state.posed is not ask)
    return pose(state, scene, ask, lead if reads_back else joined(lead, echo))


def take_care(state: HouseState, scene: Scene, lead: str = "", echo: str = "") -> Reply:
    """Danger was not ruled out and will not be: say what to do if there is some, and go on.

    What we do not know is not forgotten, `Safety.CAUTIONED` goes with the job (`description`).
    """
    facts = replace(state.facts, safety=Safety.CAUTIONED)
    state = replace(state, facts=facts, misses=0)
    return advance(state, scene, joined(lead, scene.business.emergency.caution), echo)


def pose(state: HouseState, scene: Scene, ask: Ask, lead: str = "") -> Reply:
    """Ask, in other words when the same question is still open; a lead may ask already."""
    again = ask is state.posed
    repeats = state.repeats if ask is state.ask else 0
    state = replace(state, ask=ask, posed=ask, repeats=repeats)
    if lead.endswith("?"):
        return remember(state, Say(lead))
    if ask is Ask.READ_BACK:
        lead = joined(lead, _not_read_yet(state, scene, lead) if again else "")
        state = replace(state, read_out=to_book(state.facts, scene.business, scene.now))
    words = question(ask, state.facts, scene.business, scene.now, again=again)
    return remember(state, Say(joined(lead, words)))


def _not_read_yet(state: HouseState, scene: Scene, said: str) -> str:
    """What has changed since it was read back, and is not told in what is `said` now."""
    parts = to_book(state.facts, scene.business, scene.now)
    fresh = [part for part in parts if part not in state.read_out]
    untold = [part for part in fresh if part.lower() not in said.lower()]
    return f"{'. '.join(untold)}." if untold else ""


def all_was_read(state: HouseState, scene: Scene) -> bool:
    """Whether all that a booking would hold now was read back as it is now."""
    return set(to_book(state.facts, scene.business, scene.now)) <= set(state.read_out)


def use(state: HouseState, scene: Scene, stage: AgendaStage, lead: str) -> Reply:
    """Call the tool of a stage, with a few words while it runs."""
    call = tool_call(stage, state.facts, scene.business, scene.now)
    if stage is AgendaStage.BOOK and state.locale is not Locale.EN_US:
        call = replace(call, arguments={**call.arguments, "language": state.locale.value})
    filler = _filler(state, scene, stage)
    if state.last_words.said.endswith(filler):
        filler = ""  # nothing else was said since: it is the same wait
    words = joined(lead, filler)
    return wait_for(replace(state, posed=None), call), (Say(words), call) if words else (call,)


def send_code(state: HouseState, lead: str = "") -> Reply:
    """Have a one-time code texted to the number in question; who asks for it is told what comes."""
    call = request(ToolUse.SEND_CODE, phone=state.facts.phone)
    return wait_for(replace(state, posed=None), call), (
        Say(joined(lead, wording.SENDING_CODE)),
        call,
    )


def _filler(state: HouseState, scene: Scene, stage: AgendaStage) -> str:
    """A few words while the tool of a stage runs; whom the caller asked for is named."""
    asked_for = state.facts.technician if stage is AgendaStage.SEARCH else None
    who = next((one.name for one in scene.business.technicians if one.id == asked_for), None)
    if stage is AgendaStage.PRICE and state.facts.window is not None:
        return wording.CHECK_VISIT_PRICE
    return f"Let me see when {who} is free." if who is not None else FILLER[stage]


def look_up(state: HouseState, question_asked: str, lead: str) -> Reply:
    """Look up the answer to the caller's question, in the language that it is in.

    Who asks was understood: what was not before counts no more.
    """
    state = replace(state, misses=0)
    if state.locale is Locale.EN_US:
        call = request(ToolUse.LOOK_UP, question=without_asides(question_asked))
    else:
        call = request(ToolUse.LOOK_UP, question=question_asked, language=state.locale.value)
    return wait_for(state, call), (Say(lead), call) if lead else (call,)


def wait_for(state: HouseState, call: CallTool) -> HouseState:
    """A tool was called; one that was waited for before is no longer."""
    return replace(let_go(state), awaiting=call)


def let_go(state: HouseState) -> HouseState:
    """Wait for no tool any more; what comes of one that runs is still taken in."""
    if state.awaiting is None:
        return state
    return replace(state, awaiting=None, abandoned=(*state.abandoned, state.awaiting))


def remember(state: HouseState, *step: Say) -> Reply:
    """Say it, and know it when the caller asks "what?"."""
    return replace(state, last_said=step), step


def offer_a_person(state: HouseState, scene: Scene, lead: str = "") -> Reply:
    """Another way than asking on: somebody is offered to who is not understood."""
    state = replace(state, rescues=state.rescues + 1)
    return pose(state, scene, Ask.HUMAN_OFFER, joined(lead, wording.HAVING_TROUBLE))


def repeat(state: HouseState, scene: Scene) -> Reply:
    """Say the last question again, with what came before it; a third time there is another way."""
    state = replace(state, repeats=state.repeats + 1)
    if state.repeats == MOST_REPEATS and state.ask is not Ask.AFTER_DANGER:
        again = scene.business.emergency.question_again if state.ask is Ask.SAFETY else ""
        return pose(state, scene, state.ask, again or "")
    if state.repeats > MOST_REPEATS and state.ask is Ask.SAFETY:
        return take_care(replace(state, repeats=0), scene)
    if state.repeats > MOST_REPEATS and state.ask is not Ask.AFTER_DANGER:
        return offer_a_person(replace(state, repeats=0), scene)
    if state.ask is Ask.READ_BACK:
        state = replace(state, read_out=to_book(state.facts, scene.business, scene.now))
        return remember(state, Say(read_back(state.facts, scene.business, scene.now)))
    return remember(state, *state.last_said) if state.last_said else pose(state, scene, state.ask)


def drop(state: HouseState, scene: Scene, lead: str) -> Reply:
    """Let the errand go, and ask whether there is another."""
    facts = replace(state.facts, accepted=False, confirmed=False)
    state = replace(state, goal=None, served=True, facts=facts, second=None)
    return advance(state, scene, lead)


def finish(state: HouseState, last_words: str, reason: str) -> Reply:
    """Say goodbye and end the call once that was heard."""
    call = request(ToolUse.END, reason=reason)
    words = Say(joined(state.untold, last_words))
    state = wait_for(replace(state, phase=Phase.CLOSING, untold=""), call)
    return state, (words, call)


def escalate(
    state: HouseState,
    scene: Scene,
    reason: HumanReason,
    *,
    about: str = "",
    words: str = "",
) -> Reply:
    """Hand the caller to a person.

    Args:
        state: where the conversation stands.
        scene: what surrounds it.
        reason: why.
        about: what the caller wants of them, for the one who takes over.
        words: what is said meanwhile, instead of the usual.
    """
    if state.awaiting is not None and use_of(state.awaiting.name) is ToolUse.PERSON:
        return state, ()
    upset = reason in {"anger", "legal"}
    words = words or (wording.CONNECTING_UPSET if upset else wording.CONNECTING)
    if state.locale is Locale.ES_US:
        about = f"{wording.SPEAKS_SPANISH}; {about}" if about else wording.SPEAKS_SPANISH
    summary = wording.summary(state.facts, state.goal or "", scene.business, about)
    call = request(ToolUse.PERSON, reason=reason, summary=summary)
    return wait_for(state, call), (Say(words), call)
