"""What a conversation tells the trial of another model: it began, and maybe it was harmed."""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.core.canary import Arm, Canary
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.model.answering import ModelAnswer
from voiceagent.dialogue.port import Heard, ToolAnswered
from voiceagent.toolkit.answers import ToolFailure


@dataclass(slots=True)
class ArmTrial:
    """One conversation of a trial. Nothing is told of what a journal recalls.

    Harm is: an input that the model failed to answer because its words were withheld, a tool of the
    model's that failed, and a person who was called for after the model had spoken.
    """

    trial: Canary
    arm: Arm
    began: bool = False
    is_harmed: bool = False

    def answered(self, answering: ModelAnswer) -> None:
        """The model was asked about an input."""
        if answering.recalled is not None:
            return
        if not self.began:
            self.began = True
            self.trial.began(self.arm)
        if answering.withheld and not answering.answered:
            self._harmed()

    def heard(self, heard: Heard) -> None:
        """A tool of the model's has answered, or a person was reached for the caller."""
        if isinstance(heard, ToolAnswered) and (
            isinstance(heard.result, ToolFailure) or use_of(heard.tool) is ToolUse.PERSON
        ):
            self._harmed()

    def _harmed(self) -> None:
        if self.began and not self.is_harmed:
            self.is_harmed = True
            self.trial.harmed(self.arm)
