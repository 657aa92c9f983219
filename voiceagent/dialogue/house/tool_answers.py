"""What comes of a tool's answer: it is told, mended, or, when nobody waits for it, remembered."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.acts import CallTool, HangUp, Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.answers import PersonAnswer, spoken
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.judging import judge_later
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.house.origins import from_tool
from voiceagent.dialogue.house.reports import Next, Scene, ToolReport, remedied, report
from voiceagent.dialogue.house.results import ToolErrorRemedy, remedy_for
from voiceagent.dialogue.house.several import ANSWERED, begin_second
from voiceagent.dialogue.house.speaking import (
    advance,
    drop,
    finish,
    look_up,
    pose,
    remember,
    wait_for,
)
from voiceagent.dialogue.house.state import HouseState, Phase, Reply, joined
from voiceagent.toolkit.answers import Result, ToolAnswer, ToolFailure

_FETCHES = frozenset({ToolUse.PERSON, ToolUse.TECHNICIAN})
_MAX_WRONG_CODES = 2
_MAX_ERRORS = 2
_NOBODY_CAME = "a person who could not be reached"


def answered(state: HouseState, tool: str, result: ToolAnswer, scene: Scene) -> Reply:  # noqa: PLR0911 - one return per case
    """Take a tool's answer. One that is no longer waited for adds to the facts, silently."""
    call = state.awaiting
    if call is None or call.name != tool:
        return _late(state, tool, result, scene), ()
    state = replace(state, awaiting=None)
    if use_of(tool) is ToolUse.END:
        return state, (HangUp(str(call.arguments["reason"])),)
    if isinstance(result, ToolFailure):
        return _trouble(state, call, result, scene)
    state = replace(state, errors={name: n for name, n in state.errors.items() if name != tool})
    if use_of(tool) in _FETCHES:
        return _escalated(state, result, scene)
    told = _told(state, call, result, scene)
    state = replace(state, facts=told.facts, served=True, quoted=told.quoted or state.quoted)
    if told.next is Next.ASK_CODE_AGAIN:
        return _wrong_code(state, scene, told.lead)
    found = state.goal is Goal.LOOK_UP and use_of(tool) is ToolUse.FIND
    if told.next is Next.ERRAND_DONE or found:
        state = replace(state, goal=None)
    done = told.next is Next.ERRAND_DONE
    if state.unanswered and (done or use_of(tool) in ANSWERED):
        return _unanswered(state, scene, told.lead, done=done)
    booked = state.goal is None and state.facts.booking is not None
    if state.second is not None and booked and not state.interjection:
        return begin_second(state, scene, told.lead)
    if not state.interjection:
        return advance(state, scene, told.lead)
    meanwhile, ask = state.interjection, Ask.ANYTHING_ELSE if state.goal is None else state.ask
    return judge_later(replace(state, interjection="", ask=ask), meanwhile, scene, told.lead)


def _unanswered(state: HouseState, scene: Scene, lead: str, *, done: bool) -> Reply:
    """The next of the questions that were asked along with something else."""
    first, *rest = state.unanswered
    state = replace(state, unanswered=tuple(rest))
    if done:  # asked with a yes, which is not to be judged again
        return look_up(state, first, lead)
    ask = Ask.ANYTHING_ELSE if state.goal is None else state.ask
    after, step = judge_later(replace(state, ask=ask), first, scene, lead)
    asks_a_tool = bool(step) and isinstance(step[-1], CallTool)
    return (after if asks_a_tool else replace(after, unanswered=())), step


def _told(state: HouseState, call: CallTool, result: Result, scene: Scene) -> ToolReport:
    told = report(call, result, state.facts, scene)
    return replace(told, facts=from_tool(state.facts, told.facts, at=scene.now))


def _late(state: HouseState, tool: str, result: ToolAnswer, scene: Scene) -> HouseState:
    call = next((one for one in state.abandoned if one.name == tool), None)
    if call is None or isinstance(result, ToolFailure):
        return state
    told = _told(state, call, result, scene)
    rest = tuple(one for one in state.abandoned if one is not call)
    state = replace(state, abandoned=rest, facts=told.facts)
    if told.next is Next.ERRAND_DONE:
        return replace(state, goal=None, served=True, untold=told.lead)
    return state


def _escalated(state: HouseState, result: ToolAnswer, scene: Scene) -> Reply:
    """The person was reached, or the caller is told honestly that nobody was.

    Who asked for one after the goodbye is told so, and said goodbye to again.
    """
    message = spoken(result)
    if isinstance(result, PersonAnswer) and result.transferred:
        return remember(replace(state, served=True), Say(message or wording.CONNECTED))
    lead = message or scene.business.escalation.unavailable
    if state.phase is Phase.CLOSING:
        return finish(state, joined(lead, wording.goodbye(scene.business)), "done")
    if state.interjection:
        ask = Ask.ANYTHING_ELSE if state.goal is None else state.ask
        meanwhile, state = state.interjection, replace(state, interjection="", ask=ask)
        return judge_later(replace(state, served=True), meanwhile, scene, lead)
    stuck = state.ask is Ask.HUMAN_OFFER or state.misses > 0 or _NOBODY_CAME in state.handed
    state = replace(state, served=True, handed=(*state.handed, _NOBODY_CAME))
    if stuck:  # what they wanted a person for is not asked of them once more
        return drop(replace(state, misses=0), scene, lead)
    return advance(state, scene, lead)


def _wrong_code(state: HouseState, scene: Scene, lead: str) -> Reply:
    state = replace(state, wrong_codes=state.wrong_codes + 1)
    if state.wrong_codes >= _MAX_WRONG_CODES:
        return pose(state, scene, Ask.HUMAN_OFFER, lead)
    return advance(state, scene, lead)


def _trouble(state: HouseState, call: CallTool, error: ToolFailure, scene: Scene) -> Reply:  # noqa: PLR0911 - one return per case
    """A tool failed: mend what can be mended, else apologise and offer a person."""
    errors = state.errors.get(call.name, 0) + 1
    state = replace(state, errors={**state.errors, call.name: errors})
    remedy = remedy_for(error)
    if use_of(call.name) in _FETCHES:
        return _escalated(state, error, scene)
    if remedy is ToolErrorRemedy.WAIT and errors <= _MAX_ERRORS:
        return wait_for(state, call), (Say(wording.TAKING_LONGER), call)
    if remedy in {ToolErrorRemedy.GIVE_UP, ToolErrorRemedy.WAIT} or errors > _MAX_ERRORS:
        return pose(state, scene, Ask.HUMAN_OFFER, error.say or wording.CANT_DO)
    state = replace(state, facts=remedied(state.facts, remedy))
    if use_of(call.name) is ToolUse.CALL_BACK and remedy is ToolErrorRemedy.SAY_SO:
        return drop(state, scene, error.say)
    match remedy:
        case ToolErrorRemedy.SEARCH_AGAIN:
            return advance(state, scene, wording.SLOT_TAKEN if error.code == "slot.taken" else "")
        case ToolErrorRemedy.QUOTE_AGAIN:
            return advance(state, scene)
        case ToolErrorRemedy.ASK_DAY:
            return pose(state, scene, Ask.DAY, error.say)
        case ToolErrorRemedy.ASK_CODE:
            return _wrong_code(state, scene, wording.WRONG_CODE)
        case _:
            return advance(state, scene, error.say)
