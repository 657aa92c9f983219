"""E-mail through Resend's REST interface.

The same letter again carries the same key, and Resend sends it once; it keeps keys for a day, the
outbox tries for 23 hours.

Sources: https://resend.com/docs/api-reference/emails/send-email,
https://resend.com/docs/dashboard/emails/idempotency-keys,
https://resend.com/docs/api-reference/errors.
"""

from __future__ import annotations

import json
from email.utils import formataddr
from typing import Final

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.exchange import NO_ANSWER, HttpAnswer, exchange
from connectors.letter_marks import marks_of
from voiceagent.domain.letters import own_letter_name
from voiceagent.domain.mail_server import is_email
from voiceagent.domain.public_apis import RESEND_API
from voiceagent.errors import CallerFixable, OwnerFixable, Unavailable
from voiceagent.ports.email import Email

TIMEOUT_S: Final = 8.0
_MOST_BYTES: Final = 64 * 1024
_OK, _UNAUTHORIZED, _FORBIDDEN, _CONFLICT = 200, 401, 403, 409
_UNPROCESSABLE, _TOO_MANY, _SERVER = 422, 429, 500
_LONGEST_KEY: Final = 256


class _Problem(BaseModel):
    """What Resend says of a request that it does not take; more may be in it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = ""


class ResendSender:
    """`ports.email.EmailSender` at Resend.

    Args:
        http: an open session.
        api_key: of the owner's.
        sender: address of the business, of a domain that is theirs at Resend.
        name: of the business, beside it.
        base_url: another server that speaks the protocol.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        api_key: str,
        sender: str,
        name: str,
        *,
        base_url: str = RESEND_API,
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._sender = sender
        self._name = name
        self._url = f"{base_url.rstrip('/')}/emails"

    async def send_email(self, email: Email) -> str:
        """See `ports.email.EmailSender.send_email`; the letter's Message-ID.

        Raises:
            Unavailable: ``email.unavailable``: also when the answer was lost, as asking again does
                not send it twice.
            CallerFixable: ``email.refused``.
            OwnerFixable: ``email.login``, ``email.server``.
        """
        if not is_email(email.to):
            raise CallerFixable("email.refused", "This is no e-mail address.", field="email")
        headers = {
            "Authorization": f"Bearer {self._api_key}",
            "Content-Type": "application/json",
            "Idempotency-Key": email.key[:_LONGEST_KEY],
        }
        letter = {
            "from": formataddr((self._name, self._sender)),
            "to": [email.to],
            "subject": " ".join(email.subject.split()),
            "text": email.body,
            "headers": dict(marks_of(email, self._sender)),
        }
        try:
            answer = await exchange(
                self._http,
                "POST",
                self._url,
                headers=headers,
                body=json.dumps(letter).encode(),
                deadline_s=TIMEOUT_S,
                most_bytes=_MOST_BYTES,
            )
        except NO_ANSWER as error:
            problem = f"Resend: {type(error).__name__}."
            raise Unavailable("email.unavailable", problem) from error
        if answer.status != _OK:
            raise _refusal(answer)
        return own_letter_name(email.key, self._sender)


def _refusal(answer: HttpAnswer) -> CallerFixable | OwnerFixable | Unavailable:
    """Who can act on an answer that is no success."""
    try:
        name = _Problem.model_validate_json(answer.body).name
    except ValidationError:
        name = ""
    said = f"Resend answered {answer.status}."
    if answer.status in {_UNAUTHORIZED, _FORBIDDEN}:
        return OwnerFixable("email.login", said, where="RESEND_API_KEY")
    waits = name == "concurrent_idempotent_requests"
    if waits or answer.status == _TOO_MANY or answer.status >= _SERVER:
        return Unavailable("email.unavailable", said, retry_after_s=answer.retry_after_s)
    if answer.status == _UNPROCESSABLE and name == "invalid_to_address":
        return CallerFixable("email.refused", "There is no such mailbox.", field="email")
    return OwnerFixable("email.server", said, where="EMAIL_FROM")
