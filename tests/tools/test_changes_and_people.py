"""Looking up, moving and cancelling bookings; people, knowledge, and the end of a call."""

from __future__ import annotations

import json

import pytest

from tests.support.rooms import SARAH, coolcare, hotel
from tests.tools.desk import Desk, desk
from voiceagent.domain.records import JobStatus, Outcome
from voiceagent.errors import Unavailable

SATURDAY = "2025-08-30T08:00:00-04:00"
ON_CALL, OFFICE = "+19375550111", "+19375550112"


def wrong(code: object) -> str:
    return str(code)[::-1] if str(code)[::-1] != code else "222222"


async def booked() -> tuple[Desk, str]:
    at = desk()
    code = str((await at.book())["code"])
    await at.line.store.deliver()
    return at.again(), code


CHANGES = [
    ("lookup_customer", {}),
    ("reschedule_appointment", {"new_time": SATURDAY}),
    ("cancel_appointment", {}),
]


@pytest.mark.parametrize(("tool", "more"), CHANGES)
async def test_without_its_own_code_a_booking_is_neither_told_nor_changed(
    tool: str, more: dict[str, object]
) -> None:
    at, code = await booked()
    await at.slots()
    assert await at.refused(tool, phone=SARAH, code=wrong(code), **more) == "identity.wrong_code"
    stranger = {"phone": "+15557770000", "code": code, **more}
    assert await at.refused(tool, **stranger) == "identity.wrong_code"
    assert at.jobs[0].status is JobStatus.BOOKED
    assert at.jobs[0].window.start.isoformat() == "2025-08-29T21:00:00-04:00"
    for kept in at.line.store.kept.audits[-2:]:
        assert "Sarah" not in kept.result_json
        assert "Oak" not in kept.result_json


async def test_guessing_codes_ends_after_three_tries() -> None:
    at, code = await booked()
    for guess in ("222222", "333333", "444444"):
        assert await at.refused("cancel_appointment", phone=SARAH, code=guess)
    asked = {"phone": SARAH, "code": code}
    assert await at.refused("cancel_appointment", **asked) == "identity.too_many_tries"
    assert at.jobs[0].status is JobStatus.BOOKED
    await at.again("3").ok("cancel_appointment", **asked)


async def test_lookup_without_a_code_tells_only_that_the_calling_number_is_known() -> None:
    at, _ = await booked()
    result = await at.ok("lookup_customer", phone=SARAH, code=None)
    assert result.pop("message")
    assert result == {
        "known": True,
        "verified": False,
        "name": None,
        "jobs": [],
        "remembered": [],
    }
    other = at.again("3", phone="+15557770000")
    assert (await other.ok("lookup_customer", phone=SARAH, code=None))["known"] is False
    assert (await desk().ok("lookup_customer", phone=SARAH, code=None))["known"] is False
    assert at.ctx.signals.phone == SARAH


async def test_lookup_with_the_code_tells_the_bookings() -> None:
    at, code = await booked()
    result = await at.ok("lookup_customer", phone="555-123-0000", code=" ".join(code))
    assert result == {
        "known": True,
        "verified": True,
        "name": "Sarah Miller",
        "jobs": [
            {
                "code": code,
                "service_type": "repair",
                "display": "Fri, Aug 29, 9:00 PM to 11:00 PM",
                "window_start": "2025-08-29T21:00:00-04:00",
                "status": "booked",
            }
        ],
        "message": "Found 1 open booking.",
        "remembered": [],
    }


async def test_a_booking_moves_only_to_an_offered_time() -> None:
    at, code = await booked()
    asked = {"phone": SARAH, "code": code, "new_time": "2025-08-30T14:00:00-04:00"}
    await at.slots()
    assert await at.refused("reschedule_appointment", **asked) == "slot.not_offered"
    assert at.ctx.signals.outcome is None


async def test_a_booking_moves_and_keeps_its_deposit() -> None:
    at, code = await booked()
    await at.ok("lookup_customer", phone=SARAH, code=code)
    assert (await at.slots())[0] == SATURDAY
    asked = {"phone": SARAH, "code": code, "new_time": SATURDAY}
    result = await at.ok("reschedule_appointment", **asked)
    (job,) = at.jobs
    assert result == {
        "job_id": job.job_id,
        "code": code,
        "window_start": SATURDAY,
        "window_end": "2025-08-30T10:00:00-04:00",
        "display": "Sat, Aug 30, 8:00 AM to 10:00 AM",
        "message": "Moved to Sat, Aug 30, 8:00 AM to 10:00 AM.",
    }
    assert (job.deposit_amount, job.code) == (20600, code)
    (text,) = await at.line.store.deliver()
    assert "moved to Sat, Aug 30" in text.body
    assert code in text.body
    assert at.ctx.signals.outcome is Outcome.RESCHEDULED


async def test_moving_there_and_back_again_is_three_moves() -> None:
    at, code = await booked()
    await at.ok("lookup_customer", phone=SARAH, code=code)
    for day in ("2025-09-03", "2025-09-04", "2025-09-03"):
        slots = await at.slots(preferred_date=day)
        asked = {"phone": SARAH, "code": code, "new_time": slots[0]}
        await at.ok("reschedule_appointment", **asked)
    assert at.jobs[0].window.start.isoformat() == "2025-09-03T08:00:00-04:00"
    assert len(await at.line.store.deliver()) == 3


async def test_moving_to_the_time_it_has_changes_nothing() -> None:
    at, code = await booked()
    asked = {"phone": SARAH, "code": code, "new_time": "2025-08-29T21:00:00-04:00"}
    result = await at.ok("reschedule_appointment", **asked)
    assert str(result["message"]).startswith("It is booked for")
    assert await at.line.store.deliver() == []


async def test_cancelling_is_done_and_texted_once() -> None:
    at, code = await booked()
    results = [await at.ok("cancel_appointment", phone=SARAH, code=code) for _ in range(2)]
    assert results[0] == results[1]
    assert results[0]["status"] == "cancelled"
    assert at.jobs[0].status is JobStatus.CANCELLED
    assert len(await at.line.store.deliver()) == 1
    assert at.ctx.signals.outcome is Outcome.CANCELLED
    later = at.again("3")
    asked = {"phone": SARAH, "code": code}
    assert await later.refused("cancel_appointment", **asked) == "identity.wrong_code"


async def escalated(at: Desk, reason: str = "asked") -> dict[str, object]:
    result = await at.ok("escalate_to_human", reason=reason, summary="AC is out. Wants a person.")
    return dict(result)


async def test_when_nobody_answers_it_says_so_and_leaves_the_message_it_speaks_of() -> None:
    at = desk()
    result = await escalated(at)
    said = coolcare().escalation.unavailable
    left = {"transferred": False, "lead": None, "message": said}
    assert result == left
    assert [to for _, to, _ in at.line.control.transfers] == [ON_CALL, OFFICE]
    (note,) = await at.line.store.deliver()
    assert note.to == ON_CALL
    assert SARAH in note.body
    assert at.ctx.signals.outcome is Outcome.ANSWERED


async def test_when_not_even_a_message_can_be_left_it_does_not_claim_one() -> None:
    at = desk()
    at.line.control.error = Unavailable("carrier.down", "Down.")
    at.line.store.fail("call_backs.add", Unavailable("db.down", "Down."))
    result = await escalated(at)
    assert result["transferred"] is False
    assert "left a message" not in str(result["message"]).replace("leave", "")
    assert "couldn't leave a message" in str(result["message"])
    assert not at.ctx.signals.escalated
    assert at.ctx.signals.outcome is None


@pytest.mark.parametrize(
    ("now", "reason", "answers", "lead", "outcome"),
    [
        ("2025-08-29T20:05:00-04:00", "asked", ON_CALL, "the on-call technician", "transferred"),
        ("2025-08-29T20:05:00-04:00", "anger", OFFICE, "the office manager", "transferred"),
        ("2025-08-26T12:00:00-04:00", "asked", OFFICE, "the office manager", "transferred"),
        ("2025-08-26T12:00:00-04:00", "emergency", ON_CALL, "the on-call technician", "emergency"),
    ],
)
async def test_a_lead_takes_over_by_name(
    now: str, reason: str, answers: str, lead: str, outcome: str
) -> None:
    from datetime import datetime

    at = desk(now=datetime.fromisoformat(now))
    at.line.control.answers = {answers}
    result = await escalated(at, reason)
    assert result == {"transferred": True, "lead": lead, "message": f"Connecting you to {lead}."}
    assert answers not in json.dumps(result)
    assert at.line.control.transfers[-1] == ("CA1", answers, "AC is out. Wants a person.")
    assert at.ctx.signals.outcome == Outcome(outcome)
    assert at.ctx.signals.escalated


async def test_in_a_text_conversation_there_is_nothing_to_transfer() -> None:
    at = desk(channel="sms")
    at.line.control.answers = {ON_CALL}
    assert (await escalated(at))["transferred"] is False
    assert at.line.control.transfers == []
    assert len(await at.line.store.deliver()) == 1


async def test_a_number_cannot_be_slipped_in() -> None:
    at = desk()
    asked = {"reason": "asked", "summary": "x", "to_number": "+19005551234"}
    assert await at.refused("escalate_to_human", **asked) == "tool.arguments"


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [("done", "answered"), ("caller_left", "abandoned"), ("refused", "refused")],
)
async def test_ending_a_call_is_a_wish_with_a_reason(reason: str, outcome: str) -> None:
    at = desk()
    assert (await at.ok("end_call", reason=reason))["reason"] == reason
    assert at.ctx.signals.outcome == Outcome(outcome)
    assert at.line.control.hung_up == []


async def test_the_wish_to_end_can_be_made_again_with_another_reason() -> None:
    at = desk()
    given = [(await at.ok("end_call", reason=why))["reason"] for why in ("done", "done", "refused")]
    assert given == ["done", "done", "refused"]
    assert at.line.control.hung_up == []


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("What are your hours?", "Monday to Friday 8 AM to 6 PM, Saturday 8 AM to 4 PM"),
        ("are you open on sunday", "closed on Sunday, August 31"),
        ("are you open on Monday", "closed on Monday, September 1"),
        ("when do you open tomorrow", "Saturday, August 30, we are open from 8 AM to 4 PM"),
        ("how late are you open today", "to 6 PM"),
        ("Do you serve my area?", "Clark County"),
        ("do you come out to 45502", "Yes, we serve 45502"),
        ("do you go to 90210", "don't serve 90210"),
        ("how do I pay", "secure link"),
        ("what payment methods do you take", "secure link"),
        ("is there a warranty on that", "one year warranty"),
        ("what services do you offer", "repair, maintenance visit, installation estimate"),
    ],
)
async def test_questions_are_answered_from_the_file(question: str, part: str) -> None:
    at = desk()
    result = await at.ok("answer_from_knowledge", question=question)
    assert result["found"] is True
    assert result["title"]
    assert part in str(result["answer"])
    assert at.ctx.signals.outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    "question", ["who won the game last night", "can you fix my car", "what is the meaning of life"]
)
async def test_what_the_file_does_not_say_is_not_known(question: str) -> None:
    at = desk()
    result = await at.ok("answer_from_knowledge", question=question)
    assert result == {"found": False, "answer": None, "title": None}
    assert at.ctx.signals.outcome is None


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("when is check in", "3 PM"),
        ("can I bring my dog", "ground floor"),
        ("are you open on christmas day", "Monday to Sunday 6 AM to 10 PM"),
        ("where can I park", "garage"),
    ],
)
async def test_a_hotel_answers_from_its_own_pages(question: str, part: str) -> None:
    result = await desk(hotel()).ok("answer_from_knowledge", question=question)
    assert part in str(result["answer"])


async def test_a_cancellation_whose_answer_was_lost_is_asked_for_again() -> None:
    """The store has done it and the caller was not told: the code is right, and it is cancelled."""
    at = desk()
    booked = await at.book()
    asked = {"phone": SARAH, "code": str(booked["code"])}
    await at.ok("cancel_appointment", **asked)
    at.ctx.runs.clear()
    again = await at.ok("cancel_appointment", **asked)
    assert again["status"] == "cancelled"
    at.ctx.runs.clear()
    other = await at.refused("cancel_appointment", **{**asked, "code": "000000"})
    assert other == "identity.wrong_code"
    stranger = at.again("2")
    assert await stranger.refused("cancel_appointment", **asked) == "identity.wrong_code"
    cancelled = [text for text in await at.line.store.deliver() if "cancelled" in text.body]
    assert len(cancelled) == 1
