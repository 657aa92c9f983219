"""Whose a booking is, seen through the tools: families, forgers, one-time codes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rooms import SARAH, coolcare
from tests.tools.desk import BOX, OAK_STREET, Desk, desk
from voiceagent.domain.business import Flags
from voiceagent.domain.identity import MOST_WRONG_CODES_A_DAY
from voiceagent.domain.records import IdentityLevel, JobStatus

TONIGHT = "2025-08-29T21:00:00-04:00"
ELSEWHERE = "+15557770000"
ELM = "9 Elm Lane, Springfield, Ohio"


async def code_by_text(at: Desk, *, again: bool = False) -> str:
    """Has a code sent to Sarah's number and reads it from the text that left."""
    await at.line.store.deliver()
    result = await at.ok("send_one_time_code", phone=SARAH, again=again)
    assert "If a booking was made" in str(result["message"])
    (text,) = await at.line.store.deliver()
    assert text.to == SARAH
    found = re.search(r"\d{6}", text.body)
    assert found is not None
    return found[0]


async def test_without_the_booking_code_a_texted_one_opens_the_booking() -> None:
    at = desk()
    booked = await at.book()
    later = at.again(phone=ELSEWHERE)
    code = await code_by_text(later)
    found = await later.ok("lookup_customer", phone=SARAH, code=code)
    assert (found["verified"], found["name"]) == (True, "Sarah Miller")
    assert str(booked["code"]) in str(found["jobs"])
    assert str(found["jobs"]).count("window_start") == 1
    assert later.ctx.level_for(SARAH) is IdentityLevel.VERIFIED
    await later.ok("cancel_appointment", phone=SARAH, code=booked["code"])
    assert at.jobs[0].status is JobStatus.CANCELLED


async def test_a_code_does_not_work_twice_nor_later_nor_elsewhere() -> None:
    at = desk()
    await at.book()
    later, thief = at.again("2"), at.again("3", phone=ELSEWHERE)
    code = await code_by_text(later)
    asked = {"phone": SARAH, "code": code}
    assert await thief.refused("lookup_customer", **asked) == "identity.wrong_code"
    await later.ok("lookup_customer", **asked)
    assert await later.refused("lookup_customer", **asked) == "identity.wrong_code"
    last = at.again("4")
    asked["code"] = await code_by_text(last)
    last.line.clock.advance(timedelta(minutes=11).total_seconds())
    assert await last.refused("lookup_customer", **asked) == "identity.wrong_code"


async def test_guesses_at_both_kinds_of_codes_are_counted_together() -> None:
    at = desk()
    await at.book()
    later = at.again()
    code = await code_by_text(later)
    for guess in ("222222", "333333", "444444"):
        assert await later.refused("lookup_customer", phone=SARAH, code=guess)
    assert await later.refused("lookup_customer", phone=SARAH, code=code) == (
        "identity.too_many_tries"
    )


async def test_a_code_is_not_found_by_guessing_in_one_conversation_after_another() -> None:
    at = desk()
    slots = await at.slots(preferred_date="2025-09-03")
    await at.quote()
    booked = await at.ok("book_appointment", **await at.priced(slots[0]))
    asked = {"phone": SARAH, "code": booked["code"]}
    for number in range(MOST_WRONG_CODES_A_DAY // 3):
        thief = at.again(f"1{number}", phone=f"+1555777{number:04}")
        for guess in ("222222", "333333", "444444"):
            assert await thief.refused("lookup_customer", phone=SARAH, code=guess)
    for tool in ("lookup_customer", "cancel_appointment"):
        thief = at.again(f"2{tool}", phone=ELSEWHERE)
        assert await thief.refused(tool, **asked) == "identity.too_many_tries"
    other = at.again("3", phone=ELSEWHERE)
    assert await other.refused("lookup_customer", phone=ELSEWHERE, code="222222") == (
        "identity.wrong_code"
    ), "it is that number's"
    sarah = at.again("4")
    await sarah.ok("lookup_customer", phone=SARAH, code=await code_by_text(sarah))
    await sarah.ok("cancel_appointment", **asked)


async def test_a_day_after_the_guesses_a_code_opens_again() -> None:
    at = desk()
    slots = await at.slots(preferred_date="2025-09-03")
    await at.quote()
    booked = await at.ok("book_appointment", **await at.priced(slots[0]))
    for number in range(MOST_WRONG_CODES_A_DAY // 3):
        thief = at.again(f"1{number}", phone=ELSEWHERE)
        for guess in ("222222", "333333", "444444"):
            assert await thief.refused("lookup_customer", phone=SARAH, code=guess)
    at.line.clock.advance(timedelta(days=1, seconds=1).total_seconds())
    found = await at.again("2").ok("lookup_customer", phone=SARAH, code=booked["code"])
    assert found["verified"] is True


async def test_it_is_not_told_who_has_a_booking_and_nobody_else_is_texted() -> None:
    at = desk()
    nobody = await at.ok("send_one_time_code", phone=SARAH)
    assert await at.line.store.deliver() == []
    await at.book()
    await at.line.store.deliver()
    somebody = await at.again().ok("send_one_time_code", phone=SARAH)
    assert nobody == somebody
    victim = desk(phone=ELSEWHERE)
    await victim.book()  # with Sarah's number, from another line
    await victim.line.store.deliver()
    await victim.again().ok("send_one_time_code", phone=SARAH)
    assert await victim.line.store.deliver() == []


async def test_codes_run_out_and_it_is_said() -> None:
    at = desk()
    await at.book()
    later = at.again()
    assert await code_by_text(later) != await code_by_text(later, again=True)
    later.ctx.runs.clear()
    assert await later.refused("send_one_time_code", phone=SARAH) == "code.too_many"


async def test_a_business_without_texts_sends_none() -> None:
    at = desk(coolcare().model_copy(update={"flags": Flags(sms=False)}))
    assert await at.refused("send_one_time_code", phone=SARAH) == "code.no_texts"


async def test_a_booking_code_shows_no_others_at_the_number() -> None:
    at = desk()
    sarah = await at.book()
    tom = at.again("2")
    slots = await tom.slots(preferred_date="2025-09-03")
    wish = await tom.priced(slots[0], customer_name="Tom Miller")
    toms = await tom.ok("book_appointment", **wish)
    found = await at.again("3").ok("lookup_customer", phone=SARAH, code=toms["code"])
    assert found["name"] == "Tom Miller"
    assert str(sarah["code"]) not in str(found)
    assert "Sarah" not in str(found)


async def test_the_same_window_for_another_place_is_another_visit() -> None:
    """The caller's own window is offered to them again, but not for their mother's house."""
    at = desk()
    await at.book()
    mother = at.again()
    await mother.quote()
    assert (await mother.slots())[0] == TONIGHT
    wish = mother.booking(TONIGHT, address=ELM)
    assert await mother.refused("book_appointment", **wish) == "slot.not_offered"
    slots = await mother.slots()
    assert TONIGHT not in slots
    booked = await mother.ok("book_appointment", **await mother.priced(slots[0], address=ELM))
    assert booked["already_booked"] is False
    assert {job.address for job in at.jobs} == {OAK_STREET, ELM}


CALLERS = st.lists(
    st.tuples(
        st.sampled_from(["Sarah Miller", "Tom Miller", "Mallory"]),
        st.sampled_from([OAK_STREET, ELM]),
        st.sampled_from([SARAH, ELSEWHERE, "anonymous", "+266696687"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None)
@given(CALLERS)
def test_in_whatever_order_people_call_with_one_number_none_is_renamed_or_told(
    callers: Sequence[tuple[str, str, str]],
) -> None:
    asyncio.run(everybody_keeps_what_is_theirs(callers))


async def everybody_keeps_what_is_theirs(callers: Sequence[tuple[str, str, str]]) -> None:
    first = desk()
    made: dict[str, tuple[str, str]] = {}
    for at, (name, address, line) in enumerate(callers, start=1):
        caller = first.again(str(at), phone=line)
        slots = await caller.slots(preferred_date=f"2025-09-{at + 1:02d}")
        if not slots:
            continue
        wish = await caller.priced(slots[0], customer_name=name, address=address)
        outcome = await BOX.call("book_appointment", wish, caller.ctx)
        if outcome.error_code:
            assert outcome.error_code == "jobs.too_many"
            continue
        result = outcome.wire
        made[str(result["job_id"])] = (name, address)
        shown = await caller.ok("lookup_customer", phone=SARAH, code=result["code"])
        assert shown["name"] == name
        assert str(shown["jobs"]).count("window_start") == 1
    for job in first.jobs:
        assert (job.customer.name, job.address) == made[job.job_id]
        assert job.customer.address == job.address
    assert len({job.customer.customer_id for job in first.jobs}) == len(first.jobs)


@pytest.mark.parametrize("name", ["Mallory", "sarah-miller"])
async def test_a_forged_line_learns_no_code_of_another_name(name: str) -> None:
    at = desk()
    booked = await at.book()
    forger = at.again()
    await forger.quote()
    wish = forger.booking(TONIGHT, customer_name=name)
    outcome = await BOX.call("book_appointment", wish, forger.ctx)
    shows_it = str(booked["code"]) in str(outcome.wire)
    assert shows_it is (name == "sarah-miller")
    assert len(at.jobs) == 1


async def test_from_another_line_not_even_the_same_name_learns_it() -> None:
    at = desk()
    booked = await at.book()
    forger = at.again(phone=ELSEWHERE)
    await forger.ok("lookup_customer", phone=SARAH, code=None)
    await forger.quote()
    outcome = await forger.ok("book_appointment", **forger.booking(TONIGHT))
    assert (outcome["code"], outcome["already_booked"]) == ("", True)
    assert str(booked["code"]) not in str(outcome)
