"""Whose turn it is: a table (state, event) -> (state, acts).

Two parties share one line. The machine knows who speaks and who may; it owns no clock, moves no
sound and calls nobody: it returns acts, in the order in which they must be performed. Every pair of
state and event is in the table, most of them as "nothing happens".

Four rules shape it. *Caller's words are never lost*: voice that turns out to be a turn is taken
from its onset, and a short answer just before the agent finishes counts (EARLY_ANSWER). *Nobody
talks over the caller*: sound of ours that comes while the caller may be speaking is held. *We fall
silent first and ask then*: the first moment of voice stops our sound at the carrier
(TENTATIVE_BARGE_IN), and only what it turns out to be decides whether it is forgotten or goes on
from the first unheard sample. *A sound is not a turn*: coughs, hums, horns and other people's
voices begin nothing, whoever has the floor. What a sound is, `core/turns/interruption.py` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voiceagent.core.turns.endpointing import (
    EndpointingDelays,
    Tuning,
    Wait,
    verdict_matters,
    wait_for,
)
from voiceagent.core.wire import TurnDecider
from voiceagent.domain.expecting import Completeness, Expecting


class TurnState(StrEnum):
    """Who has the floor.

    LISTENING: nobody speaks, it is the caller's move · VOICE_PENDING_IDLE: something sounds in that
    quiet, it may be the caller · CALLER: the caller speaks · PAUSE: the caller fell silent,
    undecided · THINKING: the caller's turn is over, ours has no sound yet · VOICE_PENDING_THINKING:
    something sounds meanwhile · SPEAKING: our sound is playing · TENTATIVE_BARGE_IN: something
    sounds over it, and we have stopped to find out · BACKCHANNEL_OVERLAP: it is only a "mm-hm", so
    we speak on, over it · EARLY_ANSWER: we speak, and a short sound of the caller's ended a moment
    ago.
    """

    LISTENING = "listening"
    VOICE_PENDING_IDLE = "voice_pending_idle"
    CALLER = "caller"
    PAUSE = "pause"
    THINKING = "thinking"
    VOICE_PENDING_THINKING = "voice_pending_thinking"
    SPEAKING = "speaking"
    TENTATIVE_BARGE_IN = "tentative_barge_in"
    BACKCHANNEL_OVERLAP = "backchannel_overlap"
    EARLY_ANSWER = "early_answer"


class TurnEvent(StrEnum):
    """What happened.

    VOICE: something that may be a voice began · SPEECH: it is the caller, speaking to us ·
    BACKCHANNEL: it is a short word that does not ask for the floor · NOISE: it is not for us at all
    · SILENCE: it ended · END_OF_TURN: patience is over · EARLY_ANSWER_EXPIRED: what was noted is
    too long ago · KEY: a DTMF key · AGENT_AUDIO: sound of ours is there to be played · PLAYED_OUT:
    all of ours was played · STOP: the control plane has silenced us · THINK: it works on a reply.
    """

    VOICE = "voice"
    SPEECH = "speech"
    BACKCHANNEL = "backchannel"
    NOISE = "noise"
    SILENCE = "silence"
    END_OF_TURN = "end_of_turn"
    EARLY_ANSWER_EXPIRED = "early_answer_expired"
    KEY = "key"
    AGENT_AUDIO = "agent_audio"
    PLAYED_OUT = "played_out"
    STOP = "stop"
    THINK = "think"


class TurnAct(StrEnum):
    """What to do about it.

    BEGIN_TURN: the caller's turn begins, at the voice's onset · PAUSE_TURN, RESUME_TURN: within it
    · END_TURN: it is over · SUSPEND: stop our sound at the carrier and keep what was not heard ·
    RESUME: go on with it, from the first unheard sample · CLEAR: stop and forget our sound ·
    REPORT_BARGE_IN: tell that it was cut off · HOLD: do not play our sound yet · RELEASE: play it.
    """

    BEGIN_TURN = "begin_turn"
    PAUSE_TURN = "pause_turn"
    RESUME_TURN = "resume_turn"
    END_TURN = "end_turn"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLEAR = "clear"
    REPORT_BARGE_IN = "report_barge_in"
    HOLD = "hold"
    RELEASE = "release"


_S, _E, _A = TurnState, TurnEvent, TurnAct

_Row = tuple[TurnState, tuple[TurnAct, ...]]

_CUT_OFF: Final = (_A.CLEAR, _A.HOLD, _A.REPORT_BARGE_IN, _A.BEGIN_TURN)

_MOVES: Final[Mapping[tuple[TurnState, TurnEvent], _Row]] = {
    # Nobody speaks.
    (_S.LISTENING, _E.VOICE): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.LISTENING, _E.SPEECH): (_S.CALLER, (_A.HOLD, _A.BEGIN_TURN)),
    (_S.LISTENING, _E.AGENT_AUDIO): (_S.SPEAKING, (_A.RELEASE,)),
    (_S.LISTENING, _E.THINK): (_S.THINKING, ()),
    (_S.VOICE_PENDING_IDLE, _E.SPEECH): (_S.CALLER, (_A.BEGIN_TURN,)),
    (_S.VOICE_PENDING_IDLE, _E.NOISE): (_S.LISTENING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_IDLE, _E.SILENCE): (_S.LISTENING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_IDLE, _E.KEY): (_S.LISTENING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_IDLE, _E.THINK): (_S.VOICE_PENDING_THINKING, ()),
    # The caller speaks. Sound of ours waits.
    (_S.CALLER, _E.SILENCE): (_S.PAUSE, (_A.PAUSE_TURN,)),
    (_S.CALLER, _E.KEY): (_S.THINKING, (_A.END_TURN, _A.RELEASE)),
    (_S.PAUSE, _E.VOICE): (_S.CALLER, (_A.RESUME_TURN,)),
    (_S.PAUSE, _E.SPEECH): (_S.CALLER, (_A.RESUME_TURN,)),
    (_S.PAUSE, _E.END_OF_TURN): (_S.THINKING, (_A.END_TURN, _A.RELEASE)),
    (_S.PAUSE, _E.KEY): (_S.THINKING, (_A.END_TURN, _A.RELEASE)),
    # We think. Our sound waits until we know what sounds.
    (_S.THINKING, _E.VOICE): (_S.VOICE_PENDING_THINKING, (_A.HOLD,)),
    (_S.THINKING, _E.SPEECH): (_S.CALLER, (_A.HOLD, _A.BEGIN_TURN)),
    (_S.THINKING, _E.AGENT_AUDIO): (_S.SPEAKING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_THINKING, _E.SPEECH): (_S.CALLER, (_A.BEGIN_TURN,)),
    (_S.VOICE_PENDING_THINKING, _E.NOISE): (_S.THINKING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_THINKING, _E.SILENCE): (_S.THINKING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_THINKING, _E.KEY): (_S.THINKING, (_A.RELEASE,)),
    # We speak. The first moment of voice stops us, its meaning cuts us off, and so does a key.
    (_S.SPEAKING, _E.VOICE): (_S.TENTATIVE_BARGE_IN, (_A.SUSPEND,)),
    (_S.SPEAKING, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.SPEAKING, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.SPEAKING, _E.PLAYED_OUT): (_S.LISTENING, ()),
    (_S.SPEAKING, _E.STOP): (_S.LISTENING, ()),
    (_S.TENTATIVE_BARGE_IN, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.TENTATIVE_BARGE_IN, _E.BACKCHANNEL): (_S.BACKCHANNEL_OVERLAP, (_A.RESUME,)),
    (_S.TENTATIVE_BARGE_IN, _E.NOISE): (_S.SPEAKING, (_A.RESUME,)),
    (_S.TENTATIVE_BARGE_IN, _E.SILENCE): (_S.EARLY_ANSWER, (_A.RESUME,)),
    (_S.TENTATIVE_BARGE_IN, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.TENTATIVE_BARGE_IN, _E.PLAYED_OUT): (_S.VOICE_PENDING_IDLE, (_A.RESUME, _A.HOLD)),
    (_S.TENTATIVE_BARGE_IN, _E.STOP): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.BACKCHANNEL_OVERLAP, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.BACKCHANNEL_OVERLAP, _E.NOISE): (_S.SPEAKING, ()),
    (_S.BACKCHANNEL_OVERLAP, _E.SILENCE): (_S.EARLY_ANSWER, ()),
    (_S.BACKCHANNEL_OVERLAP, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.BACKCHANNEL_OVERLAP, _E.PLAYED_OUT): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.BACKCHANNEL_OVERLAP, _E.STOP): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.EARLY_ANSWER, _E.VOICE): (_S.TENTATIVE_BARGE_IN, (_A.SUSPEND,)),
    (_S.EARLY_ANSWER, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.EARLY_ANSWER, _E.EARLY_ANSWER_EXPIRED): (_S.SPEAKING, ()),
    (_S.EARLY_ANSWER, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.EARLY_ANSWER, _E.PLAYED_OUT): (_S.PAUSE, (_A.HOLD, _A.BEGIN_TURN, _A.PAUSE_TURN)),
    (_S.EARLY_ANSWER, _E.STOP): (_S.PAUSE, (_A.HOLD, _A.BEGIN_TURN, _A.PAUSE_TURN)),
}

TABLE: Final[Mapping[tuple[TurnState, TurnEvent], _Row]] = MappingProxyType(
    {
        (state, event): _MOVES.get((state, event), (state, ()))
        for state in TurnState
        for event in TurnEvent
    }
)
"""Every (state, event); pairs not written down above change nothing."""


def describe() -> str:
    """The table as text: one line per pair that does something (docs/turn-taking.md shows it)."""
    lines = [f"{'state':<23} {'event':<21} {'next':<23} acts"]
    for (state, event), (after, acts) in TABLE.items():
        if after is not state or acts:
            lines.append(f"{state:<23} {event:<21} {after:<23} {', '.join(acts)}")
    return "\n".join(lines)


class TurnTaking:
    """The machine of one line: the table plus what is known about the caller's turn."""

    def __init__(self, tuning: Tuning) -> None:
        self._tuning = tuning
        self.state = TurnState.LISTENING
        self.expecting = Expecting.ANYTHING
        self._hint = Completeness.UNKNOWN
        self._done: bool | None = None
        self._asked = 0
        self._foreseen = False

    def feed(self, event: TurnEvent) -> tuple[TurnAct, ...]:
        """Take an event; the acts to perform, in order."""
        self.state, acts = TABLE[self.state, event]
        if TurnAct.BEGIN_TURN in acts or TurnAct.RESUME_TURN in acts:
            self._hint = Completeness.UNKNOWN
            self._done = None
            self._asked = 0
            self._foreseen = False
        return acts

    def expect(self, expecting: Expecting) -> None:
        """What the caller's next turn is likely to be."""
        self.expecting = expecting

    def hint(self, completeness: Completeness) -> None:
        """What the words so far say; forgotten when the caller goes on."""
        self._hint = completeness

    def verdict(self, *, done: bool) -> None:
        """What the turn model heard in this pause."""
        self._done = done

    def take_question(self, silence_ms: float) -> bool:
        """Whether the turn model should be asked now; True once per moment in `Tuning.ask_ms`.

        The first moment may come before the gate calls it a pause, so that the answer is there when
        it is needed.
        """
        moments = self._tuning.ask_ms
        if self.state not in (TurnState.CALLER, TurnState.PAUSE) or self._asked >= len(moments):
            return False
        if silence_ms < moments[self._asked] or self._done:
            return False
        if not verdict_matters(self._row(), self._hint):
            return False
        self._asked += 1
        return True

    def voice_went_on(self) -> None:
        """Sound came back before the silence was a pause: what was asked is void."""
        self._done = None
        self._asked = 0

    def announce_end(self) -> bool:
        """Whether the turn is probably over, by words or voice; True once per pause."""
        if self.state is not TurnState.PAUSE or self._foreseen:
            return False
        self._foreseen = self._wait().decider is not TurnDecider.SILENCE
        return self._foreseen

    def due(self, silence_ms: float) -> TurnDecider | None:
        """Who ends the turn at this length of silence, ``None`` while it is worth waiting."""
        if self.state is not TurnState.PAUSE:
            return None
        wait = self._wait()
        return wait.decider if silence_ms >= wait.silence_ms else None

    def _wait(self) -> Wait:
        return wait_for(self._row(), self.expecting, self._hint, done=self._done)

    def _row(self) -> EndpointingDelays:
        return self._tuning.delays[self.expecting]
