"""Whether digits are open is known from the turns alone, by whoever goes on with a conversation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voiceagent.dialogue.model.open_digits import OpenDigits
from voiceagent.dialogue.model.turns import AgentTurn, CallerWords, ModelTurn
from voiceagent.dialogue.port import WordsHeard
from voiceagent.domain.expecting import Expecting

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ASIDE = "let me find my glasses"
TALKS = [
    (("it's 375612839668",), Expecting.ANYTHING, True),
    (("it's 375612839668", ASIDE), Expecting.ANYTHING, True),
    (("it's 375612839668", ASIDE, ASIDE), Expecting.NAME, True),
    (("it's 375612839668", ASIDE, ASIDE, ASIDE), Expecting.NAME, False),
    (("it's 4221878410", ASIDE), Expecting.PHONE, True),
    (("it's 330 555 0161", ASIDE), Expecting.PHONE, False),
    (("it's 330 555 0161", ASIDE), Expecting.ANYTHING, True),
    (("it's 375612839668", "12 Oak Street, Springfield"), Expecting.ADDRESS, False),
    (("it's [card number]", ASIDE), Expecting.ANYTHING, False),
]


@pytest.mark.parametrize(("said", "asked", "there_are"), TALKS)
def test_who_takes_over_knows_what_who_was_there_knew(
    said: tuple[str, ...], asked: Expecting, there_are: bool
) -> None:
    turns: list[ModelTurn] = []
    lived = OpenDigits()
    for text in said:
        lived = lived.after(WordsHeard(NOW, text), asked)
        turns += [CallerWords(NOW, text, asked=asked), AgentTurn(NOW, "I see.")]
    assert lived.there_are is there_are
    assert OpenDigits.of(turns).there_are is there_are
