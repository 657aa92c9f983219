"""Letters as providers hand them in, read however badly they are written."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from connectors.inbound_mail.mime import decoded, one_address, read_letter
from connectors.inbound_mail.sendgrid import letter_of_form
from connectors.resend.inbound import ResendInbox, check_signature, received_id
from voiceagent.domain.letters import Letter, Vouched
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable, VoiceAgentError

NOW = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a key of some bytes").decode()


def raw(*, html: str = "", picture: bytes = b"", **headers: str) -> bytes:
    """A letter of Ann's as it travels."""
    letter = EmailMessage()
    given = {"From": "Ann Lee <Ann@Example.com>", "To": "office@coolcare.example"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    for name, value in given.items():
        letter[name] = value
    letter.set_content("Mein Gerät ist kaputt.\n", charset="iso-8859-1", cte="quoted-printable")
    if html:
        letter.add_alternative(html, subtype="html")
    if picture:
        letter.add_attachment(picture, maintype="image", subtype="png", filename="unit.png")
    return letter.as_bytes()


def test_a_letter_as_it_travels() -> None:
    letter = read_letter(
        raw(
            html="<p>Mein Gerät</p>",
            picture=b"\x89PNG",
            Subject="=?utf-8?q?Ger=C3=A4t?=",
            Message_ID="<1@example.com>",
            References="<a@x>  <b@x>",
            Return_Path="<ann@example.com>",
            Authentication_Results="mx; spf=pass",
        )
    )
    assert letter.sender == "ann@example.com"
    assert letter.subject == "Gerät"
    assert letter.text.strip() == "Mein Gerät ist kaputt."
    assert "<p>Mein Gerät</p>" in letter.html
    assert (letter.letter_id, letter.references) == ("<1@example.com>", ("<a@x>", "<b@x>"))
    assert (letter.return_path, letter.attachments) == ("ann@example.com", 1)
    assert letter.vouched is Vouched.YES


@pytest.mark.parametrize(
    ("body", "attachments"),
    [
        (b"Content-Type: image/png\r\nContent-ID: <x>\r\n\r\nabc", 0),
        (b"Content-Type: image/png\r\n\r\nabc", 1),
        (b"Content-Type: message/rfc822\r\n\r\nFrom: b\r\n\r\nHi", 1),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nabc", 1),
        (b"Content-Type: text/plain; charset=no-such\r\n\r\nabc", 0),
        (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!", 0),
    ],
)
def test_what_came_with_it(body: bytes, attachments: int) -> None:
    assert read_letter(b"From: ann@example.com\r\n" + body).attachments == attachments


def test_an_empty_return_path_is_told_from_none() -> None:
    assert read_letter(raw(Return_Path="<>")).return_path == ""
    assert read_letter(raw()).return_path is None
    assert read_letter(raw(), return_path="").return_path == ""


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Ann <ann@example.com>", "ann@example.com"),
        ("ANN@example.com", "ann@example.com"),
        ("a@x.example, b@x.example", ""),
        ("undisclosed", ""),
        ("", ""),
        ('"a@x.example" <b@x.example>', "b@x.example"),
        ("<b@x.example>\r\nBcc: c@x.example", ""),
    ],
)
def test_the_one_who_wrote_it(written: str, address: str) -> None:
    assert one_address(written) in {address, "" if "\n" in written else address}


@given(st.binary(max_size=600))
def test_no_letter_is_too_broken(body: bytes) -> None:
    with suppress(PeerMisbehaved):
        read_letter(body)


@given(st.sampled_from([b"multipart/mixed", b"multipart/alternative"]), st.integers(1, 3000))
def test_parts_in_parts_have_an_end(kind: bytes, depth: int) -> None:
    part = b"Content-Type: " + kind + b"; boundary=b\r\n\r\n--b\r\n"
    with suppress(PeerMisbehaved):
        read_letter(b"From: ann@example.com\r\n" + part * depth)


@given(st.text(max_size=80))
def test_a_subject_is_one_line(written: str) -> None:
    assert "\n" not in decoded(f"=?utf-8?b?{base64.b64encode(written.encode()).decode()}?=")


def form(
    fields: Mapping[str, bytes], files: Mapping[str, bytes] | None = None
) -> tuple[str, bytes]:
    """A form as SendGrid posts it: type and body."""
    parts = [
        b'--xYzZY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(), value)
        for name, value in fields.items()
    ]
    parts += [
        b'--xYzZY\r\nContent-Disposition: form-data; name="%s"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n%s\r\n" % (name.encode(), value)
        for name, value in (files or {}).items()
    ]
    return "multipart/form-data; boundary=xYzZY", b"".join(parts) + b"--xYzZY--\r\n"


FIELDS: Mapping[str, bytes] = {
    "from": b"Ann Lee <ann@example.com>",
    "subject": b"My AC",
    "text": "It died, señor.".encode("latin-1"),
    "html": b"<p>It died</p>",
    "headers": b"Message-ID: <1@example.com>\nIn-Reply-To: <a@x>\nX-Two: a\nX-Two: b",
    "envelope": b'{"to":["office@coolcare.example"],"from":"ann@example.com"}',
    "charsets": b'{"text":"iso-8859-1","html":"UTF-8"}',
    "SPF": b"pass",
    "dkim": b"{@example.com : pass}",
}


def test_a_form_of_sendgrids() -> None:
    letter = letter_of_form(*form(FIELDS, {"attachment1": bytes(range(256))}))
    assert letter == Letter(
        "ann@example.com",
        "My AC",
        "It died, señor.",
        "<p>It died</p>",
        "<1@example.com>",
        ("<a@x>",),
        {"message-id": "<1@example.com>", "in-reply-to": "<a@x>", "x-two": "a\nb"},
        "ann@example.com",
        1,
        Vouched.YES,
    )


def test_a_raw_letter_in_a_form() -> None:
    fields = {"email": raw(Message_ID="<1@example.com>"), "envelope": b'{"from":""}'}
    letter = letter_of_form(*form(fields))
    assert letter.text.strip() == "Mein Gerät ist kaputt."
    assert letter.return_path == ""


@pytest.mark.parametrize(
    ("fields", "vouched"),
    [
        ({"SPF": b"fail", "dkim": b"none"}, Vouched.NO),
        ({"SPF": b"softfail", "dkim": b"{@example.com : pass}"}, Vouched.YES),
        ({"SPF": b"none", "dkim": b"none"}, Vouched.UNKNOWN),
        (
            {"SPF": b"", "dkim": b"", "headers": b"Authentication-Results: mx; dmarc=fail"},
            Vouched.NO,
        ),
    ],
)
def test_who_vouches(fields: Mapping[str, bytes], vouched: Vouched) -> None:
    assert letter_of_form(*form({**FIELDS, **fields})).vouched is vouched


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data", b"nothing"),
        ("text/plain", b"nothing"),
        form({"subject": b"x"}),
    ],
)
def test_what_is_no_form_of_sendgrids(kind: str, body: bytes) -> None:
    with pytest.raises(PeerMisbehaved):
        letter_of_form(kind, body)


@given(st.binary(max_size=300))
def test_no_form_is_too_broken(body: bytes) -> None:
    with suppress(PeerMisbehaved):
        letter_of_form("multipart/form-data; boundary=x", b"--x\r\n" + body)


def signed(
    body: bytes, at: datetime = NOW, secret: str = SECRET, name: str = "msg_1"
) -> dict[str, str]:
    """The headers of a notice of Resend's."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = str(int(at.timestamp()))
    text = f"{name}.{stamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return {"svix-id": name, "svix-timestamp": stamp, "svix-signature": f"v1,{signature}"}


def test_a_signature_that_holds() -> None:
    check_signature(SECRET, signed(b"{}"), b"{}", NOW)
    two = signed(b"{}") | {"svix-signature": "v1,AAAA " + signed(b"{}")["svix-signature"]}
    check_signature(SECRET, two, b"{}", NOW)


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b"{}", "email.signature"),
        (signed(b"{}"), b"{} ", "email.signature"),
        (signed(b"{}") | {"svix-id": "msg_2"}, b"{}", "email.signature"),
        (signed(b"{}") | {"svix-timestamp": "1"}, b"{}", "email.signature"),
        (signed(b"{}", secret="whsec_AAAA"), b"{}", "email.signature"),
        (signed(b"{}") | {"svix-signature": ""}, b"{}", "email.signature"),
        (
            signed(b"{}") | {"svix-signature": signed(b"{}")["svix-signature"].replace("v1", "v2")},
            b"{}",
            "email.signature",
        ),
        (signed(b"{}") | {"svix-signature": "v1,é"}, b"{}", "email.signature"),
        (signed(b"{}", name=""), b"{}", "email.signature"),
        (signed(b"{}", NOW - timedelta(seconds=301)), b"{}", "email.stale"),
        (signed(b"{}", NOW + timedelta(seconds=301)), b"{}", "email.stale"),
    ],
)
def test_a_signature_that_does_not(headers: dict[str, str], body: bytes, code: str) -> None:
    with pytest.raises(PeerMisbehaved) as refused:
        check_signature(SECRET, headers, body, NOW)
    assert refused.value.code == code


def test_a_secret_that_is_none_is_the_owners_to_mend() -> None:
    with pytest.raises(OwnerFixable):
        check_signature("whsec_!", signed(b"{}"), b"{}", NOW)


def test_what_a_notice_is_about() -> None:
    notice = {"type": "email.received", "data": {"email_id": "e1", "from": "x"}, "created_at": ""}
    assert received_id(json.dumps(notice).encode()) == "e1"
    assert received_id(b'{"type":"email.sent","data":{"email_id":"e1"}}') == ""
    for body in (b"{", b"[]", b'{"type":1}', b"[" * 9000):
        with pytest.raises(PeerMisbehaved):
            received_id(body)


RECEIVED: Mapping[str, object] = {
    "object": "email",
    "from": "Ann Lee <ann@example.com>",
    "subject": None,
    "text": "It died.",
    "html": None,
    "message_id": "<1@example.com>",
    "headers": {"References": "<a@x>", "Return-Path": "<ann@example.com>", "Received": ["a", "b"]},
    "attachments": [
        {"content_disposition": "inline"},
        {"content_disposition": "attachment"},
        {"filename": "x"},
    ],
}


async def test_a_letter_is_fetched_from_resend() -> None:
    asked: list[tuple[str, str | None]] = []

    async def give(request: web.Request) -> web.Response:
        asked.append((request.path_qs, request.headers.get("Authorization")))
        status = {"gone": 404, "down": 503, "no": 401}.get(request.match_info["id"], 200)
        body = "[" if request.match_info["id"] == "odd" else json.dumps(RECEIVED)
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_get("/emails/receiving/{id}", give)
    async with TestServer(app) as server, ClientSession() as http:
        inbox = ResendInbox(http, "re_1", base_url=str(server.make_url("/")))
        letter = await inbox.fetch("e/1")
        refused: dict[str, type[VoiceAgentError]] = {
            "gone": PeerMisbehaved, "odd": PeerMisbehaved, "down": Unavailable, "no": OwnerFixable
        }  # fmt: skip
        for name, kind in refused.items():
            with pytest.raises(VoiceAgentError) as failed:
                await inbox.fetch(name)
            assert type(failed.value) is kind
    assert asked[0] == ("/emails/receiving/e%2F1?html_format=cid", "Bearer re_1")
    assert (letter.sender, letter.text, letter.attachments) == ("ann@example.com", "It died.", 2)
    assert letter.references == ("<a@x>",)
    assert letter.headers["received"] == "a\nb"
