"""The house policy: a deterministic conversation that needs no model.

Sans-I/O: words, keys, silence and tool answers go in, acts come out. One function, `respond`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.judging import judge
from voiceagent.dialogue.house.keypad import Keypad, Pressed
from voiceagent.dialogue.house.locale import (
    chooses_language,
    in_their_language,
    offer_writing,
    told,
    unheard_language,
)
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.house.prompting import begin, resume, silence, words_lost
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.speaking import escalate, pose
from voiceagent.dialogue.house.state import HouseState, Phase, Reply, joined
from voiceagent.dialogue.house.tool_answers import answered
from voiceagent.dialogue.port import (
    PERSON_KEY,
    Begun,
    CallResumed,
    Heard,
    KeyHeard,
    ReplyHeard,
    SilenceFell,
    ToolAnswered,
    WordsHeard,
    WordsLost,
)
from voiceagent.domain.card_watch import MARK


def respond(state: HouseState, heard: Heard, scene: Scene) -> Reply:
    """The state after an input, and what is done about it. Pure.

    At most one of the acts is a `CallTool`, which is then the last: what comes next depends on its
    answer.
    """
    state = in_their_language(_kept(state, heard, scene), heard, scene)
    state, step = _respond(state, heard, scene)
    state, step = told(state, step, heard, scene)
    said = joined(*(act.text for act in step if isinstance(act, Say)))
    state = replace(state, last_words=AgentWords(said)) if said else state
    return replace(state, critical=state.critical or _is_critical(state, step)), step


def _kept(state: HouseState, heard: Heard, scene: Scene) -> HouseState:
    """Private, if the answer of a tool makes it so: before anybody is shown the answer."""
    is_told = isinstance(heard, ToolAnswered) and heard.tool in scene.business.privacy.tools
    return replace(state, private=True) if is_told else state


def _is_critical(state: HouseState, step: Step) -> bool:
    """Whether there was danger, or a person is called for: by wish, by key, by anger, by law."""
    return state.emergency_reported or any(
        isinstance(act, CallTool) and use_of(act.name) is ToolUse.PERSON for act in step
    )


def _respond(state: HouseState, heard: Heard, scene: Scene) -> Reply:  # noqa: PLR0911 - one return per case
    match heard:
        case Begun():
            return begin(state, scene)
        case CallResumed():
            return resume(state, scene, heard.words)
        case WordsHeard():
            return _words(state, heard.text, scene)
        case WordsLost():
            return words_lost(state, scene, deaf=heard.deaf)
        case KeyHeard():
            return _key(state, heard.digit, scene)
        case SilenceFell():
            return silence(state, scene)
        case ToolAnswered():
            return answered(state, heard.tool, heard.result, scene)
        case ReplyHeard():
            return _reply_heard(state, heard), ()


def _reply_heard(state: HouseState, reply: ReplyHeard) -> HouseState:
    """What was heard of the last words; of a reply before them it is news no more."""
    if _sentences(reply.said).isdisjoint(_sentences(state.last_words.said)):
        return state
    return replace(state, last_words=AgentWords(reply.said, reply.heard))


def _sentences(text: str) -> frozenset[str]:
    return frozenset(re.split(r"(?<=[.?!])\s+", text.strip()))


def _words(state: HouseState, text: str, scene: Scene) -> Reply:
    state = replace(state, silences=0, keypad=Keypad())
    if state.phase is Phase.CLOSING or not text.strip():
        return state, ()
    asked = chooses_language(text, scene.business)
    unheard = unheard_language(text, scene) if asked else None
    if unheard is not None and state.awaiting is None:
        return offer_writing(state, scene, unheard)
    if asked:
        if state.awaiting is not None:
            return state, ()
        return pose(state, scene, state.ask, wording.OF_COURSE)
    return judge(state, text, scene)


def _key(state: HouseState, digit: str, scene: Scene) -> Reply:
    """A key of the phone; 0 is a person, also while a tool runs (see `keypad`) or after a goodbye.

    `MARK` instead of a digit: the last keys were a card number.
    """
    state = replace(state, silences=0)
    if state.phase is Phase.CLOSING:
        return escalate(state, scene, "asked") if digit == PERSON_KEY else (state, ())
    if digit == MARK:
        return judge(replace(state, keypad=Keypad()), digit, scene)
    keypad, meaning = state.keypad.press(digit, state.ask)
    state = replace(state, keypad=keypad)
    match meaning:
        case Pressed.HUMAN:
            return escalate(state, scene, "asked")
        case Pressed.CLEARED:
            return pose(state, scene, state.ask)
        case Pressed.ENTERED:
            return judge(replace(state, keypad=Keypad()), keypad.digits, scene)
        case _:
            return state, ()
