"""A line run again from its tape, offline: the same steps, clocks and networks' answers.

What it decides is on a second tape. The code that decides is this one, with its own numbers: after
a change of either, the second tape says what the change would have made of the call.

Answers of networks are the recorded ones, by the step and by the place in the sound that they were
given for; where a changed line asks for others, the turn model and the voice model have nothing to
say, and sound is "words or not, who knows".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from voiceagent.core.audio.g711 import mulaw_windows
from voiceagent.core.audio.levels import block_levels
from voiceagent.core.audio.samples import Pcm
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.core.capacity.load_shedding import LoadShedding
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.interruption import SoundScores
from voiceagent.core.wire import LineEnd, Played, TurnEnd, TurnEnding
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.media.line import Line
from voiceagent.media.line_end import LineFault
from voiceagent.media.recorded_line import RecordedLine
from voiceagent.media.second_look import SoundMeaning
from voiceagent.media.smart_turn import Question
from voiceagent.media.tape import NO_NUMBER, STEP, LineStep, LineTape

UNKNOWN: Final = SoundScores(0.25, 0.25, 0.25, 0.25)

_SAID_MOST_BYTES: Final = 16_000_000
"""Nobody says more in one piece; a file from a stranger might say so."""


def run_line(tape: LineTape, tuning: Tuning) -> LineTape:
    """The tape of the second run.

    Args:
        tape: of the first.
        tuning: with the longest call of the first; all else is what is to be tried.
    """
    return _SecondRun(tape, tuning).run()


class _SecondRun:
    def __init__(self, tape: LineTape, tuning: Tuning) -> None:
        self._tape = tape
        self._clock = _StepClock(tape.begun_s)
        self._model = _RecordedAnswers(tape)
        self._sound_at = 0
        self._again = LineTape()
        self._line = RecordedLine(
            _Nowhere(),
            _Nobody(),
            clock=self._clock,
            tuning=tuning,
            turn_model=self._model,
            classifier=_RecordedScores(tape, self._place),
            slot=0,
            send_if_overdue=lambda _: None,
            tape=self._again,
            second_look=_ReadBefore() if tape.reads_again else None,
        )

    def _place(self) -> int:
        return self._line.inbound.gate.position

    def run(self) -> LineTape:
        at = 0
        for number, fields in enumerate(STEP.iter_unpack(self._tape.steps)):
            code, flag, readings, a, b, c, x = fields
            self._model.step = number
            self._clock.go_on(self._tape.times[at : at + readings])
            at += readings
            self._do(LineStep(code), bool(flag), (a, b, c), x)
        return self._again

    def _do(self, step: LineStep, flag: bool, numbers: tuple[int, int, int], x: float) -> None:
        line, (a, b, c) = self._line, numbers
        match step:
            case LineStep.AUDIO:
                self._audio(a, b, c)
            case LineStep.REST:
                self._window(line, 0.0, hiss=False)
            case LineStep.JUDGED:
                self._window(line, x, hiss=flag)
            case LineStep.SAY:
                line.say(a, bytes(min(b, _SAID_MOST_BYTES)))
            case LineStep.STOP_SPEAKING:
                line.stop_speaking(a if flag else None)
            case LineStep.READ_AGAIN:
                line.read_again(a)
            case LineStep.SHED:
                line.guarded(line.shed, LoadShedding(a))
            case _ if step in _WITH_TIME:
                line.guarded(_WITH_TIME[step], line, self._clock.given())
            case _ if step in _WITH_NUMBER:
                _WITH_NUMBER[step](line, a)
            case _:
                _WITH_TEXT[step](line, self._tape.texts[a] if a != NO_NUMBER else "")

    def _audio(self, timestamp: int, chunk: int, samples: int) -> None:
        start, self._sound_at = self._sound_at, self._sound_at + samples
        mulaw = bytes(self._tape.sound[start : self._sound_at])
        line, now_s = self._line, self._clock.given()
        if line.end is not None:
            return
        try:
            line.take_in(
                mulaw,
                None if timestamp == NO_NUMBER else timestamp,
                None if chunk == NO_NUMBER else chunk,
                now_s,
            )
        except Exception as error:  # noqa: BLE001 - as `Line.on_audio`
            line.fail(error, LineFault.INBOUND)

    @staticmethod
    def _window(line: RecordedLine, probability: float, *, hiss: bool) -> None:
        """As `VadBatch` does it for many lines."""
        if line.end is not None or (mulaw := line.inbound.window()) is None:
            return
        (levels,) = block_levels(mulaw_windows(mulaw, WINDOW_SAMPLES)).tolist()
        if not line.rests(levels):
            line.guarded(line.judged, probability, levels, hiss)


def _key(line: Line, _: str) -> None:
    line.on_key("0")


_WITH_TIME: Final[dict[LineStep, Callable[[Line, float], None]]] = {
    LineStep.PUMP: lambda line, now_s: line.pump(now_s),
    LineStep.LISTEN: lambda line, now_s: line.listen(now_s),
    LineStep.SETTLE: lambda line, now_s: line.settle(now_s),
    LineStep.WATCH: lambda line, now_s: line.watch(now_s),
    LineStep.STALLED: lambda line, now_s: line.stalled(now_s),
}

_WITH_NUMBER: Final[dict[LineStep, Callable[[Line, int], None]]] = {
    LineStep.END_UTTERANCE: lambda line, number: line.end_utterance(number),
    LineStep.WITHHOLD: lambda line, number: line.withhold(number),
    LineStep.GRANT: lambda line, number: line.grant(number),
    LineStep.DROP: lambda line, number: line.drop(number),
    LineStep.CLOSE_WHEN_HEARD: lambda line, number: line.close_when_heard(number),
}

_WITH_TEXT: Final[dict[LineStep, Callable[[Line, str], None]]] = {
    LineStep.MARK: lambda line, name: line.on_mark(name),
    LineStep.KEY: _key,
    LineStep.CLOSED: lambda line, why: line.on_closed(LineEnd(why)),
    LineStep.CLOSE: lambda line, why: line.close(LineEnd(why)),
    LineStep.EXPECT: lambda line, what: line.expect(Expecting(what)),
    LineStep.HINT: lambda line, what: line.hint(Completeness(what)),
    LineStep.ENDING: lambda line, what: line.ending(TurnEnding(what)),
    LineStep.THINKING: lambda line, _: line.thinking(),
    LineStep.STAY: lambda line, _: line.stay(),
}


class _ReadBefore:
    """What was read is on the tape; nobody is asked again."""

    def ask(self, pcm_8k: bytes, tell: Callable[[SoundMeaning], None]) -> None:
        """See `SecondLook`."""


class _StepClock:
    """Reads what was read in the step; a line that reads more often gets the last reading again."""

    def __init__(self, begun_s: float) -> None:
        self._last_s = begun_s
        self._next = 0
        self._readings: Sequence[float] = ()

    def go_on(self, readings: Sequence[float]) -> None:
        """A step begins, in which these are read."""
        self._readings, self._next = readings, 0

    def given(self) -> float:
        """The time that the step was given."""
        return self.monotonic()

    def monotonic(self) -> float:
        if self._next < len(self._readings):
            self._last_s = self._readings[self._next]
            self._next += 1
        return self._last_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._last_s, UTC)


class _RecordedAnswers:
    """The turn model's, each there from the step on in which it was read."""

    def __init__(self, tape: LineTape) -> None:
        self._questions = tape.questions
        self._asked = 0
        self.step = 0

    def ask(self, samples_8k: Pcm) -> Question | None:
        del samples_8k
        if self._asked >= len(self._questions):
            return None
        recorded = self._questions[self._asked]
        self._asked += 1
        return (
            _RecordedAnswer(self, recorded.answered, recorded.probability)
            if (recorded.taken)
            else None
        )

    def close(self) -> None:
        """Nothing is open."""


class _RecordedAnswer:
    def __init__(self, run: _RecordedAnswers, answered: int, probability: float) -> None:
        self._run = run
        self._answered = answered
        self._probability = probability

    def probability(self) -> float | None:
        there = self._answered != NO_NUMBER and self._run.step >= self._answered
        return self._probability if there else None

    def withdraw(self) -> None:
        """Nobody works on it."""


class _RecordedScores:
    """The sound classifier's, by the position of the window."""

    def __init__(self, tape: LineTape, place: Callable[[], int]) -> None:
        self._scores = tape.scores
        self._place = place

    def scores(self, samples_8k: Pcm) -> SoundScores:
        del samples_8k
        return self._scores.get(self._place(), UNKNOWN)


class _Nowhere:
    """A carrier that takes everything."""

    def send_audio(self, mulaw: bytes, mark: str = "") -> None: ...

    def send_mark(self, name: str) -> None: ...

    def send_clear(self) -> None: ...

    def close(self) -> None: ...


class _Nobody:
    """A control plane that is told everything: what it did about it is on the tape."""

    def caller_started(self, at_s: float) -> None: ...

    def caller_audio(self, pcm_8k: bytes) -> None: ...

    def caller_paused(self) -> None: ...

    def caller_resumed(self) -> None: ...

    def caller_nearly_finished(self) -> None: ...

    def caller_finished(self, end: TurnEnd) -> None: ...

    def barge_in(self, heard: Played | None) -> None: ...

    def played(self, progress: Played) -> None: ...

    def key(self, digit: str) -> None: ...

    def time_is_up(self) -> None: ...

    def closed(self, reason: LineEnd, heard: Played | None) -> None: ...
