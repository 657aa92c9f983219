"""A line that keeps a tape of itself; in everything else it is the line it would have been.

Whatever moves it from outside is a step of the tape. What it calls on itself within a step is none:
a second run calls it again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voiceagent.core.audio.samples import Pcm
from voiceagent.core.capacity.load_shedding import LoadShedding
from voiceagent.core.clock import Clock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.interruption import SoundScores
from voiceagent.core.wire import (
    CarrierLink,
    LineEnd,
    LineListener,
    Played,
    TurnEnding,
)
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.media.line import Line
from voiceagent.media.noted import NotedLink, NotedListener, NotedModel, NotedTurns
from voiceagent.media.second_look import SecondLook
from voiceagent.media.smart_turn import TurnModel
from voiceagent.media.sound_classifier import SoundScorer
from voiceagent.media.tape import NO_NUMBER, LineStep, LineTape


class RecordedLine(Line):
    """See `Line`; and the `tape` it is kept on."""

    def __init__(
        self,
        link: CarrierLink,
        listener: LineListener,
        *,
        clock: Clock,
        tuning: Tuning,
        turn_model: TurnModel | None,
        classifier: SoundScorer | None,
        slot: int,
        send_if_overdue: Callable[[float], None],
        tape: LineTape,
        second_look: SecondLook | None = None,
    ) -> None:
        self.tape = tape
        tape.reads_again = second_look is not None
        self._in_step = False
        super().__init__(
            NotedLink(link, tape),
            NotedListener(listener, tape),
            clock=_NotedClock(clock, self),
            tuning=tuning,
            turn_model=None if turn_model is None else NotedModel(turn_model, tape),
            classifier=None if classifier is None else _NotedScorer(classifier, self),
            slot=slot,
            send_if_overdue=send_if_overdue,
            turns=NotedTurns(tuning, tape),
            second_look=second_look,
        )
        tape.begun_s = self._heard_s

    @property
    def in_step(self) -> bool:
        """Whether a step is being done that the tape takes in."""
        return self._in_step

    def _begins(self, *readings_s: float) -> bool:
        """Whether a step of the tape begins with this call."""
        if self._in_step or self.tape.full or self.end is not None:
            return False
        self._in_step = True
        self.tape.begin(*readings_s)
        return True

    def _text(self, step: LineStep, text: str) -> None:
        self._ends(step, self.tape.text(text))

    def _ends(
        self,
        step: LineStep,
        a: int = NO_NUMBER,
        b: int = NO_NUMBER,
        c: int = 0,
        *,
        x: float = 0.0,
        flag: bool = False,
    ) -> None:
        self._in_step = False
        self.tape.end(step, a, b, c, x=x, flag=flag)

    # The carrier speaks.

    def take_in(
        self, mulaw: bytes, timestamp_ms: int | None, chunk: int | None, now_s: float
    ) -> None:
        """See `Line`."""
        if not self._begins(now_s):
            super().take_in(mulaw, timestamp_ms, chunk, now_s)
            return
        try:
            super().take_in(mulaw, timestamp_ms, chunk, now_s)
        finally:
            self.tape.sound += mulaw
            self._ends(
                LineStep.AUDIO,
                NO_NUMBER if timestamp_ms is None else timestamp_ms,
                NO_NUMBER if chunk is None else chunk,
                len(mulaw),
            )

    def on_mark(self, name: str) -> None:
        """See `Line`."""
        noted = self._begins()
        super().on_mark(name)
        if noted:
            self._text(LineStep.MARK, name)

    def on_key(self, digit: str) -> None:
        """See `Line`. Which key it was is not kept: it may be a card's, and decides no turn."""
        noted = self._begins()
        super().on_key(digit)
        if noted:
            self._ends(LineStep.KEY)

    def on_closed(self, reason: LineEnd) -> None:
        """See `LineGuard`."""
        noted = self._begins()
        super().on_closed(reason)
        if noted:
            self._text(LineStep.CLOSED, reason.value)

    def close(self, reason: LineEnd = LineEnd.AGENT) -> None:
        """See `LineGuard`."""
        noted = self._begins()
        super().close(reason)
        if noted:
            self._text(LineStep.CLOSE, reason.value)

    # The control plane speaks.

    def say(self, utterance: int, pcm_8k: bytes) -> None:
        """See `Line`."""
        noted = self._begins()
        super().say(utterance, pcm_8k)
        if noted:
            self._ends(LineStep.SAY, utterance, len(pcm_8k))

    def end_utterance(self, utterance: int) -> None:
        """See `Line`."""
        noted = self._begins()
        super().end_utterance(utterance)
        if noted:
            self._ends(LineStep.END_UTTERANCE, utterance)

    def withhold(self, utterance: int) -> None:
        """See `Line`."""
        noted = self._begins()
        super().withhold(utterance)
        if noted:
            self._ends(LineStep.WITHHOLD, utterance)

    def grant(self, utterance: int) -> None:
        """See `Line`."""
        noted = self._begins()
        super().grant(utterance)
        if noted:
            self._ends(LineStep.GRANT, utterance)

    def drop(self, utterance: int) -> None:
        """See `Line`."""
        noted = self._begins()
        super().drop(utterance)
        if noted:
            self._ends(LineStep.DROP, utterance)

    def stop_speaking(self, through: int | None = None) -> Played | None:
        """See `Line`."""
        noted = self._begins()
        heard = super().stop_speaking(through)
        if noted:
            self._ends(
                LineStep.STOP_SPEAKING,
                NO_NUMBER if through is None else through,
                flag=through is not None,
            )
        return heard

    def expect(self, expecting: Expecting) -> None:
        """See `Line`."""
        noted = self._begins()
        super().expect(expecting)
        if noted:
            self._text(LineStep.EXPECT, expecting.value)

    def hint(self, completeness: Completeness) -> None:
        """See `Line`."""
        noted = self._begins()
        super().hint(completeness)
        if noted:
            self._text(LineStep.HINT, completeness.value)

    def ending(self, ending: TurnEnding) -> None:
        """See `Line`."""
        noted = self._begins()
        super().ending(ending)
        if noted:
            self._text(LineStep.ENDING, ending.value)

    def read_again(self, onset: int) -> None:
        """See `Line`."""
        noted = self._begins()
        super().read_again(onset)
        if noted:
            self._ends(LineStep.READ_AGAIN, onset)

    def thinking(self) -> None:
        """See `Line`."""
        noted = self._begins()
        super().thinking()
        if noted:
            self._ends(LineStep.THINKING)

    def close_when_heard(self, utterance: int) -> None:
        """See `Line`."""
        noted = self._begins()
        super().close_when_heard(utterance)
        if noted:
            self._ends(LineStep.CLOSE_WHEN_HEARD, utterance)

    def stay(self) -> None:
        """See `Line`."""
        noted = self._begins()
        super().stay()
        if noted:
            self._ends(LineStep.STAY)

    # The scheduler speaks. What it calls may fail: the step is on the tape all the same.

    def pump(self, now_s: float) -> None:
        """See `Line`."""
        if not self._begins(now_s):
            super().pump(now_s)
            return
        try:
            super().pump(now_s)
        finally:
            self._ends(LineStep.PUMP)

    def listen(self, now_s: float) -> None:
        """See `Line`."""
        if not self._begins(now_s):
            super().listen(now_s)
            return
        try:
            super().listen(now_s)
        finally:
            self._ends(LineStep.LISTEN)

    def rests(self, levels: Sequence[float]) -> bool:
        """See `Line`."""
        if not self._begins():
            return super().rests(levels)
        rests = False
        try:
            rests = super().rests(levels)
        finally:
            self._in_step = False
            if rests:  # otherwise the network's answer follows, and the step is that
                self.tape.end(LineStep.REST)
        return rests

    def judged(self, probability: float, levels: Sequence[float], hiss: bool = False) -> None:
        """See `Line`."""
        if not self._begins():
            super().judged(probability, levels, hiss)
            return
        try:
            super().judged(probability, levels, hiss)
        finally:
            self._ends(LineStep.JUDGED, x=probability, flag=hiss)

    def settle(self, now_s: float) -> None:
        """See `Line`."""
        if not self._begins(now_s):
            super().settle(now_s)
            return
        try:
            super().settle(now_s)
        finally:
            self._ends(LineStep.SETTLE)

    def watch(self, now_s: float) -> None:
        """See `Line`."""
        if not self._begins(now_s):
            super().watch(now_s)
            return
        try:
            super().watch(now_s)
        finally:
            self._ends(LineStep.WATCH)

    def shed(self, shedding: LoadShedding) -> None:
        """See `Line`."""
        noted = self._begins()
        super().shed(shedding)
        if noted:
            self._ends(LineStep.SHED, shedding.value)

    def stalled(self, now_s: float) -> None:
        """See `Line`."""
        noted = self._begins(now_s)
        super().stalled(now_s)
        if noted:
            self._ends(LineStep.STALLED)


class _NotedClock:
    """Its readings within a step are the step's."""

    def __init__(self, clock: Clock, line: RecordedLine) -> None:
        self._line = line
        self._times = line.tape.times
        self.now = clock.now
        self._monotonic = clock.monotonic

    def monotonic(self) -> float:
        """See `Clock`."""
        at_s = self._monotonic()
        if self._line.in_step:
            self._times.append(at_s)
        return at_s


class _NotedScorer:
    """What the sound classifier said of a window."""

    def __init__(self, scorer: SoundScorer, line: RecordedLine) -> None:
        self._scorer = scorer
        self._line = line

    def scores(self, samples_8k: Pcm) -> SoundScores:
        """See `SoundScorer`."""
        found = self._scorer.scores(samples_8k)
        if not self._line.tape.full:
            self._line.tape.scores[self._line.inbound.gate.position] = found
        return found
