"""book_appointment, and booking again after something went wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from tests.tools.desk import BOX, OAK_STREET, desk
from tools.book_appointment import BookResult
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.facts import BookingMade, Facts
from voiceagent.dialogue.house.results import learn_booking
from voiceagent.domain.business import Flags, TextLimits
from voiceagent.domain.records import Outcome, Priority, Window
from voiceagent.domain.texting import CAPS, TextVerdict, digest_of
from voiceagent.errors import CallerFixable, Unavailable

TONIGHT = "2025-08-29T21:00:00-04:00"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"estimated_cost": 500}, "quote.mismatch"),
        ({"estimated_cost": 0}, "quote.mismatch"),
        ({"estimated_cost": 826}, "quote.mismatch"),
        ({"service_type": "maintenance"}, "quote.missing"),
        ({"service_type": "surgery"}, "service.unknown"),
        ({"scheduled_time": "2025-08-29T22:00:00-04:00"}, "slot.not_offered"),
        ({"scheduled_time": "2025-08-30T10:00:00-04:00"}, "slot.not_offered"),
        ({"scheduled_time": "2025-08-29T21:00:00"}, "tool.arguments"),
        ({"scheduled_time": "tonight"}, "tool.arguments"),
        ({"phone": "555"}, "phone.invalid"),
        ({"phone": "+19005551234"}, "phone.not_allowed"),
        ({"phone": "+447911123456"}, "phone.not_allowed"),
        ({"customer_name": "  "}, "tool.arguments"),
        ({"address": ""}, "address.missing"),
        ({"address": "5 High Street, Cincinnati, Ohio 45202"}, "area.not_served"),
        ({"email": "sarah at example"}, "tool.arguments"),
        ({"notes": "charge 4242 4242 4242 4242"}, "card.refused"),
        ({"description": "four two four two " * 4}, "card.refused"),
        ({"customer_name": "5555555555554444"}, "card.refused"),
        ({"discount": 100}, "tool.arguments"),
    ],
)
async def test_what_is_refused_books_nothing(changes: dict[str, object], code: str) -> None:
    at = desk()
    await at.quote()
    slots = await at.slots()
    assert await at.refused("book_appointment", **at.booking(slots[0], **changes)) == code
    assert at.jobs == []
    assert at.line.store.kept.queued == {}
    assert at.ctx.signals.outcome is Outcome.QUOTED


async def test_the_reference_booking() -> None:
    at = desk()
    result = await at.book()
    (job,) = at.jobs
    assert result == {
        "job_id": job.job_id,
        "code": job.code,
        "customer_name": "Sarah Miller",
        "window_start": TONIGHT,
        "window_end": "2025-08-29T23:00:00-04:00",
        "display": "Fri, Aug 29, 9:00 PM to 11:00 PM",
        "estimated_cost": 825,
        "deposit_amount": 206,
        "deposit_paid": False,
        "checkout_url": None,
        "already_booked": False,
        "message": "Booked for Fri, Aug 29, 9:00 PM to 11:00 PM.",
    }
    assert (job.estimated_cost, job.deposit_amount) == (82500, 20600)
    assert (job.priority, job.technician_id) == (Priority.EMERGENCY, "mike")
    assert (job.customer.phone, job.address) == (SARAH, OAK_STREET)
    assert job.notes == "Gate code 1234; friendly dog."
    (text,) = await at.line.store.deliver()
    assert text.to == SARAH
    assert job.code in text.body
    assert "$206" in text.body
    assert "https://" in text.body
    assert "{" not in text.body
    assert at.line.store.kept.checkouts == [job.job_id]
    assert at.ctx.signals.outcome is Outcome.BOOKED


async def test_without_a_quote_nothing_is_booked() -> None:
    at = desk()
    slots = await at.slots()
    assert await at.refused("book_appointment", **at.booking(slots[0])) == "quote.missing"


async def test_a_quote_of_another_call_does_not_count() -> None:
    at = desk()
    await at.quote()
    other = at.again()
    slots = await other.slots()
    assert await other.refused("book_appointment", **other.booking(slots[0])) == "quote.missing"


async def test_a_hold_that_ran_out_is_no_offer() -> None:
    at = desk()
    await at.quote()
    slots = await at.slots()
    at.line.clock.advance(timedelta(minutes=11).total_seconds())
    assert await at.refused("book_appointment", **at.booking(slots[0])) == "slot.not_offered"


async def test_somebody_elses_offer_cannot_be_booked() -> None:
    at = desk()
    slots = await at.slots()
    thief = at.again(phone="+15557770000")
    await thief.quote()
    booking = thief.booking(slots[0], phone="+15557770000")
    assert await thief.refused("book_appointment", **booking) == "slot.not_offered"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CallerFixable("slot.taken", "Gone."), "slot.taken"),
        (Unavailable("db.down", "Down."), "db.down"),
    ],
)
async def test_after_a_failure_the_same_request_may_be_made_again(
    error: Exception, code: str
) -> None:
    at = desk()
    await at.quote()
    slots = await at.slots()
    at.line.store.fail("jobs.book", error)
    assert await at.refused("book_appointment", **at.booking(slots[0])) == code
    assert at.ctx.signals.outcome is Outcome.QUOTED
    await at.ok("book_appointment", **at.booking(slots[0]))
    assert len(at.jobs) == 1


async def test_an_interruption_does_not_cut_a_booking_in_half() -> None:
    at = desk()
    await at.quote()
    slots = await at.slots()
    entered, go = at.line.store.gate("jobs.book")
    request = asyncio.ensure_future(BOX.call("book_appointment", at.booking(slots[0]), at.ctx))
    await entered.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    again = asyncio.ensure_future(at.ok("book_appointment", **at.booking(slots[0])))
    await asyncio.sleep(0)
    go.set()
    result = await again
    assert [job.job_id for job in at.jobs] == [result["job_id"]]
    assert len(await at.line.store.deliver()) == 1


async def test_a_caller_who_was_cut_off_gets_the_same_job_back() -> None:
    at = desk()
    first = await at.book()
    await at.line.store.deliver()
    second = at.again()
    assert await second.quote() == await at.quote()
    assert (await second.slots())[0] == TONIGHT
    result = await second.ok("book_appointment", **second.booking(TONIGHT))
    assert result["already_booked"] is True
    assert (result["job_id"], result["code"]) == (first["job_id"], first["code"])
    assert len(at.jobs) == 1
    assert await at.line.store.deliver() == []


async def test_a_resumed_call_that_lost_the_answer_gets_it_again() -> None:
    at = desk()
    first = await at.book()
    resumed = at.again("1")
    result = await resumed.ok("book_appointment", **resumed.booking(TONIGHT))
    assert (result["job_id"], result["code"]) == (first["job_id"], first["code"])
    assert len(at.jobs) == 1


@pytest.mark.parametrize(
    "changes", [{"customer_name": "Mallory"}, {"address": "1 Elm Street, Springfield, Ohio"}]
)
async def test_a_forged_number_does_not_learn_the_code(changes: dict[str, object]) -> None:
    """Another name, or another address, is no "same booking": nothing of it is told."""
    at = desk()
    await at.book()
    forger = at.again()
    await forger.quote()
    wish = forger.booking(TONIGHT, **changes)
    assert await forger.refused("book_appointment", **wish) == "slot.not_offered"
    (job,) = at.jobs
    assert (job.customer.name, job.customer.address) == ("Sarah Miller", OAK_STREET)
    assert job.code not in at.line.store.kept.audits[-1].result_json


async def test_another_caller_is_not_offered_what_is_booked() -> None:
    at = desk()
    await at.book()
    other = at.again(phone="+15557770000")
    assert TONIGHT not in await other.slots()


async def test_the_number_given_in_the_call_counts_as_known() -> None:
    at = desk()
    await at.book()
    elsewhere = at.again(phone="+15557770000")
    await elsewhere.ok("lookup_customer", phone=SARAH, code=None)
    assert (await elsewhere.slots())[0] == TONIGHT


async def test_two_open_bookings_per_number_at_most() -> None:
    at = desk()
    for number in ("1", "2"):
        one = at.again(number)
        day = f"2025-09-0{int(number) + 1}"
        slots = await one.slots(preferred_date=day)
        await one.ok("book_appointment", **await one.priced(slots[0]))
    third = at.again("3")
    slots = await third.slots(preferred_date="2025-09-04")
    booking = await third.priced(slots[0])
    assert await third.refused("book_appointment", **booking) == "jobs.too_many"
    assert len(at.jobs) == 2


async def test_only_the_number_that_calls_is_texted() -> None:
    at = desk(phone="+15557770000")
    await at.book()
    (text,) = await at.line.store.deliver()
    assert text.to == "+15557770000"


@pytest.mark.parametrize("phone", ["anonymous", "+266696687", "+447911123456", ""])
async def test_a_withheld_or_foreign_number_is_not_texted(phone: str) -> None:
    at = desk(phone=phone)
    result = await at.book()
    assert await at.line.store.deliver() == []
    assert "No text" in str(result["message"])


async def test_texting_can_be_switched_off() -> None:
    at = desk(coolcare().model_copy(update={"flags": Flags(sms=False)}))
    result = await at.book()
    assert await at.line.store.deliver() == []
    assert "No text" in str(result["message"])


async def test_whatsapp_is_answered_on_whatsapp() -> None:
    at = desk(channel="whatsapp")
    await at.book()
    (text,) = await at.line.store.deliver()
    assert text.channel == "whatsapp"


async def test_a_zip_out_of_the_technicians_reach_asks_for_other_times() -> None:
    business = coolcare()
    near = business.technicians[0].model_copy(update={"areas": ("springfield",)})
    far = near.model_copy(update={"id": "lee", "areas": ("clark-county",)})
    business = business.model_copy(update={"technicians": (near, far, business.technicians[1])})
    at = desk(business)
    await at.quote()
    slots = await at.slots()
    booking = at.booking(slots[0], address="9 Main Street, Enon, Ohio 45323")
    assert await at.refused("book_appointment", **booking) == "slot.not_offered"
    assert await at.slots() == slots
    await at.ok("book_appointment", **booking)
    assert at.jobs[0].technician_id == "lee"


async def test_injected_placeholders_stay_text() -> None:
    at = desk()
    await at.book(customer_name="{checkout_url}", notes="{job_code}")
    (text,) = await at.line.store.deliver()
    assert text.body.count("https://") == 1


WHY_NOT = {
    TextVerdict.OPTED_OUT: "you asked us not to",
    TextVerdict.LANDLINE: "your number doesn't get texts",
    TextVerdict.NUMBER_CAP: "too many have gone to your number today",
    TextVerdict.DAY_CAP: "we can't send any more",
}


@pytest.mark.parametrize("why", WHY_NOT)
async def test_no_text_is_promised_that_does_not_go(why: TextVerdict) -> None:
    """Not in the tool's message, not in the house's words, and nothing is queued."""
    limits = TextLimits(per_number_a_day=1) if why is TextVerdict.NUMBER_CAP else TextLimits()
    limits = TextLimits(a_day=1) if why is TextVerdict.DAY_CAP else limits
    at = desk(coolcare().model_copy(update={"text_limits": limits}))
    if why in CAPS:
        at.line.store.kept.texted.append((SARAH, at.line.clock.now()))
    else:
        at.line.store.kept.no_texts[digest_of(SARAH)] = why
    result = await at.book()
    assert await at.line.store.deliver() == []
    assert f"No text can be sent to the number of this call ({why})" in str(result["message"])
    answer = BookResult.model_validate(result)
    said = wording.booked(learn_booking(Facts(), answer), at.line.clock.now(), SARAH)
    assert WHY_NOT[why] in said
    assert "texting" not in said
    assert at.line.store.deliveries.refused == {why: 1}


def test_every_reason_not_to_text_has_words() -> None:
    made = BookingMade("1", Window(FRIDAY_NIGHT, FRIDAY_NIGHT), 206, already_booked=False)
    for why in TextVerdict:
        facts = replace(Facts(), booking=replace(made, text=why))
        said = wording.booked(facts, FRIDAY_NIGHT, SARAH)
        assert ("We're texting you" in said) is (why is TextVerdict.MAY)
        assert ("couldn't text" in said) is (why is not TextVerdict.MAY)
