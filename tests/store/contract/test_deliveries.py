"""Whom texts reach, how many go where, and what became of them: in memory and on PostgreSQL."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.store.contract.conftest import Deliver
from tests.support.postgres import a_call, prepared
from voiceagent.domain.business import TextLimits
from voiceagent.domain.outcomes import OPTED_OUT
from voiceagent.domain.records import Job, OutboundMessage
from voiceagent.domain.texting import EMAIL, VOICE, Delivery, DeliveryReport, TextVerdict
from voiceagent.ports.store import Store

SARAH, OTHER = "+15551230000", "+15559870000"
LIMITS = TextLimits()


def told(status: Delivery, key: str = "t", **more: object) -> DeliveryReport:
    return DeliveryReport(f"SM-{key}", key, status, **more)  # type: ignore[arg-type]


async def booked(store: Store, email: str | None = "sarah@example.com") -> Job:
    draft = await prepared(store)
    text = OutboundMessage("t", "sms", SARAH, "Booked {job_code}: {checkout_url}", draft.call_id)
    made = type(draft)(**{**{n: getattr(draft, n) for n in draft.__slots__}, "email": email})
    return await store.jobs.book(made, [text], idempotency_key="k")


async def undelivered(store: Store, report: DeliveryReport, *, voice: bool = True) -> bool:
    return await store.deliveries.report(report, by_email=True, by_voice=voice)


async def events(store: Store, job: Job) -> list[str]:
    assert job.call_id is not None
    calls = await store.history.recent(10)
    (sid,) = [one.call.call_sid for one in calls if one.call.call_id == job.call_id]
    history = await store.history.call(sid)
    assert history is not None
    return [one.detail for one in history.events if one.kind == "message.undelivered"]


async def test_what_did_not_arrive_goes_by_email_once(store: Store, deliver: Deliver) -> None:
    job = await booked(store)
    (text,) = await deliver()
    for _ in range(3):
        assert await undelivered(store, told(Delivery.UNDELIVERED, code="30003"))
    (email,) = await deliver()
    assert (email.channel, email.to, email.body) == (EMAIL, "sarah@example.com", text.body)
    assert await events(store, job) == ["sms 30003: by e-mail instead"]
    assert await deliver() == []


async def test_who_has_no_address_is_called(store: Store, deliver: Deliver) -> None:
    job = await booked(store, email=None)
    await deliver()
    await undelivered(store, told(Delivery.UNDELIVERED, code="30006", bars=TextVerdict.LANDLINE))
    (call,) = await deliver()
    assert (call.channel, call.to) == (VOICE, SARAH)
    assert await events(store, job) == ["sms 30006: by telephone instead"]


async def test_who_wants_no_texts_is_not_called_instead(store: Store, deliver: Deliver) -> None:
    job = await booked(store, email=None)
    await deliver()
    await undelivered(store, told(Delivery.UNDELIVERED, code="21610", bars=TextVerdict.OPTED_OUT))
    assert await deliver() == []
    assert await events(store, job) == ["sms 21610: by no other way"]


async def test_where_there_is_no_other_way_it_is_told(store: Store, deliver: Deliver) -> None:
    job = await booked(store, email=None)
    await deliver()
    await undelivered(store, told(Delivery.UNDELIVERED), voice=False)
    assert await deliver() == []
    assert await events(store, job) == ["sms without a code: by no other way"]


async def test_what_is_known_of_a_text_stands_with_its_call(store: Store, deliver: Deliver) -> None:
    job = await booked(store)
    await deliver()
    assert job.call_id is not None
    (sid,) = [one.call.call_sid for one in await store.history.recent(9)]
    for status in (None, Delivery.UNDELIVERED, Delivery.DELIVERED):
        if status is not None:
            await undelivered(store, told(status, code="30003"))
        history = await store.history.call(sid)
        assert history is not None
        assert history.arrived["t"] is (status or Delivery.SENT)


@pytest.mark.parametrize(
    "order", list(permutations([Delivery.SENT, Delivery.DELIVERED, Delivery.SENT]))
)
async def test_what_arrived_has_arrived_in_any_order(
    store: Store, deliver: Deliver, order: tuple[Delivery, ...]
) -> None:
    job = await booked(store)
    await deliver()
    for status in (*order, Delivery.UNDELIVERED):
        assert await undelivered(store, told(status))
    assert await deliver() == []
    assert await events(store, job) == []


async def test_a_report_of_nobodys_text_is_nobodys(store: Store, deliver: Deliver) -> None:
    await booked(store)
    await deliver()
    for stranger in ("SM-x", ""):
        report = DeliveryReport(stranger, "", Delivery.UNDELIVERED, "30003")
        assert not await undelivered(store, report)
    assert not await undelivered(store, told(Delivery.UNDELIVERED, "x", code="30003"))
    assert await deliver() == []


async def test_a_number_that_gets_no_texts_is_remembered(store: Store, deliver: Deliver) -> None:
    await booked(store)
    await deliver()
    assert await store.deliveries.verdict(SARAH, LIMITS) is TextVerdict.MAY
    await undelivered(store, told(Delivery.UNDELIVERED, code="30006", bars=TextVerdict.LANDLINE))
    assert await store.deliveries.verdict(SARAH, LIMITS) is TextVerdict.LANDLINE
    assert await store.deliveries.verdict(OTHER, LIMITS) is TextVerdict.MAY
    assert store.deliveries.refused == {"landline": 1}


async def test_who_asked_for_no_texts_gets_none(store: Store) -> None:
    call = a_call(SARAH)
    await store.calls.open(call)
    await store.calls.add_event(call.call_id, OPTED_OUT)
    assert await store.deliveries.verdict(SARAH, LIMITS) is TextVerdict.OPTED_OUT
    assert await store.deliveries.verdict(OTHER, LIMITS) is TextVerdict.MAY


@pytest.mark.parametrize(
    ("number", "limits", "verdict"),
    [
        (SARAH, TextLimits(per_number_a_day=2), TextVerdict.NUMBER_CAP),
        (SARAH, TextLimits(per_number_a_day=3), TextVerdict.MAY),
        ("+15551230001", TextLimits(per_number_a_day=2, per_block_a_day=2), TextVerdict.BLOCK_CAP),
        ("+15551240001", TextLimits(per_number_a_day=2, per_block_a_day=2), TextVerdict.MAY),
        ("+15551240001", TextLimits(a_day=2), TextVerdict.DAY_CAP),
    ],
)
async def test_texts_of_a_day_are_counted(
    store: Store, deliver: Deliver, number: str, limits: TextLimits, verdict: TextVerdict
) -> None:
    for key in "ab":
        await store.outbox.put(OutboundMessage(key, "sms", SARAH, "Hello."))
    assert len(await deliver()) == 2
    assert await store.deliveries.verdict(number, limits) is verdict


async def test_who_has_stopped_texts_is_promised_none_until_they_start_them(store: Store) -> None:
    await store.consents.stop(SARAH, "sms")
    assert await store.deliveries.verdict(SARAH, LIMITS) is TextVerdict.OPTED_OUT
    assert await store.deliveries.verdict(OTHER, LIMITS) is TextVerdict.MAY
    await store.consents.start(SARAH, "sms")
    assert await store.deliveries.verdict(SARAH, LIMITS) is TextVerdict.MAY


async def test_starting_them_lifts_what_the_carrier_has_noted_of_a_stop(
    store: Store, deliver: Deliver
) -> None:
    """But a line that gets no texts gets none afterwards either."""
    await booked(store)
    await deliver()
    report = told(Delivery.UNDELIVERED, code="21610", bars=TextVerdict.OPTED_OUT)
    await undelivered(store, report, voice=False)
    assert await store.consents.stopped(SARAH)
    assert await store.consents.start(SARAH, "sms")
    assert await store.deliveries.verdict(SARAH, LIMITS) is TextVerdict.MAY
    await undelivered(store, told(Delivery.UNDELIVERED, bars=TextVerdict.LANDLINE))
    assert not await store.consents.stopped(SARAH)
    assert not await store.consents.start(SARAH, "sms")
    assert await store.deliveries.verdict(SARAH, LIMITS) is TextVerdict.LANDLINE


async def test_after_a_stop_only_answers_to_what_is_written_later_leave(
    store: Store, deliver: Deliver
) -> None:
    await store.outbox.put(OutboundMessage("reply:1", "sms", SARAH, "Which day suits you?"))
    await store.outbox.put(OutboundMessage("reminder", "sms", SARAH, "Tomorrow at ten."))
    await store.consents.stop(SARAH, "sms")
    await store.outbox.put(OutboundMessage("reply:2", "sms", SARAH, "You get no more messages."))
    await store.outbox.put(OutboundMessage("news", "sms", SARAH, "Spring is here."))
    await store.outbox.put(OutboundMessage("other", "sms", OTHER, "Booked."))
    assert {one.key for one in await deliver()} == {"reply:2", "other"}


async def test_only_what_the_carrier_brings_counts_towards_the_caps(
    store: Store, deliver: Deliver
) -> None:
    for channel in ("webchat", "whatsapp", "event", "sms"):
        await store.outbox.put(OutboundMessage(channel, channel, SARAH, "Hello."))
    assert len(await deliver()) == 4
    two, three = TextLimits(per_number_a_day=2), TextLimits(per_number_a_day=3)
    assert await store.deliveries.verdict(SARAH, two) is TextVerdict.NUMBER_CAP
    assert await store.deliveries.verdict(SARAH, three) is TextVerdict.MAY
