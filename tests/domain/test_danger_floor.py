"""Fire, gas and alarms are heard for a business whose file hardly knows any of them."""

from __future__ import annotations

import pytest

from tests.support.rooms import coolcare
from voiceagent.domain.business import Business
from voiceagent.domain.safety import hear_danger

WORDS = {
    "plumber": ("gas", "smoke", "fire", "electrocuted", "shock"),
    "bakery": ("fire", "gas leak"),
    "dentist": ("choking",),
}
TOLD = (
    *("I smell gas", "there is a gas smell in your shop", "gas is leaking", "smells like propane"),
    *("carbon monoxide alarm is ringing", "the smoke alarm keeps going off"),
    *("co2 detector went off", "the gas line is hissing"),
    *("the alarm in the hallway goes off every few hours", "the oven trips the smoke detector"),
    *("smells like burning plastic", "a hot plastic smell", "weird smell like fireworks"),
    *("there is thick smoke in here", "smoke is coming out of the wall", "the kitchen is on fire"),
    *("a chemical smell and my eyes burn", "my throat hurts from that smell"),
)
HARMLESS = (
    *("there is no gas smell", "I don't smell gas", "the smoke alarm is not going off", "no smoke"),
    *("I don't see smoke", "nothing is on fire", "my alarm goes off at six so call after that"),
    *("the burglar alarm keeps going off", "can I smoke on the patio", "a smoked salmon cake"),
    *("a gas line install", "do you sell carbon monoxide detectors", "it smells musty"),
)


def of(trade: str) -> Business:
    told = {"words": WORDS[trade], "people": (), "harmless": ("gas line",)}
    return coolcare().model_copy(update={"emergency": coolcare().emergency.model_copy(update=told)})


@pytest.mark.parametrize("trade", WORDS)
@pytest.mark.parametrize("said", TOLD)
def test_no_trade_is_deaf_to_it(trade: str, said: str) -> None:
    assert hear_danger(said, of(trade)).is_danger


@pytest.mark.parametrize("trade", WORDS)
@pytest.mark.parametrize("said", HARMLESS)
def test_what_is_denied_or_meant_otherwise_is_none(trade: str, said: str) -> None:
    assert not hear_danger(said, of(trade)).is_danger


@pytest.mark.parametrize(
    "said",
    [
        *(
            "the basement smells like gass",
            "smell of gaz in the kitchen",
            "\uff47\uff41\uff53 \uff53\uff4dell",
        ),
        *("g\u0430s smell", "\uff47\uff41\uff53 smell", "the carbon monoxxide alarmm is ringing"),
    ],
)
def test_however_it_is_spelled(said: str) -> None:
    for business in (coolcare(), of("bakery")):
        assert hear_danger(said, business).is_danger
