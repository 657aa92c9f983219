"""The way in for webhooks: a form that is small, signed for our public URL, and ours.

Twilio signs the full URL it was told to call together with all form fields. What the request says
about itself (Host, X-Forwarded-*, its scheme) is the sender's word, so the URL is put together
from the configured address and our own path; only the query string is taken from the request,
being covered by the signature.

What is signed is the *joined text* of address, names and values, without borders between them: the
text stays the same when the end of one value becomes the beginning of the next name. So every field
that makes a request different from another must have a shape that leaves no room for that (`sid`,
`leg`). A JSON body is signed otherwise: the address carries the SHA-256 of the body.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from urllib.parse import parse_qsl

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from twilio.request_validator import RequestValidator

from telephony.http_errors import Refused
from telephony.twilio.account import TwilioAccount
from telephony.twilio.twiml import LEG_CHARS
from voiceagent.domain.storable import is_storable
from voiceagent.errors import OwnerFixable

MAX_FORM_BYTES = 64 * 1024
READ_S = 5.0
SIGNATURE_HEADER = "X-Twilio-Signature"

BODY_DIGEST = "bodySHA256"
"""Query parameter with the digest of a JSON body."""

_HEX = "[0-9a-fA-F]{32}"
_SHAPES = {
    "AccountSid": re.compile(f"AC{_HEX}"),
    "CallSid": re.compile(f"CA{_HEX}"),
    "MessageSid": re.compile(f"(?:SM|MM){_HEX}"),
    "RecordingSid": re.compile(f"RE{_HEX}"),
    "StreamSid": re.compile(f"MZ{_HEX}"),
}
"""Identifiers of the carrier, by field. Source: https://www.twilio.com/docs/glossary/what-is-a-sid"""

_LEG = re.compile(f"[A-Za-z0-9_-]{{{LEG_CHARS}}}")
_MAX_FIELDS = 200
_FORM_TYPE = "application/x-www-form-urlencoded"
_JSON_TYPE = "application/json"


class Signatures(StrEnum):
    """Whether webhooks must be signed. OFF is for a machine that nobody else can reach."""

    REQUIRED = "required"
    OFF = "off"


class Form:
    """The fields of a webhook. Iteration and `getall` are what Twilio's validator asks for."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in pairs:
            self._fields.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def getall(self, name: str) -> Sequence[str]:
        """All values of a field."""
        return self._fields.get(name, [])

    def get(self, name: str) -> str:
        """The field's first value, ``""`` when missing."""
        return next(iter(self.getall(name)), "")

    def sid(self, name: str) -> str:
        """An identifier that must be there once; raises `Refused` 400 ``webhook.bad_field``."""
        values = self.getall(name)
        if len(values) != 1 or not _SHAPES[name].fullmatch(values[0]):
            raise bad_field(name)
        return values[0]

    def count(self, name: str) -> int | None:
        """A number of up to nine digits, ``None`` when missing; raises `Refused` otherwise."""
        value = self.get(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 10):  # noqa: PLR2004
            raise bad_field(name)
        return int(value)


def leg(request: web.Request) -> str:
    """The leg in the address of a callback (see `twilio_twiml`), ``""`` when there is none.

    Raises:
        Refused: 400 ``webhook.bad_field`` when it is not one that we could have given out.
    """
    values = request.query.getall("leg", [])
    others = request.query.keys() - {"leg", BODY_DIGEST}
    if others or len(values) > 1 or (values and not _LEG.fullmatch(values[0])):
        raise bad_field("leg")
    return values[0] if values else ""


def bad_field(name: str) -> Refused:
    """The refusal of one field."""
    return Refused(400, "webhook.bad_field", f"{name} is missing or malformed.", field=name)


class FormReader:
    """Reads and verifies webhooks.

    Args:
        account: whose signature and AccountSid are wanted, and the public URL.
        signatures: on by default.

    Raises:
        OwnerFixable: ``webhook.unsigned`` when signatures are off for a public https address.
    """

    def __init__(
        self, account: TwilioAccount, *, signatures: Signatures = Signatures.REQUIRED
    ) -> None:
        if signatures is Signatures.OFF and account.public_url.startswith("https:"):
            raise OwnerFixable(
                "webhook.unsigned", "Signatures can be off for this machine's own addresses only."
            )
        self._account = account
        self._signatures = signatures
        self._validator = RequestValidator(account.auth_token)

    async def read(self, request: web.Request, path: str) -> Form:
        """The form of a request to our `path`.

        Raises:
            Refused: 400 neither a form nor a JSON object, 408 too slow, 413 too large, 415
                compressed, 403 not signed or not for us.
        """
        body = await _body(request)
        is_json = request.content_type == _JSON_TYPE
        form = _parse_json(body) if is_json else _parse(body)
        if self._signatures is Signatures.REQUIRED:
            self._verify(request, path, body if is_json else form)
        given = form.get("AccountSid").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._account.account_sid.encode()):
            raise Refused(
                403, "webhook.foreign_account", "This account is not ours.", field="AccountSid"
            )
        return form

    def _verify(self, request: web.Request, path: str, signed: Form | bytes) -> None:
        """`signed` is a form, or a JSON body, whose digest must be in the address."""
        given = request.headers.getall(SIGNATURE_HEADER, [])
        if len(given) != 1 or not given[0]:
            raise Refused(403, "webhook.unsigned", "One signature is needed.")
        query = request.rel_url.raw_query_string
        url = self._account.url(path) + (f"?{query}" if query else "")
        digests = request.query.getall(BODY_DIGEST, [])
        params: Form | str = ""
        if isinstance(signed, Form):
            params = signed
        elif len(digests) != 1:
            raise Refused(403, "webhook.unsigned", "A JSON body needs its digest in the address.")
        else:
            params = signed.decode()  # was read as JSON, and so is UTF-8
        if not self._validator.validate(url, params, given[0]):
            raise Refused(403, "webhook.bad_signature", "The signature does not match.")


async def _body(request: web.Request) -> bytes:
    if request.content_type not in {_FORM_TYPE, _JSON_TYPE}:
        raise Refused(400, "webhook.not_a_form", "A URL-encoded form or JSON is needed.")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise Refused(415, "webhook.encoded", "Send the form as it is, not compressed.")
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > MAX_FORM_BYTES:
                    raise Refused(413, "webhook.too_large", "The form is larger than 64 kB.")
    except TimeoutError:
        raise Refused(408, "webhook.too_slow", "The form did not arrive in time.") from None
    except (HttpProcessingError, web.RequestPayloadError, OSError):
        raise Refused(400, "webhook.not_a_form", "The form did not arrive whole.") from None
    return bytes(body)


def _parse(body: bytes) -> Form:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise Refused(400, "webhook.not_a_form", "The form cannot be read.") from None
    return _form(pairs)


def _parse_json(body: bytes) -> Form:
    """The texts and numbers of a JSON object; what is nested is none of ours."""
    try:
        fields: object = json.loads(body.decode(), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, tuple) or len(fields) > _MAX_FIELDS:
        raise Refused(400, "webhook.not_a_form", "The JSON cannot be read.")
    return _form(
        [(n, str(v)) for n, v in fields if isinstance(v, str | int) and not isinstance(v, bool)]
    )


def _form(pairs: Sequence[tuple[str, str]]) -> Form:
    """The fields, of which each can be written down: no NUL, no half of a surrogate pair.

    The carrier sends neither, and a database keeps neither.
    """
    text = "".join(part for pair in pairs for part in pair)
    if not is_storable(text):
        raise Refused(400, "webhook.not_a_form", "The form holds what is no text.")
    return Form(pairs)
