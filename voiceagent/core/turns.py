"""Whose turn it is: a table (state, event) -> (state, acts).

Two parties share one line. The machine knows who speaks and who may; it owns no clock, moves no
sound and calls nobody: it returns acts, in the order in which they must be performed. Every pair of
state and event is in the table, most of them as "nothing happens".

Three rules shape it. *Caller's words are never lost*: voice that turns out to be a turn is taken
from its onset, and a short sound just before the agent finishes counts as the answer (NOTED).
*Nobody talks over the caller*: sound of ours that comes while the caller speaks is held, and long
voice over our sound clears it. *One cough is not a turn*: while we think or speak, voice must last.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voiceagent.core.expecting import Completeness, Expecting
from voiceagent.core.patience import Patience, Tuning, verdict_matters, wait_for
from voiceagent.core.wire import TurnDecider


class State(StrEnum):
    """Who has the floor.

    LISTENING: nobody speaks, it is the caller's move · CALLER: the caller speaks · PAUSE: the
    caller fell silent, undecided · THINKING: the caller's turn is over, ours has no sound yet ·
    STIRRING: voice began while we think, too short to count · SPEAKING: our sound is playing ·
    BARGE: voice began over it, too short to count · NOTED: we speak, and a short sound of the
    caller's ended a moment ago.
    """

    LISTENING = "listening"
    CALLER = "caller"
    PAUSE = "pause"
    THINKING = "thinking"
    STIRRING = "stirring"
    SPEAKING = "speaking"
    BARGE = "barge"
    NOTED = "noted"


class Event(StrEnum):
    """What happened.

    VOICE, VOICE_LONG, SILENCE: the voice gate's reports · DUE: patience is over · FADED: what was
    noted is too long ago · KEY: a DTMF key · SOUND: sound of ours is there to be played · HEARD:
    all of ours was played · STOP: the control plane has silenced us · THINK: it works on a reply.
    """

    VOICE = "voice"
    VOICE_LONG = "voice_long"
    SILENCE = "silence"
    DUE = "due"
    FADED = "faded"
    KEY = "key"
    SOUND = "sound"
    HEARD = "heard"
    STOP = "stop"
    THINK = "think"


class Act(StrEnum):
    """What to do about it.

    BEGIN: the caller's turn begins, at the voice's onset · PAUSED, RESUMED: within it · FINISH: it
    is over · CLEAR: stop and forget our sound · BARGED: tell that it was cut off · HOLD: do not
    play our sound yet · RELEASE: play it.
    """

    BEGIN = "begin"
    PAUSED = "paused"
    RESUMED = "resumed"
    FINISH = "finish"
    CLEAR = "clear"
    BARGED = "barged"
    HOLD = "hold"
    RELEASE = "release"


_S, _E, _A = State, Event, Act

_Row = tuple[State, tuple[Act, ...]]

_MOVES: Final[Mapping[tuple[State, Event], _Row]] = {
    # Nobody speaks.
    (_S.LISTENING, _E.VOICE): (_S.CALLER, (_A.HOLD, _A.BEGIN)),
    (_S.LISTENING, _E.VOICE_LONG): (_S.CALLER, (_A.HOLD, _A.BEGIN)),
    (_S.LISTENING, _E.SOUND): (_S.SPEAKING, (_A.RELEASE,)),
    (_S.LISTENING, _E.THINK): (_S.THINKING, ()),
    # The caller speaks. Sound of ours waits.
    (_S.CALLER, _E.SILENCE): (_S.PAUSE, (_A.PAUSED,)),
    (_S.CALLER, _E.KEY): (_S.THINKING, (_A.FINISH, _A.RELEASE)),
    (_S.PAUSE, _E.VOICE): (_S.CALLER, (_A.RESUMED,)),
    (_S.PAUSE, _E.VOICE_LONG): (_S.CALLER, (_A.RESUMED,)),
    (_S.PAUSE, _E.DUE): (_S.THINKING, (_A.FINISH, _A.RELEASE)),
    (_S.PAUSE, _E.KEY): (_S.THINKING, (_A.FINISH, _A.RELEASE)),
    # We think. Voice must last to take the floor back.
    (_S.THINKING, _E.VOICE): (_S.STIRRING, (_A.HOLD,)),
    (_S.THINKING, _E.VOICE_LONG): (_S.CALLER, (_A.HOLD, _A.BEGIN)),
    (_S.THINKING, _E.SOUND): (_S.SPEAKING, (_A.RELEASE,)),
    (_S.STIRRING, _E.VOICE_LONG): (_S.CALLER, (_A.BEGIN,)),
    (_S.STIRRING, _E.SILENCE): (_S.THINKING, (_A.RELEASE,)),
    (_S.STIRRING, _E.KEY): (_S.THINKING, (_A.RELEASE,)),
    # We speak. Long voice cuts us off, a key at once.
    (_S.SPEAKING, _E.VOICE): (_S.BARGE, ()),
    (_S.SPEAKING, _E.VOICE_LONG): (_S.CALLER, (_A.CLEAR, _A.HOLD, _A.BARGED, _A.BEGIN)),
    (_S.SPEAKING, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.BARGED)),
    (_S.SPEAKING, _E.HEARD): (_S.LISTENING, ()),
    (_S.SPEAKING, _E.STOP): (_S.LISTENING, ()),
    (_S.BARGE, _E.VOICE_LONG): (_S.CALLER, (_A.CLEAR, _A.HOLD, _A.BARGED, _A.BEGIN)),
    (_S.BARGE, _E.SILENCE): (_S.NOTED, ()),
    (_S.BARGE, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.BARGED)),
    (_S.BARGE, _E.HEARD): (_S.CALLER, (_A.HOLD, _A.BEGIN)),
    (_S.BARGE, _E.STOP): (_S.CALLER, (_A.HOLD, _A.BEGIN)),
    (_S.NOTED, _E.VOICE): (_S.BARGE, ()),
    (_S.NOTED, _E.VOICE_LONG): (_S.CALLER, (_A.CLEAR, _A.HOLD, _A.BARGED, _A.BEGIN)),
    (_S.NOTED, _E.FADED): (_S.SPEAKING, ()),
    (_S.NOTED, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.BARGED)),
    (_S.NOTED, _E.HEARD): (_S.PAUSE, (_A.HOLD, _A.BEGIN, _A.PAUSED)),
    (_S.NOTED, _E.STOP): (_S.PAUSE, (_A.HOLD, _A.BEGIN, _A.PAUSED)),
}

TABLE: Final[Mapping[tuple[State, Event], _Row]] = MappingProxyType(
    {(state, event): _MOVES.get((state, event), (state, ())) for state in State for event in Event}
)
"""Every (state, event); pairs not written down above change nothing."""


def describe() -> str:
    """The table as text: one line per pair that does something."""
    lines = [f"{'state':<10} {'event':<11} {'next':<10} acts"]
    for (state, event), (after, acts) in TABLE.items():
        if after is not state or acts:
            lines.append(f"{state:<10} {event:<11} {after:<10} {', '.join(acts)}")
    return "\n".join(lines)


class TurnTaking:
    """The machine of one line: the table plus what is known about the caller's turn."""

    def __init__(self, tuning: Tuning) -> None:
        self._tuning = tuning
        self.state = State.LISTENING
        self.expecting = Expecting.ANYTHING
        self._hint = Completeness.UNKNOWN
        self._done: bool | None = None
        self._asked = 0

    def feed(self, event: Event) -> tuple[Act, ...]:
        """Take an event; the acts to perform, in order."""
        self.state, acts = TABLE[self.state, event]
        if Act.BEGIN in acts or Act.RESUMED in acts:
            self._hint = Completeness.UNKNOWN
            self._done = None
            self._asked = 0
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

    def asks(self, silence_ms: float) -> bool:
        """Whether the turn model should be asked now; True once per moment in `Tuning.ask_ms`.

        The first moment may come before the gate calls it a pause, so that the answer is there when
        it is needed.
        """
        moments = self._tuning.ask_ms
        if self.state not in (State.CALLER, State.PAUSE) or self._asked >= len(moments):
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

    def due(self, silence_ms: float) -> TurnDecider | None:
        """Who ends the turn at this length of silence, ``None`` while it is worth waiting."""
        if self.state is not State.PAUSE:
            return None
        wait = wait_for(self._row(), self.expecting, self._hint, done=self._done)
        return wait.decider if silence_ms >= wait.silence_ms else None

    def _row(self) -> Patience:
        return self._tuning.patience[self.expecting]
