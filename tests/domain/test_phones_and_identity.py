from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import coolcare
from voiceagent.domain.identity import (
    ALPHABET,
    IdentityProof,
    SealedCode,
    clean_code,
    job_with_code,
    new_booking_code,
    same_words,
)
from voiceagent.domain.phones import (
    caller_id,
    customer_phone,
    e164,
    is_allowed,
    is_placeholder,
)
from voiceagent.domain.records import (
    Cents,
    Customer,
    IdentityLevel,
    Job,
    JobId,
    JobStatus,
    Priority,
    Window,
)
from voiceagent.errors import CallerFixable


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+15551230000", "+15551230000"),
        ("555-123-0000", "+15551230000"),
        ("(555) 123 0000", "+15551230000"),
        ("1 555 123 0000", "+15551230000"),
        ("+1 937 555 0100", "+19375550100"),
        ("555123", None),
        ("55512300001234567", None),
        ("my number", None),
        ("", None),
    ],
)
def test_numbers_become_e164(text: str, number: str | None) -> None:
    assert e164(text) == number


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+15551230000", True),
        ("+19375550100", True),
        ("+14165551234", True),  # Canada
        ("+17875551234", True),  # Puerto Rico
        ("+19005551234", False),  # premium
        ("+19765551234", False),
        ("+18765551234", False),  # Jamaica
        ("+12685551234", False),  # Antigua
        ("+447911123456", False),
        ("+88213123456", False),  # satellite
        ("nonsense", False),
    ],
)
def test_toll_fraud_numbers_are_refused(number: str, allowed: bool) -> None:
    assert is_allowed(number, "US") is allowed


def test_what_is_wrong_with_a_number_can_be_said() -> None:
    with pytest.raises(CallerFixable, match=r"phone\.invalid") as caught:
        customer_phone("12", coolcare())
    assert caught.value.field == "phone"
    with pytest.raises(CallerFixable, match=r"phone\.not_allowed"):
        customer_phone("+19005551234", coolcare())


@pytest.mark.parametrize("text", ["anonymous", "+266696687", "Restricted", "", "client:x"])
def test_a_withheld_caller_id_is_none(text: str) -> None:
    assert caller_id(text) is None


def test_codes_are_unambiguous_and_differ() -> None:
    codes = {new_booking_code() for _ in range(200)}
    assert len(codes) > 190
    assert all(len(code) == 6 and set(code) <= set(ALPHABET) for code in codes)
    assert not set("01") & set(ALPHABET)


MOMENT = datetime(2025, 8, 29, tzinfo=UTC)
JOB = Job(
    job_id=JobId("j1"),
    code="482937",
    customer=Customer("c1", "Sarah Miller", "+15551230000"),
    service_type="repair",
    description="",
    address="",
    window=Window(MOMENT, MOMENT),
    technician_id="mike",
    priority=Priority.STANDARD,
    status=JobStatus.BOOKED,
    notes="",
    estimated_cost=Cents(0),
    deposit_amount=Cents(0),
    deposit_paid=False,
    checkout_url=None,
    call_id=None,
)


@pytest.mark.parametrize("said", ["482937", "48 29 37", "4-8-2-9-3-7", " 482937. "])
def test_a_code_is_found_however_it_is_written(said: str) -> None:
    other = replace(JOB, job_id=JobId("j2"), code="222222")
    assert job_with_code(said, [other, JOB]) is JOB


@pytest.mark.parametrize("said", ["", "482936", "48293", "4829377", "482937x"])
def test_no_other_code_opens_a_job(said: str) -> None:
    assert job_with_code(said, [JOB]) is None


@given(st.text(max_size=12))
def test_only_the_code_itself_opens_a_job(said: str) -> None:
    assert (job_with_code(said, [JOB]) is JOB) == (clean_code(said) == JOB.code)


KEYPAD = {
    "ANONYMOUS": "266696687",
    "RESTRICTED": "7378742833",
    "BLOCKED": "2562533",
    "UNKNOWN": "8656696",
    "UNAVAILABLE": "86282452253",
}
"""What Twilio documents."""


@pytest.mark.parametrize("digits", KEYPAD.values(), ids=KEYPAD)
@pytest.mark.parametrize("country", ["", "1"])
def test_words_on_a_keypad_are_nobodys_number(digits: str, country: str) -> None:
    assert is_placeholder(f"+{country}{digits}")
    assert caller_id(f"+{country}{digits}") is None


@pytest.mark.parametrize(
    "number",
    ["+10000000000", "+11111111111", "+12222222222", "+19999999999", "+0000000", "+11234567890",
     "+10123456789", "+11005551234", "+10115551234", "+1555123"],
)  # fmt: skip
def test_numbers_that_can_be_nobodys_are_nobodys(number: str) -> None:
    assert caller_id(number) is None


@pytest.mark.parametrize(
    "number", ["+15551230000", "+19375550100", "+14165551234", "+447911123456", "+15550001111"]
)
def test_numbers_of_people_are_theirs(number: str) -> None:
    assert not is_placeholder(number)
    assert caller_id(number) == number


@given(st.integers(2_000_000_000, 9_999_999_999))
def test_hardly_a_number_of_the_plan_is_taken_for_none(national: int) -> None:
    digits = str(national)
    odd = len(set(digits)) == 1 or digits in {"7378742833", "6622553743"}
    assert is_placeholder(f"+1{digits}") is odd


@given(st.text(max_size=20))
def test_any_text_is_judged_without_a_fault(text: str) -> None:
    assert is_placeholder(text) in {True, False}


def test_a_sealed_code_fits_itself_alone_and_tells_nothing() -> None:
    sealed = SealedCode.of("482937")
    assert sealed.fits("48 29 37")
    assert not sealed.fits("482938")
    assert b"482937" not in sealed.digest + sealed.salt
    assert SealedCode.of("482937") != sealed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Sarah Miller", "sarah  miller.", True),
        ("José Núñez", "José Núñez", True),
        ("Sarah Miller", "Sara Miller", False),
        ("", "", False),
        ("...", "---", False),
    ],
)
def test_names_are_the_same_but_for_how_they_are_written(one: str, other: str, same: bool) -> None:
    assert same_words(one, other) is same


def test_proofs_add_up() -> None:
    both = IdentityProof(IdentityLevel.CODE, frozenset({"a"})) | IdentityProof(
        IdentityLevel.VERIFIED, frozenset({"b"})
    )
    assert both == IdentityProof(IdentityLevel.VERIFIED, frozenset({"a", "b"}))
