"""Signs told unasked, in any wording: breath that does not come, the smell that is put into gas."""

from __future__ import annotations

from itertools import product

import pytest

from tests.support.rooms import coolcare
from voiceagent.domain.safety import hear_danger

FAILS = (
    "can't hardly get my breath",
    "can hardly breathe",
    "could barely catch my breath",
    "can't draw a proper breath",
    "am struggling to breathe",
    "have a hard time breathing",
    "am fighting for breath",
    "keep losing my breath",
)
ELSEWHERE = ("{}", "my air's out and I, {}", "the AC quit and it's so hot I {}")
NO_DANGER = (
    "the price takes my breath away",
    "let me catch my breath, hold on",
    "now I can breathe easier",
    "I'm not having trouble breathing",
    "nobody has any trouble breathing",
    "don't hold your breath",
    "I'm out of breath from the stairs",
    "we can't get any air out of the vents",
    "save your breath",
)


@pytest.mark.parametrize(("fails", "where"), [*product(FAILS, ELSEWHERE)])
@pytest.mark.parametrize("asked", [False, True])
def test_breath_that_does_not_come_is_a_danger(fails: str, where: str, *, asked: bool) -> None:
    said = where.format(fails if "I" in where else f"I {fails}")
    assert hear_danger(said, coolcare(), asked=asked).is_danger


@pytest.mark.parametrize("said", NO_DANGER)
def test_what_is_not_meant_so_is_none(said: str) -> None:
    assert not hear_danger(said, coolcare()).is_danger


@pytest.mark.parametrize("like", ["skunk", "a skunk", "a struck match", "rotten eggs"])
@pytest.mark.parametrize("smells", ["it smells like {} near the boiler", "stinks like {} in here"])
def test_what_makes_gas_smell_is_a_danger_in_whatever_words(smells: str, like: str) -> None:
    assert hear_danger(smells.format(like), coolcare()).is_danger
