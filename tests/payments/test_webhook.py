"""Stripe's webhook: forged, old, early, broken, irrelevant, and at last a genuine one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from connectors.stripe.payments import PaymentEvent, Receipt, receive, verify_webhook
from voiceagent.domain.records import JobId
from voiceagent.errors import PeerMisbehaved

SECRET = "whsec_test"
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)
JOB = "11111111-2222-3333-4444-555555555555"


def an_event(kind: str = "checkout.session.completed", **thing: object) -> str:
    session = {"id": "cs_1", "payment_status": "paid", "metadata": {"job_id": JOB}, "new": [1]}
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


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[]",
        "null",
        '"x"',
        "{}",
        '{"type": "checkout.session.completed"}',
        '{"id": "", "type": "checkout.session.completed", "data": {"object": {}}}',
        '{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": []}}',
        '{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": 5}}}',
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(payload: str) -> None:
    with pytest.raises(PeerMisbehaved, match=r"webhook\.body"):
        verified(payload)


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(PeerMisbehaved):
        verify_webhook(b"\xff\xfe", signed("x"), SECRET, NOW)


@pytest.mark.parametrize(
    ("kind", "thing", "wanted"),
    [
        ("checkout.session.completed", {}, ("cs_1", True)),
        ("checkout.session.completed", {"payment_status": "unpaid"}, ("cs_1", False)),
        ("checkout.session.async_payment_succeeded", {}, ("cs_1", True)),
        ("checkout.session.async_payment_failed", {}, ("cs_1", False)),
        ("checkout.session.expired", {"payment_status": "unpaid"}, ("cs_1", False)),
        ("charge.refunded", {"id": "ch_1", "refunded": True}, ("", False)),
    ],
)
def test_kinds_that_concern_a_deposit(
    kind: str, thing: dict[str, object], wanted: tuple[str, bool]
) -> None:
    session, paid = wanted
    assert verified(an_event(kind, **thing)) == PaymentEvent(
        "evt_1", kind, session, JobId(JOB), paid
    )


@pytest.mark.parametrize(
    "payload",
    [
        an_event("charge.refunded", refunded=False, amount_refunded=100),
        an_event("invoice.upcoming", id=None, metadata=None),
        an_event("customer.created", metadata={"a": 1}),
    ],
)
def test_other_kinds_do_not_concern_us(payload: str) -> None:
    assert verified(payload) is None


def test_a_session_of_somebody_else_names_no_job() -> None:
    event = verified(an_event(metadata=None))
    assert event is not None
    assert event.job_id == ""


class Events:
    def __init__(self) -> None:
        self.seen: list[str] = []

    async def apply_event(
        self, event_id: str, kind: str, session_id: str, job_id: JobId, *, paid: bool
    ) -> bool:
        new = event_id not in self.seen
        self.seen.append(event_id)
        return new


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
