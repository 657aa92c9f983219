"""The judge can say all three: right, unfinished and wrong, and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loadtest.persona.company import Company
from loadtest.persona.ending import EndState, Record, Spoken, StoredJob, ToolRun
from loadtest.persona.facts import (
    Appointment,
    Errand,
    HomeAddress,
    Note,
    Persona,
    PersonName,
    ReportedTrouble,
    Temper,
    Twist,
    VisitWish,
)
from loadtest.persona.matching import address_faults, foreign, same_name
from loadtest.persona.verdict import Grade, judge

ROOT = Path(__file__).resolve().parents[3]
COMPANY = Company.read(ROOT / "business" / "coolcare.toml")
ZONE = ZoneInfo("America/New_York")
NOW = datetime(2025, 8, 27, 10, 10, tzinfo=ZONE)
START = datetime(2025, 8, 28, 14, 0, tzinfo=ZONE)

PERSONA = Persona(
    kind="book.plain",
    errand=Errand.BOOK,
    temper=Temper.PATIENT,
    now=NOW,
    calls_from="+19375550101",
    name=PersonName("Pat", "Nolan"),
    phone="+19375550161",
    place=HomeAddress("14", "Elm Street", "Springfield"),
    trouble=ReportedTrouble("not cooling", "repair", ("my AC isn't cooling",), ("cool", "ac")),
    when=VisitWish("afternoon", lambda start, _: start.hour >= 12),
    notes=(Note("the gate code is 1234", ("1234",)),),
)
JOB = StoredJob(
    code="123456",
    customer="Pat Nolan",
    phone="+19375550161",
    address="14 Elm Street, Springfield, Ohio",
    service="repair",
    description="AC not cooling.",
    start=START,
    end=START + timedelta(hours=2),
    notes="Gate code 1234",
    estimate=550,
    deposit=138,
    cancelled=False,
)
BOOKED = EndState("booked", (JOB,), (ToolRun("book_appointment", "{}"),))


def lived(*said: str) -> Record:
    turns = [Spoken(by_caller=at % 2 == 1, text=text) for at, text in enumerate(said)]
    return Record(turns=turns, accepted=START, confirmed=True)


def test_a_booking_as_it_was_wanted_is_right() -> None:
    found = judge(PERSONA, COMPANY, lived("How can I help?", "my AC isn't cooling"), BOOKED)
    assert found.grade is Grade.RIGHT, found.reasons


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (replace(JOB, customer="Pat Elm"), "name"),
        (replace(JOB, phone="+19375550162"), "phone"),
        (replace(JOB, address="41 Elm Street, Springfield, Ohio"), "address: lacks 14"),
        (replace(JOB, address="14 Elm Street, Tonight, Springfield"), "has tonight"),
        (replace(JOB, service="maintenance"), "service"),
        (replace(JOB, description="Ok that's reasonable let's do it"), "description"),
        (replace(JOB, notes=""), "note lost"),
        (replace(JOB, notes="Gate code 1234, reschedule grandmother yesterday"), "nobody gave"),
        (replace(JOB, estimate=825), "price"),
        (replace(JOB, start=START - timedelta(hours=4)), "window"),
        (replace(JOB, cancelled=True), "booked and cancelled"),
    ],
)
def test_a_booking_with_one_wrong_value_is_wrong(job: StoredJob, why: str) -> None:
    found = judge(PERSONA, COMPANY, lived("?", "my AC isn't cooling"), replace(BOOKED, jobs=(job,)))
    assert found.grade is Grade.WRONG
    assert any(why in str(reason) for reason in found.reasons), found.reasons


def unconfirmed(record: Record) -> None:
    record.confirmed = False


def false_alarm(record: Record) -> None:
    record.notice("told to dial 911 without any danger")


def another_window(record: Record) -> None:
    record.accepted = START + timedelta(hours=2)


@pytest.mark.parametrize("spoil", [unconfirmed, false_alarm, another_window])
def test_what_the_caller_lived_counts(spoil: Callable[[Record], None]) -> None:
    record = lived("?", "my AC isn't cooling")
    spoil(record)
    assert judge(PERSONA, COMPANY, record, BOOKED).grade is Grade.WRONG


def test_nothing_booked_is_unfinished_and_a_claim_without_a_row_is_wrong() -> None:
    record = lived("?", "my AC isn't cooling")
    assert judge(PERSONA, COMPANY, record, EndState("abandoned")).grade is Grade.UNFINISHED
    assert judge(PERSONA, COMPANY, record, EndState("booked")).grade is Grade.WRONG


def test_a_sum_that_no_tool_returned_is_wrong() -> None:
    record = lived("That will be $417.", "my AC isn't cooling")
    found = judge(PERSONA, COMPANY, record, BOOKED)
    assert "a sum out of nowhere: $417" in [str(one) for one in found.reasons]


@pytest.mark.parametrize(
    "errand",
    [
        Errand.PRICE,
        Errand.DECLINE,
        Errand.PERSON,
        Errand.OUTSIDE,
        Errand.DANGER,
        Errand.ASK_UNKNOWN,
    ],
)
def test_a_booking_that_nobody_wanted_is_wrong(errand: Errand) -> None:
    found = judge(replace(PERSONA, errand=errand), COMPANY, lived("?", "hello"), BOOKED)
    assert found.grade is Grade.WRONG


APPOINTMENT = Appointment("123456", "repair", START, PERSONA.phone, "Pat Nolan", JOB.address)


@pytest.mark.parametrize(
    ("errand", "twists", "job", "outcome", "grade"),
    [
        (Errand.CANCEL, (), replace(JOB, cancelled=True), "cancelled", Grade.RIGHT),
        (Errand.CANCEL, (), JOB, "abandoned", Grade.UNFINISHED),
        (Errand.CANCEL, (), JOB, "cancelled", Grade.WRONG),
        (Errand.CANCEL, (Twist.NO_CODE,), replace(JOB, cancelled=True), "cancelled", Grade.WRONG),
        (
            Errand.MOVE,
            (),
            replace(JOB, start=START + timedelta(days=1)),
            "rescheduled",
            Grade.RIGHT,
        ),
        (
            Errand.MOVE,
            (),
            replace(JOB, start=START - timedelta(hours=4)),
            "rescheduled",
            Grade.WRONG,
        ),
        (Errand.MOVE, (), JOB, "abandoned", Grade.UNFINISHED),
        (Errand.MOVE, (Twist.LEAVES_IT,), JOB, "answered", Grade.RIGHT),
        (Errand.LOOK_UP, (), replace(JOB, cancelled=True), "cancelled", Grade.WRONG),
    ],
)
def test_a_booking_from_before(
    errand: Errand, twists: tuple[Twist, ...], job: StoredJob, outcome: str, grade: Grade
) -> None:
    persona = replace(PERSONA, errand=errand, appointment=APPOINTMENT, twists=frozenset(twists))
    found = judge(persona, COMPANY, lived("?", "hello"), EndState(outcome, (job,)))
    assert found.grade is grade, found.reasons


@pytest.mark.parametrize(
    ("place", "stored"),
    [
        (HomeAddress("14", "Elm Street", "Springfield"), "14 Elm St, Springfield, OH 45503"),
        (
            HomeAddress("918", "East 3rd Street", "Springfield"),
            "918 East Third Street, Springfield, Ohio",
        ),
        (
            HomeAddress("112 1/2", "Main Street", "Springfield"),
            "112 ½ Main Street, Springfield, Ohio",
        ),
        (
            HomeAddress("5", "Elm Court", "Enon", "", "apartment", "3B"),
            "5 Elm Court, Apt 3-B, Enon, Ohio",
        ),
        (HomeAddress("5", "Elm Court", "Enon", "", "#", "22"), "5 Elm Court, Unit 22, Enon, Ohio"),
    ],
)
def test_an_address_that_finds_the_door_is_right(place: HomeAddress, stored: str) -> None:
    assert address_faults(stored, place) == []


@pytest.mark.parametrize(
    ("place", "stored"),
    [
        (HomeAddress("88", "Cedar Lane", "Springfield"), "88 Cedar Drive, Lane Springfield, Ohio"),
        (HomeAddress("5", "Elm Court", "Enon", "", "apartment", "3B"), "5 Elm Court, Enon, Ohio"),
        (HomeAddress("5", "Elm Court", "Enon"), "5 Elm Court, Springfield, Ohio"),
        (
            HomeAddress("112 1/2", "Main Street", "Springfield"),
            "112 Main Street, Springfield, Ohio",
        ),
    ],
)
def test_an_address_that_leads_elsewhere_is_found(place: HomeAddress, stored: str) -> None:
    assert address_faults(stored, place)


def test_names_are_the_same_but_for_case_and_accents() -> None:
    assert same_name("jose nunez", "José Núñez")
    assert same_name("OBrien", "O'Brien")
    assert not same_name("Jose Nu N Ez", "José Núñez")


def test_words_that_nobody_said_are_found() -> None:
    assert foreign("AC not cooling", ["my AC isn't cooling"]) == []
    assert foreign("Reasonable do it", ["my AC isn't cooling"]) == ["reasonable", "do"]


@pytest.mark.parametrize(
    ("complexity", "description", "estimate"),
    [
        ('complexity_of = { "AC not cooling" = "1.2" }', "AC not cooling.", 660),
        ('complexity_of = { "AC not cooling" = "0.7" }', "AC not cooling.", 385),
        ('complexity_of = { "AC not cooling" = "0.7" }', "AC not cooling; no heat.", 550),
        ('complexity_of = { "no heat" = "1.2" }', "AC not cooling.", 550),
        ('complexity = "1.5"', "AC not cooling.", 825),
        ("", "AC not cooling.", 550),
    ],
)
def test_what_is_wrong_decides_the_price(
    complexity: str, description: str, estimate: int, tmp_path: Path
) -> None:
    text = (ROOT / "business" / "coolcare.toml").read_text("utf-8")
    plain = 'typical_low = "300", typical_high = "800"'
    assert plain in text
    file = tmp_path / "harder.toml"
    harder = f"{plain}, {complexity}" if complexity else plain
    file.write_text(text.replace(plain, harder), "utf-8")
    company = Company.read(file)
    assert company.estimate("repair", START, PERSONA.place, description) == estimate
    job = replace(JOB, description=description, estimate=estimate)
    end = EndState("booked", (job,), (ToolRun("book_appointment", "{}"),))
    reasons = judge(PERSONA, company, lived(), end).reasons
    assert "another price" not in {reason.what for reason in reasons}
