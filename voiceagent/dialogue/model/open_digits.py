"""Digits of the caller that may be the beginning of a card: until that is known no model sees them.

The gate lets them pass, since they may as well be a telephone number; the next turn tells (ADR 15).
What is written waits for that turn, and a model is not asked before it: the house answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from voiceagent.dialogue.model.turns import CallerWords, ModelTurn
from voiceagent.dialogue.port import Heard, KeyHeard, WordsHeard
from voiceagent.domain.card_watch import CardWatch, Sign
from voiceagent.domain.expecting import Expecting

_LOOKED_BACK = 8
"""Turns of the caller in which digits that are still open may have begun."""


@dataclass(frozen=True, slots=True)
class OpenDigits:
    """Whether the caller's last digits may be a card's. Each input gives the next one.

    It follows from the inputs alone, as all that a dialogue decides; so it watches by itself.
    """

    there_are: bool = False
    _watch: CardWatch = field(default_factory=CardWatch)

    @classmethod
    def of(cls, turns: Sequence[ModelTurn]) -> OpenDigits:
        """Of a conversation that somebody takes over: what is known of it are its turns.

        In writing that is everybody, at each message.
        """
        said = cls()
        for turn in [one for one in turns if isinstance(one, CallerWords)][-_LOOKED_BACK:]:
            said = said.after(WordsHeard(turn.at, turn.text), turn.asked)
        return said

    def after(self, heard: Heard, expecting: Expecting) -> OpenDigits:
        """After an input, with what the caller had been asked for."""
        match heard:
            case WordsHeard():
                watch, what = self._watch.hear(heard.text, expecting)
            case KeyHeard():
                watch, what = self._watch.key(heard.digit, expecting)
            case _:
                return self
        return OpenDigits(what.sign is Sign.MAYBE, watch)
