"""What the house does by language: how a turn is understood, and how a sentence is told.

The machine is one: it moves by what was understood, and makes its sentences in English. A tongue is
a record of two functions; the conversation's locale chooses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.proposing import hear_turn
from voiceagent.dialogue.house.spanish import tell_in_spanish, understand_spanish
from voiceagent.dialogue.house.understand import TurnContext, Understanding
from voiceagent.domain.business import Business
from voiceagent.domain.locales import Locale
from voiceagent.language.en_us.caller_acts import ActModel


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """A language of the house.

    Attributes:
        understand: reads a turn; what it is not sure of it leaves empty, and it is asked.
        tell: an English text of the house or of a tool, in this language; what it quotes of a
            page is in this language already.
    """

    understand: Callable[[str, TurnContext, ActModel | None], Understanding]
    tell: Callable[[str, Facts, Business, str], str]


def _in_spanish(text: str, context: TurnContext, acts: ActModel | None) -> Understanding:
    del acts  # it has learnt English only
    return understand_spanish(text, context)


def _as_it_is(text: str, facts: Facts, business: Business, quoted: str) -> str:
    del facts, business, quoted
    return text


TONGUES: Final[Mapping[Locale, SpokenLanguage]] = {
    Locale.EN_US: SpokenLanguage(hear_turn, _as_it_is),
    Locale.ES_US: SpokenLanguage(_in_spanish, tell_in_spanish),
}
