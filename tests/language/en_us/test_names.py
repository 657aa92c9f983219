"""Names given, spelled, and things that are not names."""
# ruff: noqa: E501  (a row of a table stays a row)

from __future__ import annotations

import pytest

from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES, COMMON_LAST_NAMES
from voiceagent.language.en_us.names import hear_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("this is sarah miller my number is five five five one two three oh oh oh oh", "Sarah Miller"),
        ("This is Sarah Miller, my number is 555-123-0000.", "Sarah Miller"),
        ("It's Sarah Miller, 555-123-0000", "Sarah Miller"),
        ("sarah miller", "Sarah Miller"),
        ("SARAH MILLER", "Sarah Miller"),
        ("sarah", "Sarah"),
        ("hi this is mark", "Mark"),
        ("i'm will", "Will"),
        ("grace", "Grace"),
        ("my name is sarah", "Sarah"),
        ("yes my name's john mcdonald", "John McDonald"),
        ("it's mary ann o'brien", "Mary Ann O'Brien"),
        ("my name is mary ann o brien and my phone is", "Mary Ann O'Brien"),
        ("It\u2019s Mary O\u2019Brien", "Mary O'Brien"),
        ("m i l l e r", "Miller"),
        ("M-I-L-L-E-R", "Miller"),
        ("sarah m i double l e r", "Sarah Miller"),
        ("my last name is mueller m u e l l e r", "Mueller"),
        ("first name sarah last name miller", "Sarah Miller"),
        ("sarah miller five five five one two three oh oh oh oh", "Sarah Miller"),
        ("no it's sarah mueller", "Sarah Mueller"),
        ("maria de la cruz here", "Maria De La Cruz"),
        ("DeShawn Jackson", "DeShawn Jackson"),
        ("It's Priya Raghunathan", "Priya Raghunathan"),
        ("my name is Jean-Luc", "Jean-Luc"),
        ("mister miller", "Miller"),
        ("oh hi it's bob", "Bob"),
        ("you can put it under david chen", "David Chen"),
    ],
)  # fmt: skip
def test_names(text: str, name: str) -> None:
    assert hear_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "this is urgent",
        "this is an emergency",
        "my ac is broken",
        "hi my air conditioner stopped cooling and the outdoor unit is rattling",
        "yes please",
        "yes that's right please book it",
        "that's fine please go ahead",
        "one twenty three oak street",
        "one twenty three martin luther king drive",
        "it's james street",
        "springfield ohio",
        "tonight nine to eleven",
        "the gate code is one two three four and there's a friendly dog",
        "i'm calling about my furnace",
        "i'm not sure",
        "it's cold in here",
        "i will be there",
        "this is my house",
        "is this a real person",
        "can i talk to mike alvarez",
        "five five five one two three oh oh oh oh",
        "no gas no smoke no carbon monoxide",
        "no that's all thank you goodbye",
        "may i speak to someone",
        "",
    ],
)
def test_no_names(text: str) -> None:
    assert hear_name(text) is None


def test_an_unknown_name_is_believed_only_when_asked_for() -> None:
    assert hear_name("priyanka raghunathan") is None
    assert hear_name("priyanka raghunathan", asked=True) == "Priyanka Raghunathan"
    assert hear_name("yes please", asked=True) is None
    assert hear_name("why do you need that", asked=True) is None


def test_the_owner_may_add_names() -> None:
    assert hear_name("zebulon featherstonehaugh") is None
    assert hear_name("zebulon featherstonehaugh", ["Zebulon"], ["Featherstonehaugh"]) == (
        "Zebulon Featherstonehaugh"
    )


def test_every_pair_of_common_names_is_heard() -> None:
    lasts = COMMON_LAST_NAMES
    missed = [
        (first, last)
        for at, first in enumerate(COMMON_FIRST_NAMES)
        for last in (lasts[at % len(lasts)], lasts[(at * 7 + 3) % len(lasts)])
        if (hear_name(f"this is {first} {last} my number is five") or "").lower()
        != f"{first} {last}"
    ]
    assert missed == []


def test_the_lists_are_sound() -> None:
    for names in (COMMON_FIRST_NAMES, COMMON_LAST_NAMES):
        assert len(names) >= 290
        assert len(set(names)) == len(names)
        assert list(names) == sorted(names)
        assert all(name == name.lower() for name in names)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("Siobhan, that's S-I-O-B-H-A-N, last name O'Rourke-Ngata. 937 555 0144", "Siobhan O'Rourke-Ngata"),
        ("Shawn, that's S-I-O-B-H-A-N, last name Ngata", "Siobhan Ngata"),
        ("Xochitl, last name is Ng-Ortiz", "Xochitl Ng-Ortiz"),
        ("ok it's Cher, just Cher. 937 555 0144", "Cher"),
        ("it's cher just cher nine three seven five five five oh one four four", "Cher"),
        ("Zendaya, 937 555 0144", "Zendaya"),
        ("Zendaya. My cell is 937 555 0144", "Zendaya"),
        ("Dr. Anand Venkataraman-Pillai, V as in Victor, E, N, K, A, T, A, R, A, M, A, N. phone 9375550144", "Anand Venkataraman-Pillai"),
        ("doctor okonkwo nine three seven five five five oh one four four", "Okonkwo"),
        ("ridiculous, I already told you. 937 555 0144", None),
        ("voicemail picks up at 937 555 0144", None),
        ("none of your business", None),
    ],
)  # fmt: skip
def test_an_answer_to_the_name_question_holds_the_whole_name(answer: str, name: str | None) -> None:
    assert hear_name(answer, wanted=True) == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("the name is todd booker, booker spelled b-o-o-k-e-r", "Todd Booker"),
        ("todd booker booker b o o k e r", "Todd Booker"),
        ("it's Duran Duran", "Duran Duran"),
    ],
)
def test_what_is_said_again_to_spell_it_is_no_other_name(said: str, name: str) -> None:
    assert hear_name(said, asked=True) == name
