from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import coolcare
from voiceagent.domain.identity import ALPHABET, clean_code, job_with_code, new_booking_code
from voiceagent.domain.phones import caller_id, customer_phone, e164, is_allowed
from voiceagent.domain.records import (
    Cents,
    Customer,
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
