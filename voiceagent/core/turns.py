"""Whose turn it is: a table (state, event) -> (state, acts).

Two parties share one line. The machine knows who speaks and who may; it owns no clock, moves no
sound and calls nobody: it returns acts, in the order in which they must be performed. Every pair of
state and event is in the table, most of them as "nothing happens".

Four rules shape it. *Caller's words are never lost*: voice that turns out to be a turn is taken
from its onset, and a short answer just before the agent finishes counts (NOTED). *Nobody talks over
the caller*: sound of ours that comes while the caller may be speaking is held. *We fall silent
first and ask then*: the first moment of voice stops our sound at the carrier (SUSPECT), and only
what it turns out to be decides whether it is forgotten or goes on from the first unheard sample.
*A sound is not a turn*: coughs, hums, horns and other people's voices begin nothing, whoever has
the floor. What a sound is, `core/doubt.py` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voiceagent.core.expecting import Completeness, Expecting
from voiceagent.core.patience import Patience, Tuning, Wait, verdict_matters, wait_for
from voiceagent.core.wire import TurnDecider


class State(StrEnum):
    """Who has the floor.

    LISTENING: nobody speaks, it is the caller's move · ROUSED: something sounds in that quiet, it
    may be the caller · CALLER: the caller speaks · PAUSE: the caller fell silent, undecided ·
    THINKING: the caller's turn is over, ours has no sound yet · STIRRING: something sounds
    meanwhile · SPEAKING: our sound is playing · SUSPECT: something sounds over it, and we have
    stopped to find out · OVERLAP: it is only a "mm-hm", so we speak on, over it · NOTED: we speak,
    and a short sound of the caller's ended a moment ago.
    """

    LISTENING = "listening"
    ROUSED = "roused"
    CALLER = "caller"
    PAUSE = "pause"
    THINKING = "thinking"
    STIRRING = "stirring"
    SPEAKING = "speaking"
    SUSPECT = "suspect"
    OVERLAP = "overlap"
    NOTED = "noted"


class Event(StrEnum):
    """What happened.

    VOICE: something that may be a voice began · MEANT: it is the caller, speaking to us · SLIGHT:
    it is a short word that does not ask for the floor · NOISE: it is not for us at all · SILENCE:
    it ended · DUE: patience is over · FADED: what was noted is too long ago · KEY: a DTMF key ·
    SOUND: sound of ours is there to be played · HEARD: all of ours was played · STOP: the control
    plane has silenced us · THINK: it works on a reply.
    """

    VOICE = "voice"
    MEANT = "meant"
    SLIGHT = "slight"
    NOISE = "noise"
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
    is over · SUSPEND: stop our sound at the carrier and keep what was not heard · PROCEED: go on
    with it, from the first unheard sample · CLEAR: stop and forget our sound · BARGED: tell that it
    was cut off · HOLD: do not play our sound yet · RELEASE: play it.
    """

    BEGIN = "begin"
    PAUSED = "paused"
    RESUMED = "resumed"
    FINISH = "finish"
    SUSPEND = "suspend"
    PROCEED = "proceed"
    CLEAR = "clear"
    BARGED = "barged"
    HOLD = "hold"
    RELEASE = "release"


_S, _E, _A = State, Event, Act

_Row = tuple[State, tuple[Act, ...]]

_CUT_OFF: Final = (_A.CLEAR, _A.HOLD, _A.BARGED, _A.BEGIN)

_MOVES: Final[Mapping[tuple[State, Event], _Row]] = {
    # Nobody speaks.
    (_S.LISTENING, _E.VOICE): (_S.ROUSED, (_A.HOLD,)),
    (_S.LISTENING, _E.MEANT): (_S.CALLER, (_A.HOLD, _A.BEGIN)),
    (_S.LISTENING, _E.SOUND): (_S.SPEAKING, (_A.RELEASE,)),
    (_S.LISTENING, _E.THINK): (_S.THINKING, ()),
    (_S.ROUSED, _E.MEANT): (_S.CALLER, (_A.BEGIN,)),
    (_S.ROUSED, _E.NOISE): (_S.LISTENING, (_A.RELEASE,)),
    (_S.ROUSED, _E.SILENCE): (_S.LISTENING, (_A.RELEASE,)),
    (_S.ROUSED, _E.KEY): (_S.LISTENING, (_A.RELEASE,)),
    (_S.ROUSED, _E.THINK): (_S.STIRRING, ()),
    # The caller speaks. Sound of ours waits.
    (_S.CALLER, _E.SILENCE): (_S.PAUSE, (_A.PAUSED,)),
    (_S.CALLER, _E.KEY): (_S.THINKING, (_A.FINISH, _A.RELEASE)),
    (_S.PAUSE, _E.VOICE): (_S.CALLER, (_A.RESUMED,)),
    (_S.PAUSE, _E.MEANT): (_S.CALLER, (_A.RESUMED,)),
    (_S.PAUSE, _E.DUE): (_S.THINKING, (_A.FINISH, _A.RELEASE)),
    (_S.PAUSE, _E.KEY): (_S.THINKING, (_A.FINISH, _A.RELEASE)),
    # We think. Our sound waits until we know what sounds.
    (_S.THINKING, _E.VOICE): (_S.STIRRING, (_A.HOLD,)),
    (_S.THINKING, _E.MEANT): (_S.CALLER, (_A.HOLD, _A.BEGIN)),
    (_S.THINKING, _E.SOUND): (_S.SPEAKING, (_A.RELEASE,)),
    (_S.STIRRING, _E.MEANT): (_S.CALLER, (_A.BEGIN,)),
    (_S.STIRRING, _E.NOISE): (_S.THINKING, (_A.RELEASE,)),
    (_S.STIRRING, _E.SILENCE): (_S.THINKING, (_A.RELEASE,)),
    (_S.STIRRING, _E.KEY): (_S.THINKING, (_A.RELEASE,)),
    # We speak. The first moment of voice stops us, its meaning cuts us off, and so does a key.
    (_S.SPEAKING, _E.VOICE): (_S.SUSPECT, (_A.SUSPEND,)),
    (_S.SPEAKING, _E.MEANT): (_S.CALLER, _CUT_OFF),
    (_S.SPEAKING, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.BARGED)),
    (_S.SPEAKING, _E.HEARD): (_S.LISTENING, ()),
    (_S.SPEAKING, _E.STOP): (_S.LISTENING, ()),
    (_S.SUSPECT, _E.MEANT): (_S.CALLER, _CUT_OFF),
    (_S.SUSPECT, _E.SLIGHT): (_S.OVERLAP, (_A.PROCEED,)),
    (_S.SUSPECT, _E.NOISE): (_S.SPEAKING, (_A.PROCEED,)),
    (_S.SUSPECT, _E.SILENCE): (_S.NOTED, (_A.PROCEED,)),
    (_S.SUSPECT, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.BARGED)),
    (_S.SUSPECT, _E.HEARD): (_S.ROUSED, (_A.PROCEED, _A.HOLD)),
    (_S.SUSPECT, _E.STOP): (_S.ROUSED, (_A.HOLD,)),
    (_S.OVERLAP, _E.MEANT): (_S.CALLER, _CUT_OFF),
    (_S.OVERLAP, _E.NOISE): (_S.SPEAKING, ()),
    (_S.OVERLAP, _E.SILENCE): (_S.NOTED, ()),
    (_S.OVERLAP, _E.KEY): (_S.THINKING, (_A.CLEAR, _A.BARGED)),
    (_S.OVERLAP, _E.HEARD): (_S.ROUSED, (_A.HOLD,)),
    (_S.OVERLAP, _E.STOP): (_S.ROUSED, (_A.HOLD,)),
    (_S.NOTED, _E.VOICE): (_S.SUSPECT, (_A.SUSPEND,)),
    (_S.NOTED, _E.MEANT): (_S.CALLER, _CUT_OFF),
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
    """The table as text: one line per pair that does something (docs/turn-taking.md shows it)."""
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
        self._foreseen = False

    def feed(self, event: Event) -> tuple[Act, ...]:
        """Take an event; the acts to perform, in order."""
        self.state, acts = TABLE[self.state, event]
        if Act.BEGIN in acts or Act.RESUMED in acts:
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

    def foresees_end(self) -> bool:
        """Whether the turn is probably over, by words or voice; True once per pause."""
        if self.state is not State.PAUSE or self._foreseen:
            return False
        self._foreseen = self._wait().decider is not TurnDecider.PATIENCE
        return self._foreseen

    def due(self, silence_ms: float) -> TurnDecider | None:
        """Who ends the turn at this length of silence, ``None`` while it is worth waiting."""
        if self.state is not State.PAUSE:
            return None
        wait = self._wait()
        return wait.decider if silence_ms >= wait.silence_ms else None

    def _wait(self) -> Wait:
        return wait_for(self._row(), self.expecting, self._hint, done=self._done)

    def _row(self) -> Patience:
        return self._tuning.patience[self.expecting]
