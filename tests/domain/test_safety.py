from __future__ import annotations

import pytest

from tests.support.rooms import coolcare, hotel
from voiceagent.domain.safety import Judgement, hear_danger

SAFE = """
No, no gas, no smoke, no carbon monoxide.
no no gas no smoke no carbon monoxide
no gas, no smoke
I don't smell anything
no smells
it's a gas furnace
I'm near the gas station
I have a gas furnace and it stopped working
no gas or smoke or burning smell
I don't see smoke or smell gas
there isn't any gas smell
I don't think there's any gas
nothing burning
no sign of smoke
no i don't smell gas
nope nothing like that
My air conditioner stopped cooling and the outdoor unit is rattling.
haven't noticed any smoke
there's no gas and no smoke
no smoke and no gas
can't smell any gas
we cannot smell gas
no smell of gas
no there is no gas
No. No smoke, gas, or fire.
none of that no burning
I do not smell gas or burning
without any smoke
my gas furnace isn't leaking
I paid the gas bill
no gas no smoke and the carbon monoxide alarm is not going off
the co alarm isn't going off
the carbon monoxide detector is fine
no, the smoke alarm is quiet
the furnace won't fire up
we're burning up in here
the gas furnace is leaking water
it's low on gas
no, I see, no gas
""".strip().splitlines()

DANGER = """
I smell gas
no i smell gas
No, I smell gas
it won't turn on and there is smoke
my ac isn't working and there is smoke
it's not cooling and it smells like burning
no gas but there's smoke
no gas just smoke
I can't breathe there is smoke
I don't know I think it's gas
the gas furnace is leaking gas
the gas furnace is leaking
my gas furnace smells like burning
gas
the carbon monoxide alarm is going off
I don't see smoke and I smell gas
yes gas
i smell it from the gas stove
no smoke. I smell gas
don't know maybe gas
No, gas is leaking
there are sparks
i don't think so i smell gas
it smells like rotten eggs
we don't have heat and the unit is on fire
no yes there is smoke
not sure but I smell gas
SMOKE!
no gas and smoke everywhere
no heat and a gas smell
the fire is not going out
the gas is not shutting off
the smoke alarm is going off
the smoke won't stop
the carbon monoxide alarm is not fine
there is smoke and the alarm is not going off
the gas furnace smells funny
the gas heater is hissing
""".strip().splitlines()


@pytest.mark.parametrize("text", SAFE)
def test_denied_or_harmless(text: str) -> None:
    assert not hear_danger(text, coolcare()).is_danger
    assert not hear_danger(text, coolcare(), asked=True).is_danger


@pytest.mark.parametrize("text", DANGER)
def test_danger(text: str) -> None:
    assert hear_danger(text, coolcare()).is_danger
    assert hear_danger(text, coolcare(), asked=True).is_danger


@pytest.mark.parametrize(
    "text",
    ["yes", "Yeah.", "yes I do", "a little", "I do smell something", "yes but no smoke", "uh huh",
     "yeah there's a funny smell", "i think so", "something smells weird", "I hear it beeping",
     "the alarm went off", "well yes", "it is"],
)  # fmt: skip
def test_a_yes_is_danger_only_as_an_answer(text: str) -> None:
    assert hear_danger(text, coolcare(), asked=True).is_danger
    assert not hear_danger(text, coolcare()).is_danger


@pytest.mark.parametrize(
    "text",
    ["no", "nope", "no nothing", "yes no gas", "I don't think so", "not that I know of", "yeah no",
     "no i don't", "none of those", "no sir", "the alarm isn't going off", "no the alarm is fine",
     "let me see, no", "no I hear you fine", "I see, no, none of that", "I smell nothing",
     "yes I don't smell anything",
     "No, everything is fine", "nah we're good", "no we don't see anything", "", "..."],
)  # fmt: skip
def test_a_no_is_safe(text: str) -> None:
    assert not hear_danger(text, coolcare(), asked=True).is_danger


def test_typographic_apostrophes_are_apostrophes() -> None:
    assert not hear_danger("i don\u2019t think i smell any gas", coolcare(), asked=True).is_danger


def test_the_words_are_the_owners() -> None:
    assert hear_danger("she is bleeding", hotel()).is_danger
    assert not hear_danger("she is bleeding", coolcare()).is_danger
    assert not hear_danger("a room with a fire place, non smoking", hotel()).is_danger
    assert hear_danger("I smell gas in the hall", hotel()).is_danger


def test_the_word_that_gave_it_away_is_named() -> None:
    found = hear_danger("no gas but the carbon monoxide alarm beeps", coolcare())
    assert found.judgement is Judgement.DANGER
    assert found.word == "carbon monoxide"
