"""What the pipeline makes of the caller's sound: words so far, and turns that are final.

Everything recognised passes the gate before anybody else sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pipelines.session.mouth import VoiceMouth
from pipelines.session.shared import Shared
from voiceagent.core.budget.ladder import Passed
from voiceagent.core.wire import TurnEnding
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.house.hearing.privacy import wants_privacy
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.mouth import DEAF
from voiceagent.domain.card_watch import Sign
from voiceagent.domain.expecting import Completeness, Expecting

Judge = Callable[[str, Expecting], Completeness]
"""What a partial transcript says about the turn, given what is expected."""

_SURE_PLACES: Final = 3


class CallerTurns:
    """The caller's turns, from recognition to the conversation.

    Args:
        shared: of the session.
        gate: keeps card numbers out.
        judge: tells how complete words are.
        mouth: says again what a turn without words has cut off.
    """

    def __init__(self, shared: Shared, gate: CallerGate, judge: Judge, mouth: VoiceMouth) -> None:
        self._shared = shared
        self._clock = shared.clock
        self._line = shared.line
        self._watch = shared.watch
        self._preemptive = shared.preemptive
        self._transcript = shared.transcript
        self._usage = shared.usage
        self._notes = shared.notes
        self._telling = shared.telling
        self._recording = shared.recording
        self._gate = gate
        self._judge = judge
        self._mouth = mouth
        self.ask_confidence: Callable[[], float | None] = _nobody_tells
        """How sure the recogniser is of its last final words; set by a pipeline that can tell."""

    def partial(self, text: str) -> None:
        """The recogniser's transcript so far; may let the turn end sooner or wait longer."""
        expecting = self._notes.expecting
        turn = self._notes.turn
        words = turn.words = self._gate.glance(text, expecting)
        self._telling.caller_words(text, expecting)
        self._line.hint(self._judge(words, expecting))
        self._preemptive.prepare(words, turn.progress)

    def ending(self, ending: TurnEnding) -> None:
        """What the recogniser says of the turn's end; of words, `partial` has told before."""
        self._line.ending(ending)

    def committed(self, text: str) -> None:
        """The caller's turn is final: write it down and let the conversation answer.

        When the caller has heard nothing of our last answer, this continues the turn before.
        """
        turn = self._notes.next_turn()
        turn.clock.transcribed(self._clock.monotonic())
        self._watch.passed(turn.clock, Passed.TRANSCRIPT)
        heard = self._gate.words(text, self._notes.expecting)
        self._recording.turn_judged(heard.sign)
        if wants_privacy(heard.text):
            self._recording.refused()
        self._transcript.forget(text, heard.text, heard.secret)
        index = self._transcript.caller(heard.text)
        self._telling.caller_said(index, heard.text)
        self._notes.clocks[index] = turn.clock
        turn.clock.turn = index
        self._usage.turn_over(index)
        lost = turn.cut_reply
        continues = lost is not None and lost.answers_turn and not lost.answer_heard
        self._preemptive.committed(heard.text, alone=not continues)
        self._shared.conversation.put(
            replace(heard, turn=index, continues=continues, confidence=self._sure())
        )

    def _sure(self) -> float | None:
        """To `_SURE_PLACES`: all digits of a float may look like a card's where they are kept."""
        sure = self.ask_confidence()
        return None if sure is None else round(sure, _SURE_PLACES)

    async def empty(self) -> None:
        """The caller's turn had no words. If it cut the agent off, say again what was lost."""
        turn = self._notes.next_turn()
        self._recording.turn_judged(Sign.PLAIN)
        self._telling.nothing_said()
        self._usage.turn_over(None)
        self._watch.close()
        await self._mouth.say_again(turn.cut_reply)

    def lost(self, *, deaf: bool = False) -> None:
        """The caller spoke, and recognition was down or too slow: ask for the words again.

        Args:
            deaf: nobody will hear those of the next turn either.
        """
        self._notes.next_turn()
        self._recording.turn_unheard()
        self._telling.nothing_said()
        self._usage.turn_over(None)
        self._shared.conversation.put(Input(InputKind.LOST, DEAF if deaf else ""))


def _nobody_tells() -> None:
    return None
