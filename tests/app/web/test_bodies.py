"""The payment webhook under bad bodies and a lost database."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connectors.stripe.payments import receive
from voiceagent.app.web.payments import add_payment_routes
from voiceagent.core.clock import ManualClock
from voiceagent.domain.ledger import DepositAccount, MoneyMatter
from voiceagent.domain.records import JobId
from voiceagent.errors import Unavailable
from voiceagent.store.memory import MemoryStore

SECRET = "whsec_test"
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)


class Nothing:
    """A ledger and a history whose database is down, were anybody to ask."""

    async def apply_event(self, *_: object, **__: object) -> bool:
        raise Unavailable("store.refused", "The database refused an argument.")

    async def account(self, _: JobId) -> DepositAccount | None:
        raise Unavailable("store.unreachable", "The database cannot be reached.")

    async def matters(self, _: int) -> Sequence[MoneyMatter]:
        raise Unavailable("store.unreachable", "The database cannot be reached.")

    async def recent(self, _: int) -> Any:
        raise Unavailable("store.unreachable", "The database cannot be reached.")

    async def call(self, _: str) -> Any:
        raise Unavailable("store.unreachable", "The database cannot be reached.")


def webhook() -> web.Application:
    app = web.Application(client_max_size=64 * 1024)

    async def take(body: bytes, signature: str) -> str:
        done = await receive(body, signature, secret=SECRET, now=NOW, events=Nothing())
        return done.value

    add_payment_routes(app, take)
    return app


def event(**more: object) -> dict[str, object]:
    thing = {
        "id": "cs_1",
        "payment_status": "paid",
        "amount_total": 1,
        "currency": "usd",
        "metadata": {"job_id": "x"},
    }
    kind = "checkout.session.completed"
    return {"id": "evt_1", "type": kind, "data": {"object": thing}} | more


BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "gzip": (gzip.compress(json.dumps(event()).encode()), {"Content-Encoding": "gzip"}),
    "gzip that is none": (b"{}", {"Content-Encoding": "gzip"}),
    "deflate": (b"x", {"Content-Encoding": "deflate"}),
    "brotli": (b"x", {"Content-Encoding": "br"}),
    "unknown coding": (b"x", {"Content-Encoding": "rot13"}),
    "a bomb": (gzip.compress(b"0" * 10_000_000), {"Content-Encoding": "gzip"}),
    "too large": (b" " * 1_050_000, {}),
    "no text": (b"\xff\xfe", {}),
}
"""Of nobody that we know, whoever signed them."""

SIGNED: dict[str, bytes] = {
    "deep lists": b"[" * 30_000 + b"]" * 30_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep metadata": json.dumps(event(type="x")).replace('"x"', "[" * 9000 + "]" * 9000).encode(),
    "NUL in the id": json.dumps(event(id="evt\x00")).encode(),
    "NUL as itself": b'{"id": "\x00"}',
    "NUL in another's metadata": json.dumps(event(type="x", metadata={"a": "\x00"})).encode(),
    "another's long event": json.dumps(event(type="invoice.paid", note="x" * 70_000)).encode(),
    "half an escape": rb'{"id": "\ud800", "type": "checkout.session.completed"}',
    "not a number": b"NaN",
    "long number": b"9" * 60_000,
    "thin": b'{"id": "evt_1", "type": "checkout.session.completed"}',
    "blanks": b" " * 70_000,
}
"""Signed by the provider, and no concern of ours: a refusal would have them come again."""


def header_of(body: bytes) -> str:
    made: str = stripe.WebhookSignature.generate_signature_header(
        body.decode(), SECRET, int(NOW.timestamp())
    )
    return made


async def answered(body: bytes, header: str, *, chunked: bool, **more: str) -> int:
    async def pieces() -> Any:
        for at in range(0, len(body), 4096):
            yield body[at : at + 4096]

    async with (
        TestClient(TestServer(webhook()), auto_decompress=False) as client,
        client.post(
            "/webhooks/stripe",
            data=pieces() if chunked else io.BytesIO(body),
            headers={"Stripe-Signature": header, "Content-Type": "application/json"} | more,
        ) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("name", list(BODIES))
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_nobody_is_a_4xx(name: str, chunked: bool) -> None:
    body, headers = BODIES[name]
    try:
        header = header_of(body)
    except UnicodeDecodeError:
        header = "t=1,v1=0"
    assert 400 <= await answered(body, header, chunked=chunked, **headers) < 500


@pytest.mark.parametrize("name", list(SIGNED))
@pytest.mark.parametrize("chunked", [False, True])
async def test_what_the_provider_signed_is_taken_and_what_it_did_not_is_refused(
    name: str, chunked: bool
) -> None:
    body = SIGNED[name]
    assert await answered(body, header_of(body), chunked=chunked) == 200
    assert await answered(body, header_of(body + b" "), chunked=chunked) == 400


async def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    body = json.dumps(event(note="a\\u0000"))
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(NOW.timestamp()))
    async with (
        TestClient(TestServer(webhook())) as client,
        client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": header}) as answer,
    ):
        assert answer.status == 503  # it went on to the ledger


async def test_the_same_request_gets_the_same_answer() -> None:
    """An answer may get lost: whoever asks again is told what he would have been told."""
    store, body = MemoryStore(ManualClock(NOW)), json.dumps(event()).encode()

    async def take(payload: bytes, signature: str) -> str:
        events = store.payment_events
        done = await receive(payload, signature, secret=SECRET, now=NOW, events=events)
        return done.value

    app = web.Application()
    add_payment_routes(app, take)
    async with TestClient(TestServer(app)) as client:
        answers = []
        for _ in range(3):
            headers = {"Stripe-Signature": header_of(body)}
            async with client.post("/webhooks/stripe", data=body, headers=headers) as answer:
                answers.append((answer.status, await answer.read()))
    assert len(store.kept.payment_effects) == 1
    assert answers == [(200, b'{"received": "applied"}')] * 3
