"""Without words of the caller: the greeting, silence, words that were lost, a line cut and back."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.acts import Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.answering import missed
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.judged import JudgedTurn
from voiceagent.dialogue.house.judging import judge
from voiceagent.dialogue.house.keypad import Keypad
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.speaking import escalate, finish, pose, remember, wait_for
from voiceagent.dialogue.house.state import HouseState, Phase, Reply, joined


def begin(state: HouseState, scene: Scene) -> Reply:
    """The first words: the greeting, and the disclosure as an utterance of its own."""
    return remember(state, *_first_words(scene))


def _first_words(scene: Scene) -> tuple[Say, ...]:
    voice = scene.business.voice
    return (Say(voice.greeting), Say(voice.disclosure))


def resume(state: HouseState, scene: Scene, words: str = "") -> Reply:
    """The line was cut and the call goes on: an apology, then what was going on.

    Wherever it was cut, the conversation is open again, a goodbye is taken back, and the caller
    is given as long to answer as after any question. A finished booking is confirmed again,
    since nobody knows what was heard of it, and so is the disclosure if nothing came after it.
    A tool that was asked and has not answered is asked again; tools do nothing twice.
    Only `words` answer for a person who was to be found: the caller hears them in place of the
    apology, and what was going on goes on.
    """
    call = state.awaiting
    state = replace(state, phase=Phase.OPEN, silences=0, keypad=Keypad(), awaiting=None)
    if words:
        nothing_open = state.goal is None or state.ask is Ask.HUMAN_OFFER
        ask = Ask.ANYTHING_ELSE if nothing_open else state.ask
        return pose(replace(state, served=True), scene, ask, words)
    if call is not None and use_of(call.name) is not ToolUse.END:
        return wait_for(state, call), (Say(wording.CUT_OFF), call)
    if state.last_said == _first_words(scene):
        return remember(state, Say(wording.CUT_OFF), Say(scene.business.voice.disclosure))
    if state.goal is None and state.facts.booking is not None:
        booked = wording.still_booked(state.facts.booking, scene.now)
        return pose(state, scene, Ask.ANYTHING_ELSE, joined(wording.CUT_OFF, booked))
    return pose(state, scene, state.ask, wording.CUT_OFF)


def words_lost(state: HouseState, scene: Scene, *, deaf: bool = False) -> Reply:
    """The caller spoke and recognition lost the words: ask again, in the end get a person.

    A caller whom nobody hears any more is given to a person at once: no question can be answered.
    Where none could be reached, the caller was told so, and the line is closed.
    """
    if state.phase is Phase.CLOSING or state.awaiting is not None:
        return state, ()
    state = replace(state, silences=0)
    if deaf and state.deaf:
        return finish(state, wording.CANNOT_HEAR_GOODBYE, "done")
    if deaf:
        return escalate(replace(state, deaf=True), scene, "stuck", words=wording.CANNOT_HEAR)
    return missed(JudgedTurn.of(state, scene, ""))


def silence(state: HouseState, scene: Scene) -> Reply:
    """The caller has said nothing for the prompt time-out; typed digits count as said."""
    if state.phase is Phase.CLOSING or state.awaiting is not None:
        return state, ()
    typed, state = state.keypad.digits, replace(state, keypad=Keypad())
    if typed:
        return judge(state, typed, scene)
    state = replace(state, silences=state.silences + 1)
    match state.silences:
        case 1:
            return pose(state, scene, state.ask, wording.CANT_HEAR_YOU)
        case 2 if state.ask is Ask.ANYTHING_ELSE:
            return finish(state, wording.goodbye(scene.business), "done")
        case 2:
            return pose(state, scene, state.ask, wording.STILL_HERE)
        case _:
            return finish(state, wording.NO_ONE_THERE, "caller_left")
