"""The text of a booking once more: for whoever proves that it is theirs, to who calls now."""

from __future__ import annotations

from tests.support.rooms import SARAH
from tests.tools.desk import desk

STRANGER = "+19375550166"


async def test_a_wrong_code_sends_nothing() -> None:
    at = desk()
    booked = await at.book()
    wrong = "".join("3" if digit == "2" else "2" for digit in str(booked["code"]))
    await at.line.store.deliver()
    later = at.again(phone=STRANGER)
    refused = await later.refused("text_booking_again", phone=SARAH, code=wrong)
    assert refused == "identity.wrong_code"
    assert await at.line.store.deliver() == []


async def test_it_goes_to_who_calls_now_with_the_link_once_a_call() -> None:
    at = desk()
    booked = await at.book()
    await at.line.store.deliver()
    later = at.again(phone=STRANGER)
    asked = {"phone": SARAH, "code": booked["code"]}
    sent = [await later.ok("text_booking_again", **asked) for _ in range(2)]
    assert sent[0]["with_link"] is True
    assert sent[0]["message"] == sent[1]["message"]
    (text,) = await at.line.store.deliver()
    assert text.to == STRANGER
    assert f"Booking code {booked['code']}." in text.body
    assert "Pay the $206 deposit here: https://" in text.body


async def test_a_deposit_that_is_paid_has_no_link() -> None:
    at = desk()
    booked = await at.book()
    await at.line.store.deliver()
    (job,) = at.jobs
    at.line.store.kept.jobs[job.job_id] = type(job)(
        **{name: getattr(job, name) for name in job.__slots__} | {"deposit_paid": True}
    )
    sent = await at.again().ok("text_booking_again", phone=SARAH, code=booked["code"])
    assert sent["with_link"] is False
    (text,) = await at.line.store.deliver()
    assert "deposit" not in text.body


async def test_who_withholds_their_number_is_told_the_truth() -> None:
    at = desk()
    booked = await at.book()
    withheld = at.again(phone="anonymous")
    refused = await withheld.refused("text_booking_again", phone=SARAH, code=booked["code"])
    assert refused == "text.not_possible"
