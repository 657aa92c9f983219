"""Wordings: every template can be said, and each important thing in many ways."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

import pytest

from loadtest.persona import grammar
from loadtest.persona.casting import KINDS, KindError, cast
from loadtest.persona.company import Company
from loadtest.persona.voice import PersonaVoice, troubles, wordings

ROOT = Path(__file__).resolve().parents[3]
COMPANY = Company.read(ROOT / "business" / "coolcare.toml")
KNOWN = frozenset(
    [
        "hello",
        "problem",
        "ask",
        "name",
        "first",
        "last",
        "spelling",
        "spelling_as_in",
        "wrong_name",
        "phone",
        "phone_said",
        "name_said",
        "wrong_phone",
        "street_only",
        "city",
        "zip",
        "unit",
        "weekday",
        "address",
        "past_day",
        "wrong_address",
        "wrong_number",
        "time",
        "short_time",
        "relative",
        "room",
        "brand",
        "trade",
        "code",
        "gate",
        "note",
        "thing",
        "daypart",
        "day",
        "on_day",
        "hour",
        "window",
        "errand",
    ]
)


def said(template: str, seed: int, **values: str) -> str:
    return grammar.expand(template, values, random.Random(seed))


@pytest.mark.parametrize(
    ("template", "all_ways"),
    [
        ("yes", {"yes"}),
        ("[a|b] c", {"a c", "b c"}),
        ("a[ b|]", {"a b", "a"}),
        ("[a [b|c]|d]", {"a b", "a c", "d"}),
        ("[hi|], there", {"hi, there", "there"}),
        ("<x>!", {"X!"}),
    ],
)
def test_a_template_says_all_its_ways_and_no_other(template: str, all_ways: set[str]) -> None:
    assert {said(template, seed, x="X") for seed in range(60)} == all_ways


@pytest.mark.parametrize("template", ["[a", "a]", "a|b", "<x", "[a|b"])
def test_a_template_that_cannot_be_read_is_refused(template: str) -> None:
    with pytest.raises(grammar.GrammarError):
        said(template, 0)


def test_a_value_that_nobody_has_is_refused() -> None:
    with pytest.raises(grammar.GrammarError, match="<who>"):
        said("<who>", 0)


def test_every_wording_is_a_template_over_values_that_there_are() -> None:
    for section, table in wordings().items():
        for name, templates in table.items():
            for template in templates:
                assert grammar.slots(template) <= KNOWN, f"{section}.{name}: {template}"


def test_every_persona_has_a_voice_for_all_it_may_say() -> None:
    """No kind of caller runs into a value it does not have."""
    for number, kind in enumerate(KINDS):
        persona = cast(7, number, COMPANY, [kind])
        voice = PersonaVoice(persona, random.Random(number))
        values = voice.values()
        assert values["problem"]
        assert voice.time(persona.when)


@pytest.mark.parametrize(
    ("key", "least"),
    [("phone.both", 60), ("address.plain", 60), ("openings.join", 60), ("price.yes", 15)],
)
def test_each_fact_is_said_in_many_ways(key: str, least: int) -> None:
    found = set()
    for number in range(80):
        persona = cast(3, number, COMPANY, ["book.plain"])
        voice = PersonaVoice(persona, random.Random(number))
        found.add(voice.say(key, name_said="N", phone_said=voice.phone(), ask="please"))
    assert len(found) >= least


def test_troubles_cover_all_services() -> None:
    assert {one.service for one in troubles()} == set(COMPANY.prices)


def test_the_same_seed_makes_the_same_persona_and_another_another() -> None:
    assert cast(1, 5, COMPANY).seed == cast(1, 5, COMPANY).seed
    same = [cast(1, at, COMPANY) for at in range(20)]
    assert [one.name for one in same] == [cast(1, at, COMPANY).name for at in range(20)]
    assert [one.name for one in same] != [cast(2, at, COMPANY).name for at in range(20)]


def test_a_kind_that_nobody_plays_is_refused() -> None:
    with pytest.raises(KindError, match=r"book\.plain"):
        cast(1, 0, COMPANY, ["nonsense"])


def test_who_calls_calls_on_a_day_the_business_is_open() -> None:
    moments: list[datetime] = [cast(9, at, COMPANY).now for at in range(60)]
    assert all(COMPANY.is_open_day(one.date()) for one in moments)
