"""R13: whoever cannot prove who they are changes no row and reaches no provider, on any route.

Over four hundred forgeries of everything that proves something: the carrier's signatures, tokens of
media sockets, the payment provider's signature, payment links, the tokens of tools and of figures,
sessions and forms of the console and the browser phone, links to hand-off cards. The routes are the
server's own: one that has no forgeries here fails.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import stripe
from aiohttp import WSMsgType
from twilio.request_validator import RequestValidator

from tests.app.web.test_access import (
    API_TOKEN,
    LETTERS,
    PASSWORD,
    TOKEN,
    Site,
    concrete,
    equipped_site,
    routes,
)
from tests.pipelines.scripted import CALL
from tests.support.kept import everything
from tools import TOOLS
from voiceagent.app.installation import access_for
from voiceagent.app.settings import Settings
from voiceagent.app.web.access import LEAST, RULES, Rule
from voiceagent.app.web.inbound_email import PATH as INBOUND
from voiceagent.app.web.seal import seal
from voiceagent.app.web.session import COOKIE, Sessions
from voiceagent.app.web.sign_in import FORM_COOKIE
from voiceagent.core.clock import SystemClock
from voiceagent.domain.looks import Role

ACCOUNT: Final = "AC" + "0" * 32
SECRET: Final = "token"
PUBLIC: Final = "http://127.0.0.1"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
OTHERS: Final = {"Via": "1.1 proxy"}
"""Not from this machine."""

RING: Final = {
    "AccountSid": ACCOUNT,
    "CallSid": "CA" + "7" * 32,
    "From": "+15551230000",
    "To": "+19375550100",
    "CallStatus": "ringing",
    "MessageSid": "SM" + "7" * 32,
    "MessageStatus": "delivered",
    "StreamSid": "MZ" + "7" * 32,
    "StreamEvent": "stream-started",
    "RecordingSid": "RE" + "7" * 32,
    "Digits": "1",
    "Body": "hello",
}


@dataclass(frozen=True, slots=True)
class Forgery:
    """One request of somebody who is not who they say."""

    name: str
    method: str
    path: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: FORM)


class NoProvider:
    """A provider whom nobody may ask; its parts are handed about without being asked."""

    def __getattr__(self, name: str) -> NoProvider:
        del name
        return self

    def __call__(self, *_: object, **__: object) -> None:
        raise AssertionError("a provider was asked")


def signature(url: str, fields: Mapping[str, str], secret: str = SECRET) -> str:
    return str(RequestValidator(secret).compute_signature(url, dict(fields)))


def of_the_carrier(path: str) -> Iterator[Forgery]:
    """A webhook of the carrier's, signed in every way but the right one."""
    url = concrete(path)
    good = signature(f"{PUBLIC}{url}", RING)
    body = urlencode(RING).encode()
    as_json = json.dumps(RING).encode()
    digest = hashlib.sha256(as_json).hexdigest()
    foreign = RING | {"AccountSid": "AC" + "9" * 32}
    signed: dict[str, tuple[str, bytes, Mapping[str, str]]] = {
        "unsigned": (url, body, {}),
        "an empty signature": (url, body, {"X-Twilio-Signature": ""}),
        "no base64": (url, body, {"X-Twilio-Signature": "nonsense"}),
        "random": (
            url,
            body,
            {"X-Twilio-Signature": base64.b64encode(secrets.token_bytes(20)).decode()},
        ),
        "cut short": (url, body, {"X-Twilio-Signature": good[:-4]}),
        "another letter case": (url, body, {"X-Twilio-Signature": good.swapcase()}),
        "another secret": (
            url,
            body,
            {"X-Twilio-Signature": signature(f"{PUBLIC}{url}", RING, "other")},
        ),
        "another path": (url, body, {"X-Twilio-Signature": signature(f"{PUBLIC}/elsewhere", RING)}),
        "another host": (
            url,
            body,
            {
                "X-Twilio-Signature": signature(f"https://evil.example{url}", RING),
                "X-Forwarded-Host": "evil.example",
                "X-Forwarded-Proto": "https",
            },
        ),
        "another field": (
            url,
            urlencode(RING | {"Extra": "1"}).encode(),
            {"X-Twilio-Signature": good},
        ),
        "another caller": (
            url,
            urlencode(RING | {"From": "+15550000000"}).encode(),
            {"X-Twilio-Signature": good},
        ),
        "a query": (f"{url}?leg=aaaaaaaaaaaa", body, {"X-Twilio-Signature": good}),
        "another account": (
            url,
            urlencode(foreign).encode(),
            {"X-Twilio-Signature": signature(f"{PUBLIC}{url}", foreign)},
        ),
        "another JSON": (
            f"{url}?bodySHA256={digest}",
            as_json + b" ",
            {
                "X-Twilio-Signature": signature(f"{PUBLIC}{url}?bodySHA256={digest}", {}),
                "Content-Type": "application/json",
            },
        ),
        "JSON without its digest": (
            url,
            as_json,
            {
                "X-Twilio-Signature": signature(f"{PUBLIC}{url}", {}),
                "Content-Type": "application/json",
            },
        ),
        "sha256": (
            url,
            body,
            {
                "X-Twilio-Signature": base64.b64encode(
                    hmac.digest(b"token", f"{PUBLIC}{url}".encode(), "sha256")
                ).decode()
            },
        ),
    }
    for name, (where, sent, headers) in signed.items():
        yield Forgery(name, "POST", path, where, sent, {**FORM, **headers})


def of_the_payment_provider(path: str) -> Iterator[Forgery]:
    paid = {"id": "cs_1", "payment_status": "paid", "amount_total": 20600, "currency": "usd"}
    event = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": paid}}
    body = json.dumps(event)
    now = int(SystemClock().now().timestamp())

    def header(secret: str, at: int, text: str = body) -> str:
        return str(stripe.WebhookSignature.generate_signature_header(text, secret, at))

    good = header("whsec", now)
    headers: dict[str, dict[str, str]] = {
        "unsigned": {},
        "empty": {"Stripe-Signature": ""},
        "nonsense": {"Stripe-Signature": "nonsense"},
        "another secret": {"Stripe-Signature": header("whsec_other", now)},
        "old": {"Stripe-Signature": header("whsec", now - 301)},
        "of tomorrow": {"Stripe-Signature": header("whsec", now + 400)},
        "another scheme": {"Stripe-Signature": good.replace("v1=", "v0=")},
        "another time": {"Stripe-Signature": good.replace(f"t={now}", f"t={now - 1}")},
        "no time": {"Stripe-Signature": good.partition(",")[2]},
        "another body": {"Stripe-Signature": header("whsec", now, body + " ")},
        "cut short": {"Stripe-Signature": good[:-2]},
        "two of them, both wrong": {"Stripe-Signature": f"t={now},v1=00,v1=11"},
    }
    for name, more in headers.items():
        sent = {"Content-Type": "application/json"} | more
        yield Forgery(name, "POST", path, path, body.encode(), sent)


def of_a_mail_provider(path: str) -> Iterator[Forgery]:
    """Letters with passwords and notices with signatures of others."""
    right = LETTERS["inbound_email_secret"]
    letter = b"From: ann@example.com\r\nMessage-ID: <1@x>\r\n\r\nMy AC died."
    for name, given in {
        "none": "",
        "bearer, one letter less": f"Bearer {right[:-1]}",
        "bearer, upper case": f"Bearer {right.upper()}",
        "no scheme": right,
        "basic, as the user": f"Basic {base64.b64encode(f'{right}:'.encode()).decode()}",
        "basic, another": f"Basic {base64.b64encode(b'x:another').decode()}",
        "basic, no base64": f"Basic {right}",
        "the tools' token": f"Bearer {API_TOKEN}",
    }.items():
        sent = {"Content-Type": "message/rfc822"} | ({"Authorization": given} if given else {})
        yield Forgery(name, "POST", path, path, letter, sent)
    body = b'{"type":"email.received","data":{"email_id":"e1"}}'
    now = int(SystemClock().now().timestamp())

    def notice(at: int, secret: bytes, text: bytes = body, version: str = "v1") -> dict[str, str]:
        key = base64.b64decode(secret)
        seal = hmac.digest(key, f"msg_1.{at}.".encode() + text, "sha256")
        signature = f"{version},{base64.b64encode(seal).decode()}"
        return {"svix-id": "msg_1", "svix-timestamp": str(at), "svix-signature": signature}

    ours = LETTERS["resend_webhook_secret"].removeprefix("whsec_").encode()
    good = notice(now, ours)
    for name, headers in {
        "another secret": notice(now, b"QUJE" * 8),
        "old": notice(now - 301, ours),
        "of tomorrow": notice(now + 400, ours),
        "another body": notice(now, ours, body + b" "),
        "another version": notice(now, ours, version="v0"),
        "another id": good | {"svix-id": "msg_2"},
        "another time": good | {"svix-timestamp": str(now - 1)},
        "no id": {k: v for k, v in good.items() if k != "svix-id"},
        "cut short": good | {"svix-signature": good["svix-signature"][:-2]},
        "empty": good | {"svix-signature": ""},
        "beyond ASCII": good | {"svix-signature": "v1,\u00e9"},
    }.items():
        yield Forgery(
            name, "POST", path, path, body, {"Content-Type": "application/json"} | headers
        )


def of_a_payment_link(path: str) -> Iterator[Forgery]:
    facts = secrets.token_bytes(34)
    near = hmac.digest(b"whsec", b"payment session:" + facts, "sha256")[:12]
    sessions = {
        "nothing sealed": "cs_local_AAAA",
        "random": f"cs_local_{_url64(secrets.token_bytes(46))}",
        "another secret": f"cs_local_{_url64(facts + hmac.digest(b'x', facts, 'sha256')[:12])}",
        "another amount": f"cs_local_{_url64(bytes([facts[0] ^ 1]) + facts[1:] + near)}",
        "cut short": f"cs_local_{_url64((facts + near)[:-1])}",
        "the provider's own": "cs_test_a1b2c3",
        "no base64": "cs_local_%21%21%21",
        "long": "cs_local_" + "A" * 4000,
    }
    for name, session in sessions.items():
        yield Forgery(name, "POST", path, f"/pay/{session}", b"")
        yield Forgery(name, "GET", path, f"/pay/{session}")


def of_a_token(path: str, method: str, right: str) -> Iterator[Forgery]:
    """A bearer token, for tools or figures."""
    given = {
        "none": None,
        "empty": "Bearer ",
        "no scheme": right,
        "basic": f"Basic {base64.b64encode(right.encode()).decode()}",
        "one letter less": f"Bearer {right[:-1]}",
        "one letter more": f"Bearer {right}x",
        "upper case": f"Bearer {right.upper()}",
        "two": f"Bearer {right}, Bearer {right}",
        "the other token": f"Bearer {TOKEN if right == API_TOKEN else API_TOKEN}",
        "beyond ASCII": "Bearer \u00e9",
    }
    for name, token in given.items():
        headers = OTHERS | {"Content-Type": "application/json"}
        sent = headers if token is None else headers | {"Authorization": token}
        yield Forgery(name, method, path, concrete(path), b"{}", sent)


def of_a_session(path: str, method: str, settings: Settings) -> Iterator[Forgery]:
    """A page or an act of the console, by cookies of nobody and of people who may not."""
    sessions = access_for(settings)[1]
    good = sessions.issue()
    other = Sessions(PASSWORD, "0" * 64, SystemClock(), secure=False).issue()
    cookies = {
        "none": "",
        "nonsense": "nonsense",
        "another installation's": other,
        "a letter changed": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "another role": good.replace("owner", "0wner") if "owner" in good else good + "owner",
        "cut short": good[: len(good) // 2],
    }
    if LEAST[RULES[path]] is not Role.VIEWER:
        cookies["a viewer's"] = sessions.issue(Role.VIEWER)
    for name, cookie in cookies.items():
        sent = OTHERS | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
        yield Forgery(name, method, path, concrete(path), b"", sent)
    if RULES[path] is Rule.OPERATES and method == "POST":
        for name, more in (
            ("another site", {"Origin": "https://evil.example"}),
            ("another site, as browsers say", {"Sec-Fetch-Site": "cross-site"}),
            ("a sister site", {"Sec-Fetch-Site": "same-site"}),
        ):
            sent = OTHERS | {"Cookie": f"{COOKIE}={good}"} | more
            yield Forgery(name, method, path, concrete(path), b"", sent)


def of_the_sign_in_form(path: str, settings: Settings) -> Iterator[Forgery]:
    sessions = access_for(settings)[1]
    form = sessions.form()
    right = PASSWORD
    for name, fields, cookie in (
        ("no cookie", {"form": form, "password": right}, ""),
        ("another cookie", {"form": form, "password": right}, sessions.form()),
        ("no form", {"password": right}, form),
        ("a form of nobody", {"form": "x", "password": right}, "x"),
        ("a wrong password", {"form": form, "password": "wrong horse battery"}, form),
        ("no password", {"form": form}, form),
    ):
        sent = FORM | OTHERS | {"Cookie": f"{FORM_COOKIE}={cookie}"}
        yield Forgery(name, "POST", path, path, urlencode(fields).encode(), sent)


def of_a_card(path: str) -> Iterator[Forgery]:
    """Links to hand-off cards, of other keys, times and leads."""
    key, until = "aaaaaaaaaaaa", "4102444800"
    wrong = seal(b"x", f"{key}:0:{until}")
    for name, query in (
        ("nothing", {}),
        ("no seal", {"lead": "0", "until": until}),
        ("an empty seal", {"lead": "0", "until": until, "seal": ""}),
        ("another key", {"lead": "0", "until": until, "seal": wrong}),
        ("cut short", {"lead": "0", "until": until, "seal": wrong[:32]}),
        ("no number", {"lead": "x", "until": until, "seal": wrong}),
        ("no time", {"lead": "0", "until": "never", "seal": wrong}),
        ("below nought", {"lead": "-1", "until": "-1", "seal": wrong}),
        ("NUL", {"lead": "\0", "until": until, "seal": "\0"}),
        ("long", {"lead": "0" * 500, "until": until, "seal": "0" * 5000}),
    ):
        yield Forgery(name, "GET", path, f"/handoff/{key}?{urlencode(query)}")


def forgeries(here: Site, settings: Settings) -> Iterator[Forgery]:  # noqa: C901 - one case per rule
    """All of them; a route whose rule nothing here forges is an error."""
    for method, path in routes(here.app):
        rule = RULES[path]
        if method in {"HEAD", "OPTIONS"} or path.startswith("/media"):
            continue
        if rule in LEAST:
            yield from of_a_session(path, method, settings)
        elif rule is Rule.TOOLS:
            yield from of_a_token(path, method, API_TOKEN)
        elif rule is Rule.FIGURES:
            yield from of_a_token(path, method, TOKEN)
        elif path == "/handoff/{id}":
            yield from of_a_card(path)
        elif path == "/webhooks/stripe":
            yield from of_the_payment_provider(path)
        elif path == INBOUND:
            yield from of_a_mail_provider(path)
        elif path == "/pay/{session_id}":
            yield from of_a_payment_link(path) if method == "POST" else ()
        elif rule is Rule.PROVEN:
            assert method == "POST", f"{path} proves itself in a way that nothing here forges"
            yield from of_the_carrier(path)
        elif path == "/sign-in" and method == "POST":
            yield from of_the_sign_in_form(path, settings)


async def test_forgeries_change_no_row_and_reach_no_provider(tmp_path: Path) -> None:
    passwords = {"console_password": PASSWORD, "console_viewer_password": "a viewer's password"}
    configured = Settings(state_dir=tmp_path, **passwords)  # type: ignore[arg-type]  # parsed
    seen = 0
    async with equipped_site(tmp_path, passwords, tools=TOOLS, rest=NoProvider()) as here:
        before = everything(here.store)
        for one in forgeries(here, configured):
            async with here.client.request(
                one.method, one.url, data=one.body, headers=one.headers, allow_redirects=False
            ) as answer:
                status = answer.status
            seen += 1
            who = (one.name, one.method, one.path, status)
            if RULES[one.path] in LEAST and one.method in {"GET", "HEAD"}:
                assert status in {303, 403}, who
            else:
                assert 400 <= status < 500, who
        seen += await media_sockets(here)
        assert everything(here.store) == before
    assert seen >= 400, seen


async def media_sockets(here: Site) -> int:
    """Streams of nobody: closed before anything is opened for them; how many."""
    seen = 0
    for path in ("/media", "/media/0", f"/media/{'ab' * 12}", f"/media/0/{'ab' * 12}"):
        for name, start in _starts().items():
            async with here.client.ws_connect(path) as socket:
                await socket.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
                await socket.send_str(json.dumps(start))
                message = await socket.receive(timeout=5)
                closed = {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}
                assert message.type in closed, (path, name)
            seen += 1
    return seen


def _starts() -> dict[str, dict[str, object]]:
    def start(**changes: object) -> dict[str, object]:
        inside = {
            "streamSid": "MZ" + "7" * 32,
            "accountSid": ACCOUNT,
            "callSid": CALL.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": "0" * 32},
        } | changes
        sid = inside["streamSid"]
        return {"event": "start", "sequenceNumber": "1", "streamSid": sid, "start": inside}

    return {
        "no token": start(customParameters={}),
        "an empty token": start(customParameters={"token": ""}),
        "a token of nobody": start(),
        "a long token": start(customParameters={"token": "0" * 400}),
        "a number": start(customParameters={"token": 5}),
        "another account": start(accountSid="AC" + "9" * 32),
    }


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
