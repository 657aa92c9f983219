"""The house policy as the model's shadow: it hears everything and keeps the facts.

On every input it makes its own answer. When the model answers, that answer is dropped and the state
is what it would be had the house asked the model's question (`released`); when the model does not,
it is there to be given, and nothing was heard twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from voiceagent.dialogue.acts import Act, CallTool, HangUp, Say
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.hearing.cards import offers_card
from voiceagent.dialogue.house.hearing.opt_outs import wants_no_calls
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.house.results import ToolErrorRemedy, remedy_for
from voiceagent.dialogue.house.speaking import wait_for
from voiceagent.dialogue.house.state import HouseState, Phase
from voiceagent.dialogue.port import Heard, ToolAnswered, WordsHeard
from voiceagent.domain.locales import Locale
from voiceagent.toolkit.answers import ToolFailure


class HouseReason(StrEnum):
    """Why the house answers, whatever a model would say."""

    NO_WORDS = "no_words"
    """A key, silence, lost words, a line that is there again, the greeting."""
    PERSON = "person"
    """A person is wanted, by words, anger or talk of the law; or was called for."""
    DANGER = "danger"
    """Danger, or the question about it."""
    CARD = "card"
    RECORDING = "recording"
    """The caller does not want to be recorded."""
    OPT_OUT = "opt_out"
    """The caller wants no calls or texts from us."""
    GOODBYE = "goodbye"
    """The call is over."""
    WAITING = "waiting"
    """A tool takes longer, and is waited for."""
    LANGUAGE = "language"
    """Another language than English is spoken, in which no guard can read a model's figures."""
    ITS_OWN = "its_own"
    """The answer of a tool that it called itself."""


_DANGER_ASKS = frozenset({Ask.SAFETY, Ask.AFTER_DANGER})


def house_answers(  # noqa: C901, PLR0911 - one return per reason
    heard: Heard, before: HouseState, after: HouseState, step: Sequence[Act]
) -> HouseReason | None:
    """Why the house answers an input; ``None`` when the model may.

    Args:
        heard: the input.
        before: the house's state before it.
        after: and after it.
        step: the house's answer.
    """
    if not isinstance(heard, WordsHeard | ToolAnswered):
        return HouseReason.NO_WORDS
    if any(isinstance(act, HangUp) for act in step) or before.phase is Phase.CLOSING:
        return HouseReason.GOODBYE
    if isinstance(heard, WordsHeard) and offers_card(heard.text):
        return HouseReason.CARD
    if after.locale is not Locale.EN_US:
        return HouseReason.LANGUAGE
    if after.unrecorded and not before.unrecorded:
        return HouseReason.RECORDING
    if isinstance(heard, WordsHeard) and wants_no_calls(heard.text):
        return HouseReason.OPT_OUT
    if any(_calls(act, ToolUse.PERSON) for act in step):
        return HouseReason.PERSON
    if isinstance(heard, ToolAnswered):
        if use_of(heard.tool) is ToolUse.PERSON:
            return HouseReason.PERSON
        if isinstance(heard.result, ToolFailure):
            slow = remedy_for(heard.result) is ToolErrorRemedy.WAIT
            return HouseReason.WAITING if slow and any(_is_call(a) for a in step) else None
        return None
    in_danger = after.emergency_reported and not before.emergency_reported
    if in_danger or after.ask in _DANGER_ASKS or before.ask in _DANGER_ASKS:
        return HouseReason.DANGER
    return None


def _calls(act: Act, use: ToolUse) -> bool:
    return isinstance(act, CallTool) and use_of(act.name) is use


def _is_call(act: Act) -> bool:
    return isinstance(act, CallTool)


def released(state: HouseState, said: str, ask: Ask | None) -> HouseState:
    """The state once the model has answered: the house's own call and words are no more.

    Args:
        state: after the input.
        said: what the model said.
        ask: the house's question that the model asked, if it was one.
    """
    return replace(
        state,
        awaiting=None,
        interjection="",
        untold="",
        phase=Phase.OPEN,
        ask=ask or Ask.HELP,
        posed=None,
        misses=0,
        last_words=AgentWords(said) if said else state.last_words,
        last_said=(Say(said),) if said else state.last_said,
    )


def with_call(state: HouseState, call: CallTool) -> HouseState:
    """The state while a tool runs that the model asked for; its answer adds to the facts."""
    ends = use_of(call.name) is ToolUse.END
    state = wait_for(state, call)
    return replace(state, phase=Phase.CLOSING) if ends else state
