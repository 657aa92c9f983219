"""What a line asks and tells, written down on its tape as it passes.

Each of these stands before the real one and is it in everything else. What they write is what a
second run is held against (`voiceagent.incidents`): transitions, questions, what was told.
"""

from __future__ import annotations

from voiceagent.core.audio.samples import Pcm
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.table import TurnAct, TurnEvent, TurnTaking
from voiceagent.core.wire import CarrierLink, LineEnd, LineListener, Played, TurnEnd
from voiceagent.media.smart_turn import Question, TurnModel
from voiceagent.media.tape import LineTape, ModelQuestion


class NotedTurns(TurnTaking):
    """Whose turn it is, and why, is what a second run is held against."""

    def __init__(self, tuning: Tuning, tape: LineTape) -> None:
        super().__init__(tuning)
        self._tape = tape

    def feed(self, event: TurnEvent) -> tuple[TurnAct, ...]:
        """See `TurnTaking`."""
        before = self.state
        acts = super().feed(event)
        if not self._tape.full:
            done = f": {', '.join(acts)}" if acts else ""
            self._tape.decided(f"{before} + {event} -> {self.state}{done}")
        return acts


class NotedModel:
    """What the turn model was asked, and when its answer was read."""

    def __init__(self, model: TurnModel, tape: LineTape) -> None:
        self._model = model
        self._tape = tape

    def ask(self, samples_8k: Pcm) -> Question | None:
        """See `TurnModel`."""
        asked = self._model.ask(samples_8k)
        note = ModelQuestion(self._tape.number, taken=asked is not None)
        if not self._tape.full:
            self._tape.questions.append(note)
        return None if asked is None else _NotedQuestion(asked, note, self._tape)

    def close(self) -> None:
        """See `TurnModel`; the thread is everybody's."""


class _NotedQuestion:
    def __init__(self, question: Question, note: ModelQuestion, tape: LineTape) -> None:
        self._question = question
        self._note = note
        self._tape = tape
        self.withdraw = question.withdraw

    def probability(self) -> float | None:
        answer = self._question.probability()
        if answer is not None:
            self._note.answered, self._note.probability = self._tape.number, answer
        return answer


class NotedLink:
    """That our sound was cleared is a decision; the sound itself is none."""

    def __init__(self, link: CarrierLink, tape: LineTape) -> None:
        self._link = link
        self._tape = tape
        self.send_audio = link.send_audio
        self.send_mark = link.send_mark
        self.close = link.close

    def send_clear(self) -> None:
        """See `CarrierLink`."""
        if not self._tape.full:
            self._tape.decided("clear is sent")
        self._link.send_clear()


class NotedListener:
    """What the control plane is told is decided, but for sound and for how far ours has come."""

    def __init__(self, listener: LineListener, tape: LineTape) -> None:
        self._listener = listener
        self._tape = tape
        self.caller_audio = listener.caller_audio

    def _tell(self, what: str) -> None:
        if not self._tape.full:
            self._tape.decided(what)

    def caller_started(self, at_s: float) -> None:
        """See `LineListener`."""
        self._tell("told: the caller has begun")
        self._listener.caller_started(at_s)

    def caller_paused(self) -> None:
        """See `LineListener`."""
        self._tell("told: the caller pauses")
        self._listener.caller_paused()

    def caller_resumed(self) -> None:
        """See `LineListener`."""
        self._tell("told: the caller goes on")
        self._listener.caller_resumed()

    def caller_nearly_finished(self) -> None:
        """See `LineListener`."""
        self._tell("told: the turn is probably over")
        self._listener.caller_nearly_finished()

    def caller_finished(self, end: TurnEnd) -> None:
        """See `LineListener`."""
        self._tell(
            f"told: the turn is over by {end.decided_by}, spoken from {end.speech_start_s!r} to "
            f"{end.speech_end_s!r}"
        )
        self._listener.caller_finished(end)

    def barge_in(self, heard: Played | None) -> None:
        """See `LineListener`."""
        self._tell(f"told: cut off after {_place(heard)}")
        self._listener.barge_in(heard)

    def played(self, progress: Played) -> None:
        """See `LineListener`."""
        if progress.done:
            self._tell(f"told: heard to the end, {_place(progress)}")
        self._listener.played(progress)

    def key(self, digit: str) -> None:
        """See `LineListener`."""
        self._tell("told: a key")
        self._listener.key(digit)

    def time_is_up(self) -> None:
        """See `LineListener`."""
        self._tell("told: the time is up")
        self._listener.time_is_up()

    def closed(self, reason: LineEnd, heard: Played | None) -> None:
        """See `LineListener`."""
        self._tell(f"told: closed, {reason}, after {_place(heard)}")
        self._listener.closed(reason, heard)


def _place(heard: Played | None) -> str:
    return "nothing" if heard is None else f"{heard.samples} samples of reply {heard.utterance}"
