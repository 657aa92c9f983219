"""Whose number, which place: what is kept of a turn that names several, and what is asked."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.dialogue.house.facts import all_notes

CALL = (
    "hi, Wendy from Maple Ridge Property Management, unit 4 at 90 Plum Street, tenant is Jorge"
    " Alvarez, his AC is blowing hot, "
)


def test_of_two_numbers_the_callers_own_is_kept() -> None:
    facts = Line(f"{CALL}my cell is 937 555 0177 his is 937 555 0188").policy.facts
    assert (facts.name, facts.phone) == ("Wendy", "+19375550177")
    assert facts.address is not None
    assert facts.address.unit == "Unit 4"


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("the second one", "+19375550188"),
        ("the one that ends in 0177", "+19375550177"),
        ("937 555 0199", "+19375550199"),
    ],
)
def test_which_of_two_numbers_is_asked(answer: str, number: str) -> None:
    line = Line("my ac died", "no", "Sarah Miller, 937 555 0177 or 937 555 0188")
    assert line.policy.facts.phone is None
    assert "(937) 555-0177 or (937) 555-0188?" in line.last
    line.hear(answer)
    assert (line.policy.facts.phone, line.policy.facts.phone_choices) == (number, ())


def test_an_extension_is_said_back_and_kept_for_who_calls() -> None:
    line = Line(*BOOKING[:2])
    assert "extension 22" in line.hear("Sarah Miller, 937 555 0144 extension 22")
    read_back = line.hear(*BOOKING[3:])
    assert "extension 22" in read_back
    line.hear("yes")
    booked = line.calls[-1]
    assert booked.name == "book_appointment"
    assert booked.arguments["notes"] == "Phone extension 22."


def test_an_extension_goes_with_its_number() -> None:
    line = Line(*BOOKING[:2], "Sarah Miller, 937 555 0144 extension 22")
    line.hear("sorry, my number is 937 555 0199")
    assert line.policy.facts.phone == "+19375550199"
    assert "22" not in all_notes(line.policy.facts)
