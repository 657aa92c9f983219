"""Who told of a smell is asked about it once more after a plain "no"."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import Line, business
from voiceagent.dialogue.house.wording import SMELL_TOLD

SMELLS = "my heater clicks and won't light, and it smells"
AGAIN = business().emergency.question_again or ""


@pytest.mark.parametrize(
    ("told", "answer", "again"),
    [
        (SMELLS, "no", True),
        (SMELLS, "nope, nothing", True),
        (SMELLS, "no, no gas smell, no smoke, no alarm", False),
        ("my heater clicks and won't light", "no", False),
        ("my heater smells musty", "no", False),
    ],
)
def test_a_plain_no_does_not_settle_a_smell(told: str, answer: str, *, again: bool) -> None:
    line = Line()
    line.hear(told)
    said = line.hear(answer)
    assert (SMELL_TOLD in said and AGAIN in said) is again


def test_the_second_no_does() -> None:
    line = Line()
    line.hear(SMELLS)
    line.hear("no")
    assert "your name" in line.hear("no")
