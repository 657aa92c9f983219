"""The waiting list from the wish to the booking, with the tools themselves."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.tools.desk import BOX, Desk, desk
from voiceagent.app.waiting import WaitingDesk
from voiceagent.core.waiting import WaitStage
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import JobStatus, Outcome
from voiceagent.errors import Unavailable
from voiceagent.ports.dispatch import OwnCalendar
from voiceagent.ports.outside import OutsideAgents

MONDAY = datetime.fromisoformat("2025-08-25T09:00:00-04:00")
BEN, CLEO = "+15557770001", "+15557770002"
SLOT = "2025-08-27T08:00:00-04:00"


def list_at(at: Desk) -> WaitingDesk:
    line = at.line
    agents = OutsideAgents.of_file(line.business)
    calendar = OwnCalendar()
    return WaitingDesk(line.business, line.clock, line.store, BOX, line.control, calendar, agents)


async def waits(at: Desk, phone: str, name: str, **wish: object) -> Desk:
    """Somebody rings, is put on the list, and hangs up."""
    other = at.again(name, phone=phone)
    asked = {
        "customer_name": name,
        "phone": phone,
        "address": "9 Elm Lane, Springfield, Ohio",
        "service_type": "repair",
        "description": "AC not cooling.",
        **wish,
    }
    await other.ok("join_waiting_list", **asked)
    await other.line.store.calls.close(other.ctx.call.call_id, Evidence.of(Outcome.ANSWERED))
    return other


async def booked(at: Desk) -> Desk:
    """Sarah has Wednesday at eight."""
    await at.slots(is_emergency=False, preferred_date="2025-08-27")
    await at.ok("book_appointment", **(await at.priced(SLOT, is_emergency=False)))
    await at.line.store.deliver()
    return at


async def cancels(at: Desk) -> None:
    (job,) = [job for job in at.jobs if job.status is JobStatus.BOOKED]
    await at.again("c").ok("cancel_appointment", phone=job.customer.phone, code=job.code)
    await at.line.store.deliver()


async def test_a_freed_window_is_offered_to_the_first_and_booked_by_yes() -> None:
    at = await booked(desk(now=MONDAY))
    await waits(at, BEN, "Ben Ray", first_day="2025-08-27", last_day="2025-08-28")
    await waits(at, CLEO, "Cleo Day")
    await cancels(at)
    assert await list_at(at).once() == 1
    (text,) = await at.line.store.deliver()
    assert text.to == BEN
    assert text.body.startswith(
        "CoolCare: a time for your repair became free: Wed, Aug 27, 8:00 AM to 10:00 AM. "
        "The estimate is $550. Reply YES within 30 minutes to book it, or NO."
    )
    assert await list_at(at).once() == 0
    assert await list_at(at).answer(CLEO, "yes") is None
    told = await list_at(at).answer(BEN, "Yes please")
    assert told is not None
    assert told.startswith("Booked for Wed, Aug 27, 8:00 AM")
    (job,) = [job for job in at.jobs if job.status is JobStatus.BOOKED]
    assert (job.customer.phone, job.customer.name) == (BEN, "Ben Ray")
    assert job.window.start == datetime.fromisoformat(SLOT)
    assert [text.to for text in await at.line.store.deliver()] == [BEN]
    assert await list_at(at).answer(BEN, "yes") is None
    (left,) = await at.line.store.waiting.waiting()
    assert left.wish.text_to == CLEO


async def test_a_no_and_silence_pass_it_on_and_nobody_is_asked_twice() -> None:
    at = await booked(desk(now=MONDAY))
    for phone, name in ((BEN, "Ben Ray"), (CLEO, "Cleo Day")):
        await waits(at, phone, name)
    await cancels(at)
    await list_at(at).once()
    assert await list_at(at).answer(BEN, "no thanks") == "All right. You stay on our waiting list."
    await list_at(at).once()
    assert [text.to for text in await at.line.store.deliver()] == [BEN, CLEO]
    at.line.clock.advance(31 * 60)
    assert await list_at(at).answer(CLEO, "yes") is None
    assert await list_at(at).once() == 0
    assert [text.to for text in await at.line.store.deliver()] == []
    assert {p.stage for p in await at.line.store.waiting.waiting()} == {WaitStage.WAITING}


@pytest.mark.parametrize(
    "wish",
    [
        {"first_day": "2025-08-28"},
        {"last_day": "2025-08-26"},
        {"not_before": "09:00"},
        {"not_after": "09:30"},
        {"service_type": "installation"},
        {
            "address": "5 Main Street, Enon, Ohio",
            "technician": "dana",
            "service_type": "installation",
        },
    ],
)
async def test_what_was_not_waited_for_is_not_offered(wish: dict[str, object]) -> None:
    at = await booked(desk(now=MONDAY))
    await waits(at, BEN, "Ben Ray", **wish)
    await cancels(at)
    assert await list_at(at).once() == 0
    assert list(await at.line.store.waiting.freed()) == []


async def test_a_window_freed_at_night_waits_for_the_morning() -> None:
    at = await booked(desk(now=MONDAY))
    await waits(at, BEN, "Ben Ray")
    at.line.clock.advance(13 * 3600)
    await cancels(at)
    assert await list_at(at).once() == 0
    at.line.clock.advance(10.5 * 3600)
    assert await list_at(at).once() == 1


async def test_who_rings_instead_finds_the_window_that_is_kept() -> None:
    at = await booked(desk(now=MONDAY))
    await waits(at, BEN, "Ben Ray")
    await cancels(at)
    await list_at(at).once()
    ringing, stranger = at.again("r", phone=BEN), at.again("s", phone=CLEO)
    day = "2025-08-27"
    assert SLOT not in await stranger.slots(is_emergency=False, preferred_date=day)
    assert SLOT in await ringing.slots(is_emergency=False, preferred_date=day)
    booking = await ringing.priced(SLOT, is_emergency=False, phone=BEN, customer_name="Ben Ray")
    await ringing.ok("book_appointment", **booking)
    assert await list_at(at).answer(BEN, "yes") is None
    assert len([job for job in at.jobs if job.status is JobStatus.BOOKED]) == 1


async def test_a_store_that_is_away_is_tried_again() -> None:
    at = await booked(desk(now=MONDAY))
    await waits(at, BEN, "Ben Ray")
    await cancels(at)
    at.line.store.fail("waiting.offer", Unavailable("store.unreachable", "Down."))
    with pytest.raises(Unavailable):
        await list_at(at).once()
    assert await list_at(at).once() == 1


async def test_nobody_waits_who_cannot_be_texted() -> None:
    at = desk(now=MONDAY, phone="anonymous")
    asked = {
        "customer_name": "Ben Ray", "phone": BEN, "address": "9 Elm Lane, Springfield, Ohio",
        "service_type": "repair", "description": "",
    }  # fmt: skip
    assert await at.refused("join_waiting_list", **asked) == "waiting.no_text"
    assert at.line.store.kept.waiting == {}
    assert (
        await desk(now=MONDAY).refused("join_waiting_list", **asked, first_day="2026-01-01")
        == "date.out_of_range"
    )


async def test_a_technician_by_name_at_the_tool() -> None:
    at = desk(now=MONDAY)
    assert len(await at.slots(is_emergency=False, technician="Mike")) == 2
    refused = {
        "Steve": "technician.unknown",
        "Dana Kim": "technician.unskilled",
    }
    for name, code in refused.items():
        wish = {"service_type": "repair", "is_emergency": False, "technician": name}
        assert await at.refused("check_availability", **wish) == code
    busy = {"service_type": "repair", "is_emergency": False, "technician": "mike",
            "preferred_date": "2025-08-31"}  # fmt: skip
    outcome = await BOX.call("check_availability", busy, at.ctx)
    assert outcome.failure is not None
    assert outcome.failure.code == "technician.not_free"
    assert outcome.failure.say == (
        "I'm sorry, Mike Alvarez has nothing open then. "
        "Mike's next opening is Mon, Aug 25, 10:00 AM to 12:00 PM."
    )
