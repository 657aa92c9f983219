"""Odd bodies to every route that takes one: a 4xx with a code, whoever sends them; nothing kept.

The routes are the server's own, so a new one is covered by itself: either it refuses what is odd,
or it is named below as one that reads no body.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

import pytest
import stripe
from twilio.request_validator import RequestValidator

from tests.app.web.test_access import (
    API_TOKEN,
    Site,
    concrete,
    equipped_site,
    routes,
    site,
)
from tests.app.web.test_malformed_requests import lines, log
from tests.support.kept import everything
from tools import TOOLS
from voiceagent.app.web.access import RULES, Rule
from voiceagent.core.clock import SystemClock

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

READS_NONE: Final = frozenset(
    {
        "/admin/accept",
        "/admin/drain",
        "/admin/{worker}/accept",
        "/admin/{worker}/drain",
        "/calls/{worker}/{sid}/hand-over",
        "/pay/{session_id}",
        "/phone/{worker}/calls/{sid}/over",
        "/sign-out",
    }
)
"""A body makes no difference there."""

TAKEN_WHEN_SIGNED: Final = frozenset({"/webhooks/stripe"})
"""What the provider signed is answered 200, however odd: refused, it would come again for days."""

TEXTS: Final[dict[str, bytes]] = {
    "deep lists": b"[" * 20_000 + b"]" * 20_000,
    "deep objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "an open list": b"[" * 20_000,
    "NUL in a text": rb'{"a": "\u0000"}',
    "NUL as itself": b'{"a": "\x00"}',
    "half a character": rb'{"a": "\ud800"}',
    "a list": b"[1, 2]",
    "a number": b"5",
    "not a number": b"NaN",
    "a number of 9,000 digits": b"9" * 9_000,
    "a text": b'"hello"',
    "null": b"null",
    "no JSON": b"{",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "too large": b'{"a": "' + b"x" * 70_000 + b'"}',
}
FORMS: Final[dict[str, bytes]] = {
    "NUL in a form": b"CallSid=CA%00&Body=a%00b&form=%00&password=%00&CallStatus=ringing",
    "half a character in a form": b"Body=%ED%A0%80",
    "no form": b"&&&=&=;;%zz",
    "500 fields": b"&".join(b"a%d=1" % n for n in range(500)),
    "too large a form": b"Body=" + b"x" * 70_000,
    "bytes": bytes(range(256)),
}
CODED: Final[dict[str, tuple[bytes, str]]] = {
    "gzip": (gzip.compress(b'{"a": 1}'), "gzip"),
    "a bomb": (gzip.compress(b"0" * 1_000_000), "gzip"),
    "gzip that is none": (b"{}", "gzip"),
    "unknown coding": (b"{}", "rot13"),
}

CASES: Final[list[tuple[str, bytes, Mapping[str, str]]]] = [
    *((name, body, {"Content-Type": JSON}) for name, body in TEXTS.items()),
    *((name, body, {"Content-Type": FORM}) for name, body in FORMS.items()),
    *(
        (name, body, {"Content-Type": JSON, "Content-Encoding": coding})
        for name, (body, coding) in CODED.items()
    ),
]


BY_STRANGERS: Final = frozenset({"deep lists", "NUL in a text", "no form", "a bomb"})
"""What is sent without any proof as well."""


def bodies_of(app_routes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Routes to which something is sent, each with its method before it."""
    return [one for one in app_routes if one[0] in {"POST", "PUT", "PATCH"}]


def proven(
    path: str, url: str, body: bytes, headers: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """The address and headers with which the carrier, the provider and our own would send it."""
    sent = dict(headers) | {"Authorization": f"Bearer {API_TOKEN}"}
    at = int(SystemClock().now().timestamp())
    text = body.decode("utf-8", "replace")
    sent["Stripe-Signature"] = stripe.WebhookSignature.generate_signature_header(text, "whsec", at)
    validator = RequestValidator("token")
    if headers["Content-Type"] == JSON:
        url += f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
        fields: dict[str, str] = {}
    else:
        fields = dict(parse_qsl(text, keep_blank_values=True))
    if RULES[path] is Rule.PROVEN:
        sent["X-Twilio-Signature"] = validator.compute_signature(f"http://127.0.0.1{url}", fields)
    return url, sent


async def answered(
    here: Site,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    signed: bool,
    method: str = "POST",
) -> tuple[int, str]:
    url = concrete(path)
    if signed:
        url, headers = proven(path, url, body, headers)
    headers = dict(headers) | {"Connection": "close"}  # what is odd may end it
    async with here.client.request(
        method, url, data=io.BytesIO(body), headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text()


def code_in(text: str) -> str:
    """The code of a refusal; a page for people has none and says what is wrong."""
    if text.startswith("{"):
        return str(json.loads(text)["error"]["code"])
    return "page" if "role=alert" in text else ""


async def test_odd_bodies_are_a_4xx_with_a_code_on_every_route(tmp_path: Path) -> None:
    seen = 0
    with log() as told:
        async with equipped_site(tmp_path, {}, tools=TOOLS) as here:
            before = everything(here.store)
            lines(told)
            for method, path in bodies_of(routes(here.app)):
                for name, body, headers in CASES:
                    for signed in (True, False) if name in BY_STRANGERS else (True,):
                        what = (path, name, signed)
                        status, text = await answered(
                            here, path, body, headers, signed=signed, method=method
                        )
                        seen += 1
                        assert status < 500, (*what, text)
                        if path in READS_NONE:
                            continue
                        if signed and path in TAKEN_WHEN_SIGNED and status == 200:
                            continue
                        assert 400 <= status < 500, (*what, status, text)
                        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+|page", code_in(text)), (
                            *what,
                            text,
                        )
            assert everything(here.store) == before
            written = lines(told)
    assert seen > 700
    assert not [line for line in written if "Traceback" in line], written[:5]


def test_what_reads_no_body_is_there() -> None:
    assert set(RULES) >= READS_NONE | TAKEN_WHEN_SIGNED


@pytest.mark.parametrize("path", sorted(TAKEN_WHEN_SIGNED))
async def test_what_is_signed_wrongly_is_refused_all_the_same(path: str, tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        for _, body, headers in CASES:
            status, text = await answered(here, path, body, headers, signed=False)
            assert 400 <= status < 500
            assert code_in(text)
