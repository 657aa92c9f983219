"""What is named beside the errand: things that are not ours, a booking, a room, a past danger."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from tests.dialogue.house.harness import NOW, Line, business
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.facts import OVER_NOW
from voiceagent.dialogue.house.hearing.bookings import asks_for_own
from voiceagent.dialogue.house.hearing.corrections import correct_name
from voiceagent.dialogue.house.hearing.notes import hear_room
from voiceagent.domain.records import Window
from voiceagent.domain.safety import hear_past_danger
from voiceagent.language.en_us.choosing import ChoiceKind
from voiceagent.language.en_us.dayparts import Daypart
from voiceagent.language.es_us.times import hear_time

NOT_OURS = ("water heater", "window unit", "refrigerator")
OURS = ("furnace", "air conditioner", "heat pump")


@pytest.mark.parametrize("thing", NOT_OURS)
@pytest.mark.parametrize("said", ["my {} died, how much to fix it", "can you fix a {}"])
def test_what_is_not_done_is_said_before_a_price(thing: str, said: str) -> None:
    line = Line(said.format(thing))
    assert line.called == ["answer_from_knowledge"]
    assert line.policy.state.goal is None


@pytest.mark.parametrize(("ours", "other"), [*product(OURS, NOT_OURS)])
@pytest.mark.parametrize("said", ["the {} next to the {} quit", "my {} died, the {} is fine"])
def test_what_is_ours_is_seen_to_whatever_stands_beside_it(
    said: str, ours: str, other: str
) -> None:
    line = Line(said.format(ours, other))
    assert line.policy.state.goal is Goal.BOOK
    assert "answer_from_knowledge" not in line.called


@pytest.mark.parametrize(
    "said",
    [
        "did my booking go through",
        "has my appointment been confirmed",
        "am I still scheduled for tomorrow",
        "did you guys get my reservation",
        "are we on the calendar",
    ],
)
def test_who_asks_whether_a_booking_stands_makes_no_second(said: str) -> None:
    assert asks_for_own(said)
    line = Line(f"{said}? my ac isn't cooling. If not, book it again")
    assert line.policy.state.goal is Goal.LOOK_UP


@pytest.mark.parametrize("said", ["did my ac go out", "was my payment ok", "do you get my point"])
def test_other_things_are_no_booking(said: str) -> None:
    assert not asks_for_own(said)


@pytest.mark.parametrize(
    ("said", "room"),
    [
        ("towels to 208", "Room 208."),
        ("could you bring towels up to two oh eight", "Room 208."),
        ("extra pillows for four one five please", "Room 415."),
        ("my number is three oh three five five five oh one oh seven", ""),
        ("two towels to the pool", ""),
    ],
)
def test_a_place_in_the_house_is_a_room(said: str, room: str) -> None:
    assert hear_room(said) == room


@pytest.mark.parametrize(
    ("old", "said", "name"),
    [
        ("Jeffrey Smith", "Geoffrey with a G, G-E-O-F-F-R-E-Y, and S-M-Y-T-H-E", "Geoffrey Smythe"),
        ("Sara Miller", "it's M-U-E-L-L-E-R", "Sara Mueller"),
        ("Stephen Clark", "C-L-A-R-K-E, and the first S-T-E-V-E-N", "Steven Clarke"),
        ("Jon Reed", "with an h, j o h n", "John Reed"),
    ],
)
def test_each_word_that_is_spelled_takes_the_place_it_is_like(
    old: str, said: str, name: str
) -> None:
    assert correct_name(old, said, (), ()) == name


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("the gas company shut it off yesterday because of a leak, it's fixed now", "leak"),
        ("we had smoke last winter, they replaced the motor", "smoke"),
        ("my ac died, it was hot yesterday", ""),
        ("the roof had a leak last year", ""),
        ("there was no smoke and no gas yesterday", ""),
    ],
)
def test_a_danger_that_is_over_is_heard(said: str, told: str) -> None:
    assert hear_past_danger(said, business()) == told


def test_it_goes_with_the_job() -> None:
    line = Line("we had smoke last winter, they replaced the motor. My ac died")
    assert f"{OVER_NOW}: smoke" in line.policy.facts.others


def test_a_wish_to_have_it_checked_beside_a_trouble_is_no_upkeep() -> None:
    line = Line("something is wrong", "I want it checked before I use it, it won't start")
    assert line.policy.facts.service == "repair"


ZONE = ZoneInfo("America/New_York")
MORNING, AFTERNOON = (
    Window(
        datetime(2025, 9, 2, hour, tzinfo=ZONE),
        datetime(2025, 9, 2, hour + 2, tzinfo=ZONE),
    )
    for hour in (8, 13)
)


@pytest.mark.parametrize(
    "said",
    ["pero no en la mañana", "menos por la mañana", "en la mañana no puedo", "por la mañana no"],
)
def test_a_part_of_day_that_is_refused_in_spanish_is_no_wish_for_it(said: str) -> None:
    heard = hear_time(f"el martes, {said}", NOW)
    assert heard.daypart is not Daypart.MORNING
    assert heard.wish is not None
    assert not heard.wish.fits(MORNING)
    assert heard.wish.fits(AFTERNOON)
    left = hear_time(said, NOW, (MORNING, AFTERNOON)).choice
    assert left is not None
    assert left.index == 1
    none = hear_time(said, NOW, (MORNING,)).choice
    assert none is not None
    assert none.kind is ChoiceKind.NONE_OF_THEM


def test_a_day_that_is_refused_in_spanish_is_no_wish_for_it() -> None:
    heard = hear_time("cualquier día menos el martes", NOW)
    assert heard.day is None
    assert heard.wish is not None
    assert not heard.wish.fits(AFTERNOON)


@pytest.mark.parametrize("told", ["my air is not working", "the furnace won't start and it's cold"])
@pytest.mark.parametrize("asks", ["¿podemos hablar en español?", "Do you speak Spanish?"])
def test_what_is_told_in_one_language_beside_a_wish_for_another_is_heard(
    told: str, asks: str
) -> None:
    line = Line(f"Hello, {told}... {asks}", channel="text")
    assert line.policy.facts.service == "repair"
    assert "Primero, por su seguridad" in line.last


@pytest.mark.parametrize("sign", ["a little haze by the vent", "I can hardly get my breath"])
def test_whatever_gave_a_danger_away_goes_with_the_job(sign: str) -> None:
    line = Line("my ac died", f"well, {sign}", "yes, arrange one")
    assert any(one.startswith("caller reported") for one in line.policy.facts.others)


@pytest.mark.parametrize("said", ["the alarms are quiet", "I am quite sure", "it's quieter now"])
def test_what_only_sounds_like_a_quote_asks_no_price(said: str) -> None:
    assert "get_pricing_quote" not in Line("my ac died", said).called
    assert "get_pricing_quote" in Line("my ac died", f"{said}, what's the price").called
