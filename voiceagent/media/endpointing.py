"""When the caller's turn is over: the line's silence, the words' verdict and the turn model's.

The turn model is shared by all lines and slow (100 ms), so it is asked early and only where its
answer can change anything (`TurnTaking.take_question`); the question is taken back when the caller
goes on. What answers mean is for `core.turns.endpointing` to say.
"""

from __future__ import annotations

from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.table import CALLER_PAUSES, CALLER_SPEAKS, TurnTaking
from voiceagent.core.wire import TurnDecider
from voiceagent.media.inbound_audio import InboundAudio
from voiceagent.media.smart_turn import Question, TurnModel


class EndpointDetector:
    """The ends of one line's turns.

    Args:
        inbound: knows the silence.
        turns: knows whose turn it is, and how long to wait.
        tuning: when to ask.
        model: shared by the worker's lines; ``None`` leaves endings to words and patience.
    """

    def __init__(
        self, inbound: InboundAudio, turns: TurnTaking, tuning: Tuning, model: TurnModel | None
    ) -> None:
        self._inbound = inbound
        self._turns = turns
        self._tuning = tuning
        self._model = model
        self._question: Question | None = None
        self.asks_model = True
        """Whether the turn model may be asked; not when the core is short."""
        self.decider = TurnDecider.SILENCE
        """By whose word the last turn ended."""

    @property
    def waiting(self) -> bool:
        """Whether an answer of the turn model is still to come."""
        return self._question is not None

    def consult(self) -> bool:
        """Ask the turn model, read its answer, or take the question back; True on an answer."""
        early = self._tuning.ask_ms[0]
        caller = self._turns.state in CALLER_SPEAKS
        silence_ms = self._inbound.silence_most_ms
        if not caller or silence_ms >= early:
            silence_ms = self._inbound.silence_ms
        if caller and silence_ms < early:
            self.withdraw()
            self._turns.voice_went_on()
            return False
        answered = self._read()
        if self._model is not None and self.asks_model and self._turns.take_question(silence_ms):
            self.withdraw()
            self._question = self._model.ask(self._inbound.turn_so_far())
        return answered

    def withdraw(self) -> None:
        """Nobody wants the answer any more."""
        if self._question is not None:
            self._question.withdraw()
            self._question = None

    def over(self) -> bool:
        """Whether the silence has lasted long enough and nothing stirs in it."""
        if self._turns.state not in CALLER_PAUSES or self._inbound.stirring:
            return False
        decider = self._turns.due(self._inbound.quiet_ms)
        if decider is None:
            return False
        self.decider = decider
        return True

    def _read(self) -> bool:
        probability = self._question.probability() if self._question is not None else None
        if probability is None:
            return False
        self._question = None
        self._turns.verdict(done=probability >= self._tuning.done_at)
        return True
