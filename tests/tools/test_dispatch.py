"""Booking, moving and cancelling with an outside dispatcher that answers, or does not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from connectors.dispatch.letting_go import VisitsLetGo
from tests.support.rooms import SARAH
from tests.tools.desk import BOX, Desk, JsonObject, desk
from voiceagent.domain.records import JobStatus, Slot, Window
from voiceagent.domain.slot_taken import taken
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable
from voiceagent.ports.dispatch import DISPATCH_CHANNEL, DispatchAnswer, SlotStatus, VisitOrder

SILENT = Unavailable("dispatch.silent", "The dispatcher did not answer in time.")
ODD = PeerMisbehaved("dispatch.odd", "The dispatcher cannot be understood.")


@dataclass
class Outside:
    """An outside dispatcher: `wrong` is what it does next, instead of taking a wish on."""

    is_ours = False
    wrong: list[Exception | DispatchAnswer] = field(default_factory=list)
    has: dict[str, Window] = field(default_factory=dict)
    busy: set[datetime] = field(default_factory=set)
    named: list[str] = field(default_factory=list)

    async def slot_status(self, slots: Sequence[Slot]) -> Sequence[SlotStatus]:
        self._fail()
        return [SlotStatus.TAKEN if s.window.start in self.busy else SlotStatus.FREE for s in slots]

    async def book(self, order: VisitOrder) -> DispatchAnswer:
        answer = self._fail()
        self.named.append(order.order_id)
        if answer is DispatchAnswer.ACCEPTED:
            self.has[order.order_id] = order.visit.slot.window
        return answer

    async def resched(self, order_id: str, technician_id: str, window: Window) -> DispatchAnswer:
        answer = self._fail()
        assert order_id in self.has
        if answer is DispatchAnswer.ACCEPTED:
            self.has[order_id] = window
        return answer

    async def cancel(self, order_id: str) -> None:
        self._fail()
        self.has.pop(order_id, None)

    def _fail(self) -> DispatchAnswer:
        wrong = self.wrong.pop(0) if self.wrong else DispatchAnswer.ACCEPTED
        if isinstance(wrong, Exception):
            raise wrong
        return wrong


def under(dispatch: Outside, at: Desk | None = None) -> Desk:
    found = at or desk()
    found.ctx = replace(found.ctx, dispatch=dispatch)
    return found


async def ready(at: Desk) -> dict[str, object]:
    """Everything up to the booking."""
    await at.quote()
    return at.booking((await at.slots())[0])


async def texts_after(at: Desk, minutes: float) -> list[str]:
    at.line.clock.advance(60.0 * minutes)
    return [text.to for text in await at.line.store.deliver()]


async def failure(at: Desk, name: str, arguments: dict[str, object]) -> JsonObject:
    outcome = await BOX.call(name, arguments, at.ctx)
    assert outcome.failure is not None
    error = outcome.wire["error"]
    assert isinstance(error, dict)
    return error


ON_CALL = "+19375550111"
TONIGHT = datetime.fromisoformat("2025-08-29T21:00:00-04:00")


async def test_what_it_takes_on_is_booked_and_nobody_is_bothered() -> None:
    outside = Outside()
    at = under(outside)
    await at.ok("book_appointment", **await ready(at))
    assert len(outside.has) == len(at.jobs) == 1
    assert await texts_after(at, 5) == [SARAH]


@pytest.mark.parametrize("wrong", [SILENT, ODD])
async def test_without_an_answer_nothing_stands_and_a_person_calls_back(wrong: Exception) -> None:
    at = under(Outside([DispatchAnswer.ACCEPTED, wrong]))
    error = await failure(at, "book_appointment", await ready(at))
    assert error["code"] == "dispatch.unsettled"
    assert "call you back" in str(error["say"])
    assert at.jobs == []
    assert await texts_after(at, 1) == []
    assert await texts_after(at, 2) == [ON_CALL]
    assert await texts_after(at, 60) == []


async def test_asked_again_it_is_settled_once_and_nobody_is_bothered() -> None:
    outside = Outside([DispatchAnswer.ACCEPTED, SILENT])
    at = under(outside)
    booking = await ready(at)
    await failure(at, "book_appointment", booking)
    await at.ok("book_appointment", **booking)
    assert len(outside.has) == len(at.jobs) == 1
    assert await texts_after(at, 5) == [SARAH]


async def test_what_others_have_there_is_not_booked_here() -> None:
    at = under(Outside([DispatchAnswer.ACCEPTED, DispatchAnswer.TAKEN]))
    assert await at.refused("book_appointment", **await ready(at)) == "slot.taken"
    assert at.jobs == []
    assert await texts_after(at, 5) == []


async def test_what_the_store_refuses_is_let_go_there() -> None:
    outside = Outside()
    at = under(outside)
    booking = await ready(at)
    at.line.store.fail("jobs.book", taken())
    assert await at.refused("book_appointment", **booking) == "slot.taken"
    assert outside.has == {}
    assert await texts_after(at, 5) == []


async def test_what_was_let_go_is_booked_again_as_another_order() -> None:
    """Of an order that it let go a dispatcher may say again what it said before."""
    outside = Outside()
    at = under(outside)
    booking = await ready(at)
    at.line.store.fail("jobs.book", CallerFixable("offer.used", "It was used."))
    assert await at.refused("book_appointment", **booking) == "offer.used"
    assert await at.refused("book_appointment", **booking) == "slot.not_offered"
    booked = await at.ok("book_appointment", **await ready(at))
    await at.ok("cancel_appointment", phone=SARAH, code=booked["code"])
    assert await let_go(at, outside) == 1
    await at.ok("book_appointment", **await ready(at))
    assert len(outside.has) == 1
    assert len(set(outside.named)) == len(outside.named) == len(("let go", "cancelled", "stands"))


async def test_with_the_store_down_a_person_finds_out() -> None:
    outside = Outside()
    at = under(outside)
    booking = await ready(at)
    at.line.store.fail("jobs.book", Unavailable("store.unreachable", "Down."))
    assert await at.refused("book_appointment", **booking) == "store.unreachable"
    assert len(outside.has) == 1
    assert await texts_after(at, 5) == [ON_CALL]


async def test_where_no_note_can_be_kept_nothing_is_asked() -> None:
    outside = Outside()
    at = under(outside)
    booking = await ready(at)
    at.line.store.fail("outbox.put", Unavailable("store.unreachable", "Down."))
    assert await at.refused("book_appointment", **booking) == "store.unreachable"
    assert outside.has == {}


async def test_only_what_it_has_free_is_offered_and_its_silence_hides_nothing() -> None:
    assert len(await under(Outside([SILENT])).slots()) == 2
    first, second = await under(Outside()).slots()
    outside = Outside(busy={TONIGHT})
    offered = await under(outside).slots()
    assert first == "2025-08-29T21:00:00-04:00"
    assert first not in offered
    assert second in offered


async def test_a_visit_moves_in_both_or_in_neither() -> None:
    outside = Outside()
    at = under(outside)
    booked = await at.ok("book_appointment", **await ready(at))
    mover = under(outside, at.again())
    (slot, *_) = await mover.slots(preferred_date="2025-09-03")
    move: dict[str, object] = {"phone": SARAH, "code": booked["code"], "new_time": slot}
    outside.wrong = [SILENT]
    assert (await failure(mover, "reschedule_appointment", move))["code"] == "dispatch.unsettled"
    assert at.jobs[0].window.start == TONIGHT
    await mover.ok("reschedule_appointment", **move)
    (there,) = outside.has.values()
    assert there == at.jobs[0].window
    assert ON_CALL not in await texts_after(at, 5)


async def let_go(at: Desk, outside: Outside, *, times: int = 1) -> int:
    """Send what is queued for the dispatcher, so many times; how often it answered."""
    line = at.line
    sender = VisitsLetGo(outside, line.store.outbox, line.business, line.clock)
    answered = 0
    for message in [one for one in await line.store.deliver() if one.channel == DISPATCH_CHANNEL]:
        for _ in range(times):
            with suppress(Unavailable, PeerMisbehaved):
                await sender.send(message)
                answered += 1
    return answered


@pytest.mark.parametrize(("wrong", "told"), [((), 2), ((SILENT,), 1), ((SILENT, ODD), 0)])
async def test_a_cancelled_visit_is_gone_here_and_let_go_there_or_a_person_looks(
    wrong: Sequence[Exception], told: int
) -> None:
    outside = Outside()
    at = under(outside)
    booked = await at.ok("book_appointment", **await ready(at))
    other = under(outside, at.again())
    outside.wrong = [*wrong]
    await other.ok("cancel_appointment", phone=SARAH, code=booked["code"])
    assert at.jobs[0].status is JobStatus.CANCELLED
    assert len(outside.has) == 1  # nobody waits for it: it is told once the change stands
    assert await let_go(at, outside, times=2) == told
    assert (outside.has == {}) is (told > 0)
    assert (ON_CALL in await texts_after(at, 6)) is (told == 0)


async def test_a_visit_called_off_for_its_deposit_is_let_go_there_too() -> None:
    outside = Outside()
    at = under(outside)
    await at.ok("book_appointment", **await ready(at))
    await at.line.store.deliver()
    none = timedelta()
    assert await at.line.store.unpaid.cancel(none, none, "Called off.", tell_dispatch=True) == 1
    assert await let_go(at, outside) == 1
    assert outside.has == {}
