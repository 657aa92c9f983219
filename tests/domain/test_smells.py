"""A smell that nobody has explained."""

from __future__ import annotations

import pytest

from voiceagent.domain.smells import speaks_of_smelling, tells_of_a_smell


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("heater clicking but wont light, it smells", True),
        ("there's a weird smell when it starts", True),
        ("the vents stink", True),
        ("It's old. A funny odor comes from the closet.", True),
        ("no heat, and it smells", True),
        ("the AC smells musty", False),
        ("smells like dirty socks", False),
        ("there is no smell", False),
        ("I don't notice any smell", False),
        ("nothing smells", False),
        ("my AC died", False),
        ("a smelter works near us", False),
    ],
)
def test_what_tells_of_a_smell(said: str, *, told: bool) -> None:
    assert tells_of_a_smell(said) is told


@pytest.mark.parametrize(
    ("said", "speaks"),
    [("no", False), ("no, nothing", False), ("no gas smell", True), ("I don't smell gas", True)],
)
def test_which_answers_speak_of_it(said: str, *, speaks: bool) -> None:
    assert speaks_of_smelling(said) is speaks
