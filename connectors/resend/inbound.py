"""Letters that Resend takes in: a signed notice that one has come, and the letter behind it.

The notice is signed as Svix signs webhooks (HMAC-SHA256 over id, time and body); the letter itself
is fetched. A notice of an hour ago, though well signed, is a replay.

Sources: https://resend.com/docs/webhooks/emails/received,
https://resend.com/docs/api-reference/emails/retrieve-received-email,
https://docs.svix.com/receiving/verifying-payloads/how-manual.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.exchange import NO_ANSWER, exchange
from connectors.inbound_mail.mime import one_address
from connectors.resend.sender import TIMEOUT_S
from voiceagent.domain.letters import Letter, letter_names, vouched_in
from voiceagent.domain.public_apis import RESEND_API
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable

TOLERANCE_S: Final = 300
SIGNED: Final = "svix-signature"
_MOST_BYTES: Final = 4 * 1024 * 1024
_PREFIX: Final = "whsec_"
_OK, _NOT_FOUND, _UNAUTHORIZED, _FORBIDDEN = 200, 404, 401, 403


class _Foreign(BaseModel):
    """Resend adds fields as it likes."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Data(_Foreign):
    email_id: str = Field(default="", max_length=100)


class _Notice(_Foreign):
    type: str = Field(max_length=100)
    data: _Data = _Data()


class _Attachment(_Foreign):
    content_disposition: str | None = None


class _Received(_Foreign):
    sender: str = Field(alias="from")
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    message_id: str | None = None
    headers: dict[str, str | list[str]] | None = None
    attachments: list[_Attachment] = []


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Whether a notice is Resend's and of now.

    Args:
        secret: of the webhook, ``whsec_…``.
        headers: of the request.
        body: as it was sent.
        now: aware.

    Raises:
        PeerMisbehaved: ``email.signature``, ``email.stale``.
        OwnerFixable: ``email.secret``: the secret is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise OwnerFixable(
            "email.secret", "A signing secret looks like whsec_….", where="RESEND_WEBHOOK_SECRET"
        ) from error
    name, at = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
    signed = b".".join((name.encode(), at.encode(), body))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [
        signature
        for version, comma, signature in (
            one.partition(",") for one in headers.get(SIGNED, "").split()
        )
        if comma and version == "v1" and signature.isascii()
    ]
    fits = [hmac.compare_digest(one, wanted) for one in given]
    if not name or not any(fits):
        raise PeerMisbehaved("email.signature", "This is not Resend's signature.")
    if not at.isascii() or not at.isdigit() or abs(now.timestamp() - int(at[:15])) > TOLERANCE_S:
        raise PeerMisbehaved("email.stale", "This notice is not of now.")


def received_id(body: bytes) -> str:
    """The id of the letter that a notice is about; "" when it is about something else.

    Raises:
        PeerMisbehaved: ``email.notice``: it is no notice of Resend's.
    """
    try:
        notice = _Notice.model_validate_json(body)
    except ValidationError as error:
        raise PeerMisbehaved("email.notice", "This is no notice of Resend's.") from error
    return notice.data.email_id if notice.type == "email.received" else ""


class ResendInbox:
    """Fetches letters that Resend took in.

    Args:
        http: an open session.
        api_key: of the owner's.
        base_url: another server that speaks the protocol.
    """

    def __init__(
        self, http: aiohttp.ClientSession, api_key: str, *, base_url: str = RESEND_API
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._url = f"{base_url.rstrip('/')}/emails/receiving"

    async def fetch(self, email_id: str) -> Letter:
        """A letter by its id.

        Raises:
            Unavailable: ``email.unavailable``: Resend can be asked again.
            PeerMisbehaved: ``email.notice``: there is no such letter, or it is none.
            OwnerFixable: ``email.login``.
        """
        try:
            answer = await exchange(
                self._http,
                "GET",
                f"{self._url}/{quote(email_id, safe='')}?html_format=cid",
                headers={"Authorization": f"Bearer {self._api_key}"},
                body=None,
                deadline_s=TIMEOUT_S,
                most_bytes=_MOST_BYTES,
            )
        except NO_ANSWER as error:
            problem = f"Resend: {type(error).__name__}."
            raise Unavailable("email.unavailable", problem) from error
        if answer.status in {_UNAUTHORIZED, _FORBIDDEN}:
            said = f"Resend answered {answer.status}."
            raise OwnerFixable("email.login", said, where="RESEND_API_KEY")
        if answer.status == _NOT_FOUND:
            raise PeerMisbehaved("email.notice", "There is no such letter.")
        if answer.status != _OK:
            raise Unavailable("email.unavailable", f"Resend answered {answer.status}.")
        return _letter(answer.body)


def _letter(body: bytes) -> Letter:
    try:
        got = _Received.model_validate(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise PeerMisbehaved("email.notice", "This is no letter.") from error
    headers = {
        name.lower(): value if isinstance(value, str) else "\n".join(value)
        for name, value in (got.headers or {}).items()
    }
    names = letter_names(got.message_id or headers.get("message-id", ""))
    before = headers.get("references", "") or headers.get("in-reply-to", "")
    return Letter(
        sender=one_address(got.sender),
        subject=" ".join((got.subject or "").split()),
        text=got.text or "",
        html=got.html or "",
        letter_id=names[0] if names else "",
        references=letter_names(before),
        headers=headers,
        return_path=headers.get("return-path"),
        attachments=sum(one.content_disposition != "inline" for one in got.attachments),
        vouched=vouched_in(headers.get("authentication-results", "")),
    )
