"""What people write in one go: places, names and numbers side by side, and what is none of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dialogue.house.harness import NOW, business
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand
from voiceagent.language.en_us.addresses import AddressHeard

ELM = AddressHeard("12", "Elm Street", None, "Enon", "Ohio", "45323", complete=True)


def heard(text: str, ask: Ask = Ask.HELP, facts: Facts | None = None) -> Understanding:
    return understand(text, TurnContext(business(), NOW, ask, facts or Facts()))


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("12 Elm Street Springfield 45501 friday at 1 pm, Al Low", "Springfield, Ohio 45501"),
        ("12 Elm Street, Springfield, Al Low", "Springfield, Ohio"),
        ("12 Elm Street Springfield 45501, Georgia Smith", "Springfield, Ohio 45501"),
        ("12 Elm Street Springfield 45501, Carolina Ma", "Springfield, Ohio 45501"),
        ("12 Elm Street, Springfield, OH, 937-555-4242", "Springfield, Ohio"),
        ("12 Elm Street, Richmond IN", "Richmond, Indiana"),
        ("12 Elm Street, Richmond, IN 47374, Al Low", "Richmond, Indiana 47374"),
    ],
)
def test_a_states_letters_end_a_place_and_a_zip_code_ends_it_before_people(
    said: str, place: str
) -> None:
    address = heard(said, Ask.ADDRESS).address
    assert address is not None
    assert address.text == f"12 Elm Street, {place}"


@pytest.mark.parametrize(
    ("said", "house"),
    [
        ("99 N. Dr. Martin Luther King Jr. Blvd", "99 North Dr Martin Luther King Jr Boulevard"),
        ("400 S. St. Clair Street", "400 South St Clair Street"),
        ("99 North Dr, Springfield", "99 North Drive"),
        ("400 South Street", "400 South Street"),
        ("1/2 45 Elm St rear apt", "45 1/2 Elm Street, Rear"),
        ("45 1/2 Elm St", "45 1/2 Elm Street"),
        ("4477 County Road 12 rear", "4477 County Road 12, Rear"),
        ("12 Elm St upper unit, Springfield", "12 Elm Street, Upper"),
        ("12 Elm St, front door is open", "12 Elm Street"),
    ],
)
def test_titles_halves_and_parts_of_houses(said: str, house: str) -> None:
    address = heard(said, Ask.ADDRESS).address
    assert address is not None
    assert address.text == f"{house}, Springfield, Ohio"


@pytest.mark.parametrize(
    ("said", "ask", "text"),
    [
        ("wait no 8 Elm Street", Ask.NOTES, "8 Elm Street, Enon, Ohio 45323"),
        ("yes, but at 22 Elm Street", Ask.READ_BACK, "22 Elm Street, Enon, Ohio 45323"),
        ("no, 22 Oak Street", Ask.CHANGE, "22 Oak Street, Enon, Ohio 45323"),
        ("no, 22 Oak Street 45505", Ask.CHANGE, "22 Oak Street, Enon, Ohio 45505"),
        ("no, 8 Elm Street in Springfield", Ask.CHANGE, "8 Elm Street, Springfield, Ohio"),
    ],
)
def test_a_street_put_right_stays_in_its_town(said: str, ask: Ask, text: str) -> None:
    address = heard(said, ask, Facts(address=replace(ELM))).address
    assert address is not None
    assert address.text == text
