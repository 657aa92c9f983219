"""The house policy: a deterministic conversation that needs no model.

Sans-I/O: words, keys, silence and tool answers go in, acts come out. One function, `respond`.
"""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.house.judging import judge
from voiceagent.dialogue.house.keypad import Keypad, Pressed
from voiceagent.dialogue.house.prompting import begin, resume, silence, words_lost
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.speaking import escalate, pose
from voiceagent.dialogue.house.state import HouseState, Phase, Reply
from voiceagent.dialogue.house.tool_answers import answered
from voiceagent.dialogue.port import (
    Begun,
    CallResumed,
    Heard,
    KeyHeard,
    SilenceFell,
    ToolAnswered,
    WordsHeard,
    WordsLost,
)
from voiceagent.domain.card_watch import MARK


def respond(state: HouseState, heard: Heard, scene: Scene) -> Reply:  # noqa: PLR0911 - one return per case
    """The state after an input, and what is done about it. Pure.

    At most one of the acts is a `CallTool`, which is then the last: what comes next depends on its
    answer.
    """
    match heard:
        case Begun():
            return begin(state, scene)
        case CallResumed():
            return resume(state, scene)
        case WordsHeard():
            return _words(state, heard.text, scene)
        case WordsLost():
            return words_lost(state, scene)
        case KeyHeard():
            return _key(state, heard.digit, scene)
        case SilenceFell():
            return silence(state, scene)
        case ToolAnswered():
            return answered(state, heard.tool, heard.result, scene)


def _words(state: HouseState, text: str, scene: Scene) -> Reply:
    state = replace(state, silences=0, keypad=Keypad())
    if state.phase is Phase.CLOSING or not text.strip():
        return state, ()
    return judge(state, text, scene)


def _key(state: HouseState, digit: str, scene: Scene) -> Reply:
    """A key of the phone; 0 is a person, also while a tool runs (see `keypad`).

    `MARK` instead of a digit: the last keys were a card number.
    """
    state = replace(state, silences=0)
    if state.phase is Phase.CLOSING:
        return state, ()
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
