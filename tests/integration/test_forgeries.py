"""Four hundred and more forgeries at the doors of a running engine (goal R13).

Every door that is proven by a signature, a token or a link, and every way to have none of those
right. None of them may leave a row in any table, have the carrier do anything, or find a call.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import aiohttp
import pytest
import stripe
from twilio.request_validator import RequestValidator

from tests.integration.stage import live_calls, rows
from tests.integration.test_refusals import FORM, refused_start, ring_fields
from tests.support.live import Live
from tools import TOOLS
from voiceagent.app.composition import local_secrets

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]

FEWEST: Final = 400

CARRIERS_DOORS: Final = (
    "/incoming", "/connect-action", "/dial-action", "/whisper", "/voicemail", "/status",
    "/stream-status", "/sms", "/message-status", "/handoff-caller", "/handoff-lead",
    "/handoff-key", "/handoff-machine", "/handoff-leg", "/handoff-room",
)  # fmt: skip
OTHERS_SYSTEMS: Final = (
    ("POST", "/msg"), ("GET", "/quote"), ("PUT", "/assets/a1"), ("POST", "/book"),
    ("PATCH", "/resched/1"), ("POST", "/offer"), ("GET", "/cancel_risk"), ("POST", "/iot_fault"),
    ("POST", "/memory"), ("DELETE", "/memory/1"), ("GET", "/memory/1/export"),
)  # fmt: skip
EVENTS: Final = (
    "checkout.session.completed", "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed", "checkout.session.expired", "charge.refunded",
    "charge.dispute.created", "charge.dispute.closed", "payment_intent.succeeded",
)  # fmt: skip


@dataclass(frozen=True)
class Forgery:
    """A request that somebody makes up."""

    name: str
    path: str
    method: str = "POST"
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def of_the_carrier(live: Live) -> Iterator[Forgery]:
    """Of each of the carrier's doors, all that a signature can have wrong."""
    own = RequestValidator(live.carrier.auth_token)
    other = RequestValidator(secrets.token_hex(16))
    for path in CARRIERS_DOORS:
        here = f"{live.engine.url}{path}"
        said = ring_fields(live, MessageSid=f"SM{secrets.token_hex(16)}", Body="hi")
        good = own.compute_signature(here, said)
        foreign = {**said, "AccountSid": f"AC{secrets.token_hex(16)}"}
        elsewhere = own.compute_signature(f"https://attacker.example{path}", said)
        wrong: dict[str, tuple[Mapping[str, str], dict[str, str]]] = {
            "unsigned": (said, {}),
            "empty": (said, {"X-Twilio-Signature": ""}),
            "no base64": (said, {"X-Twilio-Signature": "\u00ff\u00ff"}),
            "cut": (said, {"X-Twilio-Signature": good[:-4]}),
            "in another header": (said, {"Twilio-Signature": good}),
            "another secret": (
                said, {"X-Twilio-Signature": other.compute_signature(here, said)}
            ),
            "another door": (
                said, {"X-Twilio-Signature": own.compute_signature(f"{here}/x", said)}
            ),
            "a query more": (
                said, {"X-Twilio-Signature": own.compute_signature(f"{here}?a=1", said)}
            ),
            "another caller": ({**said, "From": "+15559990000"}, {"X-Twilio-Signature": good}),
            "a field more": ({**said, "Digits": "1"}, {"X-Twilio-Signature": good}),
            "a field less": (
                {key: said[key] for key in said if key != "From"}, {"X-Twilio-Signature": good}
            ),
            "another host": (
                said, {"X-Twilio-Signature": elsewhere, "Host": "attacker.example"}
            ),
            "a host forwarded": (
                said,
                {"X-Twilio-Signature": elsewhere, "X-Forwarded-Host": "attacker.example"},
            ),
            "another account": (
                foreign, {"X-Twilio-Signature": own.compute_signature(here, foreign)}
            ),
        }  # fmt: skip
        for name, (fields, headers) in wrong.items():
            yield Forgery(f"{path}: {name}", path, body=urlencode(fields), headers=FORM | headers)


def of_the_payments(live: Live, now_s: int) -> Iterator[Forgery]:
    """Of each event of a deposit, all that its signature can have wrong."""
    _, _, secret = local_secrets(live.settings.state_dir)
    for kind in EVENTS:
        body = json.dumps({
            "id": f"evt_{secrets.token_hex(8)}", "object": "event", "type": kind, "created": now_s,
            "data": {"object": {"id": "cs_1", "object": "checkout.session", "amount_total": 1}},
        })  # fmt: skip
        sign = stripe.WebhookSignature.generate_signature_header
        good = str(sign(body, secret, now_s))
        for name, header in {
            "empty": "",
            "another secret": str(sign(body, "whsec_other", now_s)),
            "another body": str(sign(f"{body} ", secret, now_s)),
            "too old": str(sign(body, secret, now_s - 400)),
            "of the future": str(sign(body, secret, now_s + 400)),
            "another scheme": good.replace("v1=", "v0="),
            "no time": good.partition(",")[2],
            "two times": f"t={now_s + 1},{good}",
        }.items():
            yield Forgery(
                f"{kind}: {name}", "/webhooks/stripe", body=body,
                headers={"Content-Type": "application/json", "Stripe-Signature": header},
            )  # fmt: skip
        yield Forgery(f"{kind}: unsigned", "/webhooks/stripe", body=body)


def of_others() -> Iterator[Forgery]:
    """Without a token, with one of nobody, and links that were guessed."""
    doors = (*OTHERS_SYSTEMS, *(("POST", f"/tools/{tool.spec.name}") for tool in TOOLS))
    for method, path in doors:
        for name, headers in {
            "no token": {},
            "empty": {"Authorization": "Bearer "},
            "a guess": {"Authorization": f"Bearer {secrets.token_urlsafe(32)}"},
            "another scheme": {"Authorization": "Basic dm9pY2U6YWdlbnQ="},
        }.items():
            more = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
            yield Forgery(f"{method} {path}: {name}", path, method, "{}", headers | more)
    for path in ("/handoff/{}", "/pay/{}"):
        for guess in ("1", "a.b", secrets.token_urlsafe(16), "%00", "..%2f..%2fadmin"):
            yield Forgery(f"{path}: {guess}", path.format(guess), "GET")
    letter = json.dumps({"from": "a@example.com", "to": "b@example.com", "text": "hi"})
    for headers in ({}, {"Authorization": "Bearer guess"}, {"svix-signature": "v1,AAAA"}):
        yield Forgery("a letter", "/api/v1/webhooks/inbound_email", body=letter, headers=headers)


async def everything(live: Live) -> dict[str, int]:
    """How many rows every table has, and what the carrier was asked for."""
    tables = await rows(
        live.store,
        "SELECT table_name AS t FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    )
    counted = {}
    for row in tables:
        (one,) = await rows(live.store, f'SELECT count(*)::int AS n FROM "{row["t"]}"')  # noqa: S608
        counted[row["t"]] = one["n"]
    carrier = live.carrier.emulator
    return {**counted, "texts": len(carrier.messages), "legs": len(carrier.legs)}


async def test_four_hundred_forgeries_leave_nothing(live: Live) -> None:
    (clock,) = await rows(live.store, "SELECT extract(epoch FROM clock_timestamp())::bigint AS s")
    forged = [
        *of_the_carrier(live), *of_the_payments(live, int(clock["s"])), *of_others(),
    ]  # fmt: skip
    before = await everything(live)
    let_in = []
    async with aiohttp.ClientSession() as http:
        for one in forged:
            async with http.request(
                one.method, f"{live.engine.url}{one.path}", data=one.body or None,
                headers=dict(one.headers), allow_redirects=False,
            ) as answer:  # fmt: skip
                if answer.status not in {400, 401, 403, 404, 405, 410, 422}:
                    let_in.append(f"{one.name}: {answer.status}")
    starts = 0
    for token in ("", "guess", secrets.token_urlsafe(16), "x" * 2000, "\0"):
        for account in (live.carrier.account_sid, f"AC{secrets.token_hex(16)}"):
            more = {"accountSid": account, "customParameters": {"token": token}}
            starts += 1
            if await refused_start(live, **more) is None:
                let_in.append(f"start {token!r:.20} of {account}")
    assert let_in == []
    assert len(forged) + starts >= FEWEST
    after = await everything(live)
    assert {name: many for name, many in after.items() if many > before[name]} == {}
    assert await live_calls(live) == 0
