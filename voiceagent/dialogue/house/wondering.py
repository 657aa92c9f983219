"""What a turn likely does is asked before it is gone by; and what the answer to that means."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.case_file import is_unsure
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.proposing import WONDERS, done, read_by_rules
from voiceagent.dialogue.house.speaking import pose
from voiceagent.dialogue.house.state import Wondered
from voiceagent.dialogue.house.understand import TurnContext, understand
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.yes_no import YesNo

_PLAIN = frozenset((
    "yes", "yeah", "yep", "yup", "sure", "please", "ok", "okay", "right", "correct", "exactly",
    "that", "is", "it", "i", "do", "would", "want", "to", "am", "did", "was", "sir", "ma'am", "si",
    "uh", "huh", "um", "mm", "thanks", "thank", "you", "no", "nope", "nah", "not", "at", "all",
    "absolutely", "definitely", "course", "of", "the", "what", "meant", "mean", "dear", "well",
))  # fmt: skip
"""A yes or no in other words tells something besides, and is judged by itself."""


def says_what_they_meant(said: JudgedTurn) -> Judged:
    """A yes to "did you mean …": the turn before is judged as that; else this one is judged by itself.

    Only the wish is gone by: a value in those words is heard with it, as it would have been.
    """  # noqa: E501
    wondered = said.state.wondered
    if said.state.ask is not Ask.MEANT or wondered is None:
        return said
    state = replace(said.state, ask=wondered.ask, wondered=None)
    said = replace(said, state=state)
    plain = set(words(said.turn.text)) <= _PLAIN and not said.turn.has_facts
    if not plain or said.turn.asks or said.turn.held:
        return said
    if is_unsure(said.scene.sure):
        return pose(replace(state, ask=Ask.MEANT, wondered=wondered), said.scene, Ask.MEANT)
    match said.turn.answer:
        case YesNo.YES:
            return _as_they_meant(said, wondered)
        case YesNo.NO if not said.turn.intents:
            return _as_it_reads(said, wondered)
        case _:
            return said


def _as_they_meant(said: JudgedTurn, wondered: Wondered) -> JudgedTurn:
    before = JudgedTurn.of(said.state, said.scene, wondered.text, said.lead)
    context = TurnContext(said.scene.business, said.scene.now, wondered.ask, said.facts)
    return replace(before, turn=done(before.turn, context, wondered.act))


def _as_it_reads(said: JudgedTurn, wondered: Wondered) -> Judged:
    """They meant what the rules read in it; if that is nothing, the question before comes again."""
    context = TurnContext(said.scene.business, said.scene.now, wondered.ask, said.facts)
    turn = understand(wondered.text, context)
    if read_by_rules(turn, wondered.ask) is None:
        return pose(said.state, said.scene, wondered.ask, said.led(wording.ALL_RIGHT))
    return replace(said, turn=turn, spoken=wondered.text)


def may_mean_something(said: JudgedTurn) -> Judged:
    """Nothing was made of the turn but an idea of what it does: that is asked, once in a row."""
    act = said.turn.wondered
    if act is None or not said.stays or said.state.misses:
        return said
    state = replace(
        said.state, wondered=Wondered(act, said.spoken, said.ask), misses=said.state.misses + 1
    )
    return pose(state, said.scene, Ask.MEANT, said.led(WONDERS[act]))
