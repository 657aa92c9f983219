"""Whose turn it is: a table (state, event) -> (state, acts).

Two parties share one line. The machine knows who speaks and who may; it owns no clock, moves no
sound and calls nobody: it returns acts, in the order in which they must be performed. Every pair of
state and event is in the table, most of them as "nothing happens".

Five rules shape it. *Caller's words are never lost*: voice that turns out to be a turn is taken
from its onset, and a short answer just before the agent finishes counts (EARLY_ANSWER). *Nobody
talks over the caller*: sound of ours that comes while the caller may be speaking is held. *We fall
silent first and ask then*: the first moment of voice stops our sound at the carrier
(TENTATIVE_BARGE_IN), and only what it turns out to be decides whether it is forgotten or goes on
from the first unheard sample. *A sound is not a turn*: coughs, hums, horns and other people's
voices begin nothing, whoever has the floor. What a sound is, `core/turns/interruption.py` says.
*A goodbye is heard*: once the last words are asked for (LEAVING) no voice, no key and no order cuts
them off; a caller who is speaking then is let finish first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voiceagent.core.turns.endpointing import (
    EndpointingDelay,
    EndpointingDelays,
    Tuning,
    endpointing_delay,
    verdict_matters,
)
from voiceagent.core.wire import TurnDecider, TurnEnding
from voiceagent.domain.expecting import Completeness, Expecting


class TurnState(StrEnum):
    """Who has the floor.

    LISTENING: nobody speaks, it is the caller's move · VOICE_PENDING_IDLE: something sounds in that
    quiet, it may be the caller · CALLER: the caller speaks · PAUSE: the caller fell silent,
    undecided · THINKING: the caller's turn is over, ours has no sound yet · VOICE_PENDING_THINKING:
    something sounds meanwhile · SPEAKING: our sound is playing · TENTATIVE_BARGE_IN: something
    sounds over it, and we have stopped to find out · TENTATIVE_SILENCE: it ended before that was
    known, and may come back · BACKCHANNEL_OVERLAP: it is only a "mm-hm", so we speak on, over it ·
    EARLY_ANSWER: we speak, and a short sound of the caller's ended a moment ago · LEAVING: our last
    words are playing, or about to · LEAVING_CALLER, LEAVING_PAUSE: they wait, as the caller's turn
    was open when they were asked for · ENDED: the line is closed.
    """

    LISTENING = "listening"
    VOICE_PENDING_IDLE = "voice_pending_idle"
    CALLER = "caller"
    PAUSE = "pause"
    THINKING = "thinking"
    VOICE_PENDING_THINKING = "voice_pending_thinking"
    SPEAKING = "speaking"
    TENTATIVE_BARGE_IN = "tentative_barge_in"
    TENTATIVE_SILENCE = "tentative_silence"
    BACKCHANNEL_OVERLAP = "backchannel_overlap"
    EARLY_ANSWER = "early_answer"
    LEAVING = "leaving"
    LEAVING_CALLER = "leaving_caller"
    LEAVING_PAUSE = "leaving_pause"
    ENDED = "ended"


class TurnEvent(StrEnum):
    """What happened.

    VOICE: something that may be a voice began · SPEECH: it is the caller, speaking to us ·
    BACKCHANNEL: it is a short word that does not ask for the floor · NOISE: it is not for us at all
    · SILENCE: it ended · MEANT: it was passed over and has ended, and a second look has found words
    in it (`media/second_look.py`) · SILENCE_LASTED: it has not come back
    (`TurnTaking.silence_lasted`) ·
    END_OF_TURN: the caller's silence was long enough (`TurnTaking.due`) · EARLY_ANSWER_EXPIRED: the
    short sound is too long ago (`TurnTaking.early_answer_expired`) · KEY: a DTMF key · AGENT_AUDIO:
    sound of ours is there to be played · PLAYED_OUT: all of ours was played · STOP: the control
    plane has silenced us · THINK: it works on a reply · GOODBYE: it has said, or is about to say,
    its last words · GOODBYE_HEARD: they were heard in full · GOODBYE_EXPIRED: they should have been
    by now (`core.supervisor`) · CLOSED: somebody has closed the line, or it was lost.
    """

    VOICE = "voice"
    SPEECH = "speech"
    BACKCHANNEL = "backchannel"
    NOISE = "noise"
    SILENCE = "silence"
    MEANT = "meant"
    SILENCE_LASTED = "silence_lasted"
    END_OF_TURN = "end_of_turn"
    EARLY_ANSWER_EXPIRED = "early_answer_expired"
    KEY = "key"
    AGENT_AUDIO = "agent_audio"
    PLAYED_OUT = "played_out"
    STOP = "stop"
    THINK = "think"
    GOODBYE = "goodbye"
    GOODBYE_HEARD = "goodbye_heard"
    GOODBYE_EXPIRED = "goodbye_expired"
    CLOSED = "closed"


class TurnAct(StrEnum):
    """What to do about it.

    BEGIN_TURN: the caller's turn begins, at the voice's onset · PAUSE_TURN, RESUME_TURN: within it
    · END_TURN: it is over · SUSPEND: stop our sound at the carrier and keep what was not heard ·
    RESUME: go on with it, from the first unheard sample · CLEAR: stop and forget our sound ·
    REPORT_BARGE_IN: tell that it was cut off · HOLD: do not play our sound yet · RELEASE: play it
    · TIME_GOODBYE: start the time-out of our last words, or start it over · CLOSE: close the line.
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
    TIME_GOODBYE = "time_goodbye"
    CLOSE = "close"


_S, _E, _A = TurnState, TurnEvent, TurnAct

_Row = tuple[TurnState, tuple[TurnAct, ...]]

OUR_SOUND: Final = frozenset(
    {
        _S.SPEAKING,
        _S.TENTATIVE_BARGE_IN,
        _S.TENTATIVE_SILENCE,
        _S.BACKCHANNEL_OVERLAP,
        _S.EARLY_ANSWER,
    }
)
"""We were speaking, and the caller may cut in."""

CALLER_SPEAKS: Final = frozenset({_S.CALLER, _S.LEAVING_CALLER})
CALLER_PAUSES: Final = frozenset({_S.PAUSE, _S.LEAVING_PAUSE})
CALLERS_TURN: Final = CALLER_SPEAKS | CALLER_PAUSES
"""The caller's turn is open; our sound is held."""

NOBODY_SPEAKS: Final = frozenset({_S.LISTENING, _S.THINKING})
"""Sound of ours may begin."""

SUSPENDED: Final = frozenset({_S.TENTATIVE_BARGE_IN, _S.TENTATIVE_SILENCE})
"""Our sound has stopped till it is known what sounds over it."""

GOODBYE_SAID: Final = frozenset({_S.LEAVING, _S.LEAVING_CALLER, _S.LEAVING_PAUSE})
"""Our last words are on their way: they are not stopped any more."""

_CUT_OFF: Final = (_A.CLEAR, _A.HOLD, _A.REPORT_BARGE_IN, _A.BEGIN_TURN)

_EARLY_TURN: Final = (_A.HOLD, _A.BEGIN_TURN, _A.PAUSE_TURN)
"""The sound that ended just now was an answer: a turn that is at its pause already."""

_LATE_CUT_OFF: Final = (*_CUT_OFF, _A.PAUSE_TURN)
"""Likewise, and it was to stop us."""

_NOW_GOODBYE: Final = (_A.END_TURN, _A.RELEASE, _A.TIME_GOODBYE)
"""The caller has finished, or talks on for ever: now they hear our last words."""

_MOVES: Final[Mapping[tuple[TurnState, TurnEvent], _Row]] = {
    # Nobody speaks.
    (_S.LISTENING, _E.VOICE): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.LISTENING, _E.SPEECH): (_S.CALLER, (_A.HOLD, _A.BEGIN_TURN)),
    (_S.LISTENING, _E.AGENT_AUDIO): (_S.SPEAKING, (_A.RELEASE,)),
    (_S.LISTENING, _E.MEANT): (_S.PAUSE, _EARLY_TURN),
    (_S.LISTENING, _E.THINK): (_S.THINKING, ()),
    (_S.VOICE_PENDING_IDLE, _E.SPEECH): (_S.CALLER, (_A.BEGIN_TURN,)),
    (_S.VOICE_PENDING_IDLE, _E.MEANT): (_S.CALLER, (_A.BEGIN_TURN,)),
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
    (_S.THINKING, _E.MEANT): (_S.PAUSE, _EARLY_TURN),
    (_S.VOICE_PENDING_THINKING, _E.SPEECH): (_S.CALLER, (_A.BEGIN_TURN,)),
    (_S.VOICE_PENDING_THINKING, _E.MEANT): (_S.CALLER, (_A.BEGIN_TURN,)),
    (_S.VOICE_PENDING_THINKING, _E.NOISE): (_S.THINKING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_THINKING, _E.SILENCE): (_S.THINKING, (_A.RELEASE,)),
    (_S.VOICE_PENDING_THINKING, _E.KEY): (_S.THINKING, (_A.RELEASE,)),
    # We speak. The first moment of voice stops us, its meaning cuts us off, and so does a key.
    (_S.SPEAKING, _E.VOICE): (_S.TENTATIVE_BARGE_IN, (_A.SUSPEND,)),
    (_S.SPEAKING, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.SPEAKING, _E.MEANT): (_S.PAUSE, _LATE_CUT_OFF),
    (_S.SPEAKING, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.SPEAKING, _E.PLAYED_OUT): (_S.LISTENING, ()),
    (_S.SPEAKING, _E.STOP): (_S.LISTENING, ()),
    (_S.TENTATIVE_BARGE_IN, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.TENTATIVE_BARGE_IN, _E.MEANT): (_S.CALLER, _CUT_OFF),
    (_S.TENTATIVE_BARGE_IN, _E.BACKCHANNEL): (_S.BACKCHANNEL_OVERLAP, (_A.RESUME,)),
    (_S.TENTATIVE_BARGE_IN, _E.NOISE): (_S.SPEAKING, (_A.RESUME,)),
    (_S.TENTATIVE_BARGE_IN, _E.SILENCE): (_S.TENTATIVE_SILENCE, ()),
    (_S.TENTATIVE_BARGE_IN, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.TENTATIVE_BARGE_IN, _E.PLAYED_OUT): (_S.VOICE_PENDING_IDLE, (_A.RESUME, _A.HOLD)),
    (_S.TENTATIVE_BARGE_IN, _E.STOP): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.TENTATIVE_SILENCE, _E.VOICE): (_S.TENTATIVE_BARGE_IN, ()),
    (_S.TENTATIVE_SILENCE, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.TENTATIVE_SILENCE, _E.MEANT): (_S.PAUSE, _LATE_CUT_OFF),
    (_S.TENTATIVE_SILENCE, _E.BACKCHANNEL): (_S.EARLY_ANSWER, (_A.RESUME,)),
    (_S.TENTATIVE_SILENCE, _E.NOISE): (_S.SPEAKING, (_A.RESUME,)),
    (_S.TENTATIVE_SILENCE, _E.SILENCE_LASTED): (_S.EARLY_ANSWER, (_A.RESUME,)),
    (_S.TENTATIVE_SILENCE, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.TENTATIVE_SILENCE, _E.PLAYED_OUT): (_S.PAUSE, (_A.RESUME, *_EARLY_TURN)),
    (_S.TENTATIVE_SILENCE, _E.STOP): (_S.PAUSE, _EARLY_TURN),
    (_S.BACKCHANNEL_OVERLAP, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.BACKCHANNEL_OVERLAP, _E.MEANT): (_S.CALLER, _CUT_OFF),
    (_S.BACKCHANNEL_OVERLAP, _E.NOISE): (_S.SPEAKING, ()),
    (_S.BACKCHANNEL_OVERLAP, _E.SILENCE): (_S.EARLY_ANSWER, ()),
    (_S.BACKCHANNEL_OVERLAP, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.BACKCHANNEL_OVERLAP, _E.PLAYED_OUT): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.BACKCHANNEL_OVERLAP, _E.STOP): (_S.VOICE_PENDING_IDLE, (_A.HOLD,)),
    (_S.EARLY_ANSWER, _E.VOICE): (_S.TENTATIVE_BARGE_IN, (_A.SUSPEND,)),
    (_S.EARLY_ANSWER, _E.SPEECH): (_S.CALLER, _CUT_OFF),
    (_S.EARLY_ANSWER, _E.MEANT): (_S.PAUSE, _LATE_CUT_OFF),
    (_S.EARLY_ANSWER, _E.EARLY_ANSWER_EXPIRED): (_S.SPEAKING, ()),
    (_S.EARLY_ANSWER, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.REPORT_BARGE_IN)),
    (_S.EARLY_ANSWER, _E.PLAYED_OUT): (_S.PAUSE, _EARLY_TURN),
    (_S.EARLY_ANSWER, _E.STOP): (_S.PAUSE, _EARLY_TURN),
    # We say goodbye. Whatever sounds, it is heard to its end; a turn that is open ends first.
    (_S.LISTENING, _E.GOODBYE): (_S.LEAVING, (_A.TIME_GOODBYE,)),
    (_S.VOICE_PENDING_IDLE, _E.GOODBYE): (_S.LEAVING, (_A.RELEASE, _A.TIME_GOODBYE)),
    (_S.CALLER, _E.GOODBYE): (_S.LEAVING_CALLER, (_A.TIME_GOODBYE,)),
    (_S.PAUSE, _E.GOODBYE): (_S.LEAVING_PAUSE, (_A.TIME_GOODBYE,)),
    (_S.THINKING, _E.GOODBYE): (_S.LEAVING, (_A.TIME_GOODBYE,)),
    (_S.VOICE_PENDING_THINKING, _E.GOODBYE): (_S.LEAVING, (_A.RELEASE, _A.TIME_GOODBYE)),
    (_S.SPEAKING, _E.GOODBYE): (_S.LEAVING, (_A.TIME_GOODBYE,)),
    (_S.TENTATIVE_BARGE_IN, _E.GOODBYE): (_S.LEAVING, (_A.RESUME, _A.TIME_GOODBYE)),
    (_S.TENTATIVE_SILENCE, _E.GOODBYE): (_S.LEAVING, (_A.RESUME, _A.TIME_GOODBYE)),
    (_S.BACKCHANNEL_OVERLAP, _E.GOODBYE): (_S.LEAVING, (_A.TIME_GOODBYE,)),
    (_S.EARLY_ANSWER, _E.GOODBYE): (_S.LEAVING, (_A.TIME_GOODBYE,)),
    (_S.LEAVING, _E.GOODBYE): (_S.LEAVING, (_A.TIME_GOODBYE,)),
    (_S.LEAVING, _E.GOODBYE_HEARD): (_S.ENDED, (_A.CLOSE,)),
    (_S.LEAVING_CALLER, _E.SILENCE): (_S.LEAVING_PAUSE, (_A.PAUSE_TURN,)),
    (_S.LEAVING_CALLER, _E.KEY): (_S.LEAVING, _NOW_GOODBYE),
    (_S.LEAVING_CALLER, _E.GOODBYE): (_S.LEAVING_CALLER, (_A.TIME_GOODBYE,)),
    (_S.LEAVING_CALLER, _E.GOODBYE_EXPIRED): (_S.LEAVING, _NOW_GOODBYE),
    (_S.LEAVING_PAUSE, _E.VOICE): (_S.LEAVING_CALLER, (_A.RESUME_TURN,)),
    (_S.LEAVING_PAUSE, _E.SPEECH): (_S.LEAVING_CALLER, (_A.RESUME_TURN,)),
    (_S.LEAVING_PAUSE, _E.END_OF_TURN): (_S.LEAVING, _NOW_GOODBYE),
    (_S.LEAVING_PAUSE, _E.KEY): (_S.LEAVING, _NOW_GOODBYE),
    (_S.LEAVING_PAUSE, _E.GOODBYE): (_S.LEAVING_PAUSE, (_A.TIME_GOODBYE,)),
    (_S.LEAVING_PAUSE, _E.GOODBYE_EXPIRED): (_S.LEAVING, _NOW_GOODBYE),
}

_ALWAYS: Final[Mapping[TurnEvent, _Row]] = {
    _E.GOODBYE_EXPIRED: (_S.ENDED, (_A.CLOSE,)),
    _E.CLOSED: (_S.ENDED, ()),
}
"""What these do in any other state but ENDED, where nothing does anything."""


def _row(state: TurnState, event: TurnEvent) -> _Row:
    unless = (state, ()) if state is TurnState.ENDED else _ALWAYS.get(event, (state, ()))
    return _MOVES.get((state, event), unless)


TABLE: Final[Mapping[tuple[TurnState, TurnEvent], _Row]] = MappingProxyType(
    {(state, event): _row(state, event) for state in TurnState for event in TurnEvent}
)
"""Every (state, event); pairs not written down above change nothing."""


def describe() -> str:
    """The table as text: one line per pair that does something (docs/turn-taking.md shows it)."""
    rows: list[tuple[str, TurnEvent, _Row]] = [
        (state, event, row)
        for (state, event), row in TABLE.items()
        if row not in {(state, ()), _ALWAYS.get(event)}
    ]
    rows += [("any other", event, row) for event, row in _ALWAYS.items()]
    lines = [f"{'state':<23} {'event':<21} {'next':<23} acts"]
    lines += [
        f"{state:<23} {event:<21} {after:<23} {', '.join(acts)}".rstrip()
        for state, event, (after, acts) in rows
    ]
    return "\n".join(lines)


class TurnTaking:
    """The machine of one line: the table, what is known about the caller's turn, and the guards.

    The guards say when time makes an event: `silence_lasted`, `early_answer_expired` and `due`.
    """

    def __init__(self, tuning: Tuning) -> None:
        self._tuning = tuning
        self.state = TurnState.LISTENING
        self.expecting = Expecting.ANYTHING
        self._completeness = Completeness.UNKNOWN
        self._done: bool | None = None
        self._ending = TurnEnding.VOID
        self._asked = 0
        self._end_announced = False

    def feed(self, event: TurnEvent) -> tuple[TurnAct, ...]:
        """Take an event; the acts to perform, in order."""
        self.state, acts = TABLE[self.state, event]
        if TurnAct.BEGIN_TURN in acts or TurnAct.RESUME_TURN in acts:
            self._completeness = Completeness.UNKNOWN
            self._done = None
            self._ending = TurnEnding.VOID
            self._asked = 0
            self._end_announced = False
        return acts

    def expect(self, expecting: Expecting) -> None:
        """What the caller's next turn is likely to be."""
        self.expecting = expecting

    def note_completeness(self, completeness: Completeness) -> None:
        """What the words so far say; forgotten when the caller goes on."""
        self._completeness = completeness

    def verdict(self, *, done: bool) -> None:
        """What the turn model heard in this pause."""
        self._done = done

    def note_ending(self, ending: TurnEnding) -> None:
        """What the recogniser says of the turn's end; outside the caller's turn it says nothing.

        That it is certain counts as the voice having ended, and no more: words that are visibly in
        the middle, and a number that is being dictated, are waited for all the same.
        """
        if self.state in CALLERS_TURN:
            self._ending = ending

    def take_question(self, silence_ms: float) -> bool:
        """Whether the turn model should be asked now; True once per moment in `Tuning.ask_ms`.

        The first moment may come before the gate calls it a pause, so that the answer is there when
        it is needed.
        """
        moments = self._tuning.ask_ms
        if self.state not in CALLERS_TURN or self._asked >= len(moments):
            return False
        if silence_ms < moments[self._asked] or self._done or self._ending is TurnEnding.CERTAIN:
            return False
        if not verdict_matters(self._delays(), self._completeness):
            return False
        self._asked += 1
        return True

    def voice_went_on(self) -> None:
        """Sound came back before the silence was a pause: what was asked is void."""
        self._done = None
        self._asked = 0

    def announce_end(self) -> bool:
        """Whether the turn is probably over, by words, voice or recogniser; True once per pause."""
        if self.state is not TurnState.PAUSE or self._end_announced:
            return False
        delay = self._delay(done=True) if self._ending is TurnEnding.PROBABLE else self._delay()
        self._end_announced = delay.decider is not TurnDecider.SILENCE
        return self._end_announced

    def due(self, silence_ms: float) -> TurnDecider | None:
        """Guard of END_OF_TURN: who ends the turn at this silence, ``None`` while it may go on."""
        if self.state not in CALLER_PAUSES:
            return None
        delay = self._delay()
        return delay.decider if silence_ms >= delay.silence_ms else None

    def silence_lasted(self, silence_ms: float) -> bool:
        """Guard of SILENCE_LASTED: the sound over ours has not come back for a moment."""
        return self.state is TurnState.TENTATIVE_SILENCE and silence_ms >= self._tuning.resume_ms

    def early_answer_expired(self, said_ms: float) -> bool:
        """Guard of EARLY_ANSWER_EXPIRED: so much of ours was heard since the sound over it began.

        Somebody who had answered our question would not have let us go on for so long.
        """
        return self.state is TurnState.EARLY_ANSWER and said_ms > self._tuning.early_answer_ms

    def _delay(self, *, done: bool = False) -> EndpointingDelay:
        """By what is known, and by `done` as if the recogniser or the turn model had said so."""
        certain = self._ending is TurnEnding.CERTAIN
        delay = endpointing_delay(
            self._delays(),
            self.expecting,
            self._completeness,
            done=True if done or certain else self._done,
        )
        if certain and delay.decider is TurnDecider.TURN_MODEL:
            return replace(delay, decider=TurnDecider.RECOGNISER)
        return delay

    def _delays(self) -> EndpointingDelays:
        return self._tuning.delays[self.expecting]
