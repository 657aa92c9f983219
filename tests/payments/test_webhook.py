"""Stripe's webhook: forged, old, early, broken, irrelevant, and at last a genuine one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from loguru import logger

from connectors.stripe.payments import Receipt, receive, verify_webhook
from voiceagent.domain.ledger import (
    DepositAccount,
    EntryKind,
    LedgerEntry,
    MoneyMatter,
    PaymentEvent,
)
from voiceagent.domain.records import Cents, JobId
from voiceagent.errors import PeerMisbehaved

SECRET = "whsec_test"
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)
JOB = "11111111-2222-3333-4444-555555555555"


def an_event(kind: str = "checkout.session.completed", **thing: object) -> str:
    session = {
        "id": "cs_1",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 20600,
        "currency": "usd",
        "metadata": {"job_id": JOB},
        "new": [1],
    }
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": kind, "data": {"object": session | thing}}
    )


def signed(payload: str, *, at: datetime = NOW, secret: str = SECRET) -> str:
    made: str = stripe.WebhookSignature.generate_signature_header(
        payload, secret, int(at.timestamp())
    )
    return made


def verified(payload: str, *, at: datetime = NOW, secret: str = SECRET) -> PaymentEvent | None:
    return verify_webhook(payload.encode(), signed(payload, at=at, secret=secret), SECRET, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "t=,v1=",
        "t=1,v0=abc",
        "t=99999999999999999999999,v1=abc",
        f"t={int(NOW.timestamp())},v1=\udce9\udce9",
        f"t={int(NOW.timestamp())},v1=" + "0" * 64,
    ],
)
def test_what_is_not_signed_is_refused(header: str) -> None:
    with pytest.raises(PeerMisbehaved, match=r"webhook\.signature"):
        verify_webhook(an_event().encode(), header, SECRET, NOW)


def test_another_secret_and_another_body_are_refused() -> None:
    with pytest.raises(PeerMisbehaved, match=r"webhook\.signature"):
        verified(an_event(), secret="whsec_other")
    with pytest.raises(PeerMisbehaved, match=r"webhook\.signature"):
        verify_webhook(an_event().encode() + b" ", signed(an_event()), SECRET, NOW)


def test_without_a_secret_everything_is_refused() -> None:
    payload = an_event()
    with pytest.raises(PeerMisbehaved, match=r"webhook\.signature"):
        verify_webhook(payload.encode(), signed(payload, secret=""), "", NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86400, -86400])
def test_old_and_future_signatures_are_refused(seconds: int) -> None:
    with pytest.raises(PeerMisbehaved, match=r"webhook\.time"):
        verified(an_event(), at=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    assert verified(an_event(), at=NOW + timedelta(seconds=seconds)) is not None


DEEP = "[" * 30_000 + "]" * 30_000

ODD = {
    "nothing": "",
    "a list": "[]",
    "null": "null",
    "a text": '"x"',
    "no fields": "{}",
    "not a number": "NaN",
    "half a character": r'{"id": "\ud800", "type": "checkout.session.completed"}',
    "deep": DEEP,
    "deep objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "thin": '{"id": "evt_1", "type": "checkout.session.completed", "related_object": {"id": "x"}}',
    "no id": an_event().replace('"evt_1"', '""'),
    "NUL in the id": an_event().replace("evt_1", "evt\\u0000"),
    "no object": '{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": []}}',
    "no data": '{"id": "evt_1", "type": "checkout.session.completed", "data": 5}',
    "an id of numbers": an_event(id=5),
    "no amount": an_event(amount_total=None),
    "a text for an amount": an_event(amount_total="20600"),
    "a broken amount": an_event(amount_total=206.5),
    "below nothing": an_event(amount_total=-1),
    "beyond every amount": an_event(amount_total=10**12),
    "no currency": an_event(currency=None),
}


@pytest.mark.parametrize("name", list(ODD))
def test_a_signed_body_that_says_nothing_usable_is_one_line_in_the_log(name: str) -> None:
    """Stripe would repeat it for days if it were refused, and then switch the endpoint off."""
    lines: list[str] = []
    sink = logger.add(lines.append, format="{message}")
    try:
        assert verified(ODD[name]) is None
    finally:
        logger.remove(sink)
    assert len(lines) == 1
    assert lines[0].startswith("webhook.odd: ")


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(PeerMisbehaved):
        verify_webhook(b"\xff\xfe", signed("x"), SECRET, NOW)


def entry(
    kind: EntryKind, amount: int, subject: str = "cs_1", payment: str = "pi_1"
) -> LedgerEntry:
    return LedgerEntry(kind, Cents(amount), "usd", payment, subject)


CHARGE: dict[str, object] = {"id": "ch_1", "amount_total": None, "amount": 20600}
DISPUTE: dict[str, object] = {"id": "dp_1", "amount": 20600, "metadata": {}}


@pytest.mark.parametrize(
    ("kind", "thing", "wanted"),
    [
        ("checkout.session.completed", {}, entry(EntryKind.PAID, 20600)),
        (
            "checkout.session.completed",
            {"payment_status": "unpaid"},
            entry(EntryKind.PENDING, 0),
        ),
        (
            "checkout.session.completed",
            {"payment_intent": {"id": "pi_2", "object": "payment_intent"}, "currency": "USD"},
            entry(EntryKind.PAID, 20600, payment="pi_2"),
        ),
        (
            "checkout.session.completed",
            {"amount_total": 1, "currency": "jpy"},
            LedgerEntry(EntryKind.PAID, Cents(1), "jpy", "pi_1", "cs_1"),
        ),
        ("checkout.session.async_payment_succeeded", {}, entry(EntryKind.PAID, 20600)),
        (
            "checkout.session.async_payment_failed",
            {"payment_status": "unpaid"},
            entry(EntryKind.FAILED, 0),
        ),
        (
            "checkout.session.expired",
            {"payment_status": "unpaid", "payment_intent": None},
            entry(EntryKind.EXPIRED, 0, payment=""),
        ),
        (
            "charge.refunded",
            CHARGE | {"refunded": True, "amount_refunded": 20600},
            entry(EntryKind.REFUNDED, 20600, "ch_1"),
        ),
        (
            "charge.refunded",
            CHARGE | {"refunded": None, "amount_refunded": 600},
            entry(EntryKind.REFUNDED, 600, "ch_1"),
        ),
        (
            "charge.dispute.created",
            DISPUTE | {"status": "needs_response"},
            entry(EntryKind.DISPUTED, 20600, "dp_1"),
        ),
        (
            "charge.dispute.closed",
            DISPUTE | {"status": "won"},
            entry(EntryKind.DISPUTE_WON, 20600, "dp_1"),
        ),
        (
            "charge.dispute.closed",
            DISPUTE | {"status": "lost"},
            entry(EntryKind.DISPUTE_LOST, 20600, "dp_1"),
        ),
    ],
)
def test_kinds_that_concern_a_deposit(
    kind: str, thing: dict[str, object], wanted: LedgerEntry
) -> None:
    session = "cs_1" if kind.startswith("checkout") else ""
    job = JobId("" if "dispute" in kind else JOB)
    assert verified(an_event(kind, **thing)) == PaymentEvent("evt_1", kind, session, job, wanted)


@pytest.mark.parametrize(
    "payload",
    [
        an_event("charge.refunded", refunded=False, amount_refunded=0),
        an_event("charge.dispute.created", amount=20600, status="warning_needs_response"),
        an_event("charge.dispute.closed", amount=20600, status="warning_closed"),
        an_event("invoice.upcoming", id=None, metadata=None),
        an_event("customer.created", metadata={"a": 1}, note="x" * 70_000),
        an_event("customer.created", note="a NUL: \x00"),
        an_event("v1.billing.meter.no_meter_found", data=None),
    ],
)
def test_other_kinds_do_not_concern_us(payload: str) -> None:
    assert verified(payload) is None


@pytest.mark.parametrize(
    "metadata", [None, [], "x", {}, {"job_id": 5}, {"job_id": None}, {"job_id": "a\x00b"}]
)
def test_a_session_of_somebody_else_names_no_job(metadata: object) -> None:
    event = verified(an_event(metadata=metadata))
    assert event is not None
    assert event.job_id == ""


class Events:
    def __init__(self) -> None:
        self.seen: list[str] = []

    async def apply_event(self, event: PaymentEvent, *, receipt: str = "") -> bool:
        new = event.event_id not in self.seen
        self.seen.append(event.event_id)
        return new

    async def account(self, job_id: JobId) -> DepositAccount | None:
        raise NotImplementedError

    async def matters(self, limit: int) -> Sequence[MoneyMatter]:
        raise NotImplementedError


async def test_a_replay_is_accepted_and_changes_nothing() -> None:
    events, payload = Events(), an_event()
    told = [
        await receive(payload.encode(), signed(payload), secret=SECRET, now=NOW, events=events)
        for _ in range(2)
    ]
    assert told == [Receipt.APPLIED, Receipt.KNOWN]
    other = an_event("customer.created")
    assert (
        await receive(other.encode(), signed(other), secret=SECRET, now=NOW, events=events)
        is Receipt.IGNORED
    )
    assert events.seen == ["evt_1", "evt_1"]
