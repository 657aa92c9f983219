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
        ("12 elm street", Ask.NAME, "12 Elm Street, Enon, Ohio 45323"),
        ("22 Elm Street", Ask.PHONE, "22 Elm Street, Enon, Ohio 45323"),
        ("22 Oak Street", Ask.NAME, "22 Oak Street, Springfield, Ohio"),
        ("no, 22 Oak Street", Ask.CHANGE, "22 Oak Street, Enon, Ohio 45323"),
        ("no, 22 Oak Street 45505", Ask.CHANGE, "22 Oak Street, Enon, Ohio 45505"),
        ("no, 8 Elm Street in Springfield", Ask.CHANGE, "8 Elm Street, Springfield, Ohio"),
    ],
)
def test_a_street_put_right_stays_in_its_town(said: str, ask: Ask, text: str) -> None:
    address = heard(said, ask, Facts(address=replace(ELM))).address
    assert address is not None
    assert address.text == text


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("my ac died, 12 Elm Street, Jen Lopez, 937-555-4242", "Jen Lopez"),
        ("furnace is out, Will Young, 937-555-4242", "Will Young"),
        ("ac broke; jen lopez; 937 555 4242", "Jen Lopez"),
        ("12 Elm Street Springfield 45501 friday at 1 pm, Al Low, 937-555-4242", "Al Low"),
        ("heat is out, Heat Pump, 937-555-4242", None),
        ("I'm her daughter, Ann Low, 937-555-4242", "Ann Low"),
        ("I'm the landlord, Pat Green, 937-555-4242", "Pat Green"),
        ("put it under my wife's name, Sue Park", "Sue Park"),
        ("my name's Tom, tenant is Kim, 937-555-4242", "Tom"),
        ("send it to Springfield, Main Street, 937-555-4242", None),
        ("Monday, June Fifth, 937-555-4242", None),
        ("i rent from Green Homes, 12 elm street, 937-555-4242", None),
        ("zip 45424?", None),
    ],
)
@pytest.mark.parametrize("ask", [Ask.HELP, Ask.NAME_AND_PHONE])
def test_a_name_set_apart_is_the_callers(said: str, name: str | None, ask: Ask) -> None:
    assert heard(said, ask).name == name


@pytest.mark.parametrize(
    "said",
    [
        "it's for my mother, her name is Dorothy, 937-555-4242",
        "my mother's name is Dorothy, she is at 12 Elm Street",
        "for my mom Dorothy Park 937-555-4242",
        "the tenant is Kim Lee, 937-555-4242",
        "my tenant's name is Kim",
        "tenant Kim is home all day",
        "Kim is the tenant, 937-555-4242",
        "my husband, Dave Smith, will be there, 937-555-4242",
    ],
)
@pytest.mark.parametrize("ask", [Ask.HELP, Ask.NAME, Ask.NAME_AND_PHONE])
def test_who_is_called_somebody_elses_is_not_the_caller(said: str, ask: Ask) -> None:
    assert heard(said, ask).name is None


@pytest.mark.parametrize("said", ["visa exp 09/27", "exp. 9/27", "it expires on 09/27"])
def test_the_end_of_a_card_is_no_day_of_a_visit(said: str) -> None:
    assert heard(said, Ask.DAY).day is None
