"""Letters that providers hand in: who may, how they are read, and the desk that answers them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import aiohttp
from loguru import logger

from channels.email import EMAIL, letter_in
from connectors.inbound_mail.mime import read_letter
from connectors.inbound_mail.sendgrid import letter_of_form
from connectors.resend.inbound import SIGNED, ResendInbox, check_signature, received_id
from voiceagent.app.settings import Settings
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.domain.letters import (
    MOST_ANSWERS_A_DAY,
    Letter,
    Unanswered,
    letterhead,
    why_unanswered,
)
from voiceagent.domain.threads import NewMessage, ThreadMessage
from voiceagent.errors import PeerMisbehaved
from voiceagent.ports.threads import Threads

_DAY: Final = timedelta(days=1)
_RAW: Final = "message/rfc822"
_FORM: Final = "multipart/form-data"


class MailDesk(Protocol):
    """Answers messages, each person's one after the other."""

    def new_message(
        self, name: str, sender: str, text: str, *, message_id: str = "", patience_s: float
    ) -> NewMessage:
        """See `channels.desk.TextDesk.new_message`."""
        ...

    async def receive(self, message: NewMessage) -> ThreadMessage:
        """See `channels.desk.TextDesk.receive`."""
        ...


class LetterHooks:
    """What becomes of a letter.

    Args:
        desk: answers.
        threads: how much somebody has written lately.
        clock: what "now" is.
        ours: the address that we write from.
    """

    def __init__(self, desk: MailDesk, threads: Threads, clock: Clock, ours: str) -> None:
        self._desk = desk
        self._threads = threads
        self._clock = clock
        self._ours = ours

    async def take(self, letter: Letter) -> Unanswered | None:
        """Keep a letter, to be answered in its turn; why it is not, where nobody answers it.

        The same letter again is the same message, and has no further effect.

        Raises:
            Unavailable: it could not be kept.
            CallerFixable: see `channels.desk.TextDesk.new_message`.
        """
        if (why := why_unanswered(letter, self._ours)) is not None:
            return why
        message = self._desk.new_message(
            EMAIL.name,
            letter.sender,
            EMAIL.heard(letter_in(letter)),
            message_id=_name_of(letter),
            patience_s=0.0,
        )
        since = self._clock.now() - _DAY
        known = {one.key for one in await self._threads.history(message.person)}
        written = await self._threads.written_since(message.person, EMAIL.name, since)
        if message.key not in known and written >= MOST_ANSWERS_A_DAY:
            logger.warning("email.too_many: one person in a day")
            return Unanswered.TOO_MANY
        await self._desk.receive(replace(message, letter=letterhead(letter)))
        return None


def _name_of(letter: Letter) -> str:
    """By what a letter is known when it comes again; its words, where it has no name."""
    told = letter.letter_id or f"{letter.subject}\0{letter.text}\0{letter.html}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:40]


class LettersTaken:
    """Reads requests of those who may hand letters in.

    Args:
        inbox: fetches what Resend has; ``None`` where it is not set up.
        notices: the secret that signs its notices; "" for none.
        password: of everybody else; "" lets nobody in.
        now: real time, for signatures.
    """

    def __init__(
        self,
        inbox: ResendInbox | None,
        notices: str,
        password: str,
        now: Callable[[], datetime],
    ) -> None:
        self._inbox = inbox
        self._notices = notices
        self._password = password
        self._now = now

    def may_be_long(self, headers: Mapping[str, str]) -> bool:
        """Whether a request has shown by its headers alone that it may hand letters in.

        Raises:
            PeerMisbehaved: ``email.password``: it has shown nothing.
        """
        if self._password and _password(headers.get("Authorization", ""), self._password):
            return True
        if SIGNED in {name.lower() for name in headers} and self._notices and self._inbox:
            return False
        raise PeerMisbehaved("email.password", "Nobody may hand in letters without a password.")

    async def read(self, headers: Mapping[str, str], body: bytes) -> Letter | None:
        """The letter of a request; ``None`` for a notice of something else.

        Raises:
            PeerMisbehaved: it is forged, a replay, or no letter.
            Unavailable: the letter cannot be fetched now.
            OwnerFixable: our keys are wrong.
        """
        if not self.may_be_long(headers):
            return await self._noticed(headers, body)
        kind = headers.get("Content-Type", "")
        if kind.partition(";")[0].strip().lower() == _FORM:
            return letter_of_form(kind, body)
        if kind.partition(";")[0].strip().lower() == _RAW:
            return read_letter(body)
        raise PeerMisbehaved("email.kind", "Letters come as a form or as message/rfc822.")

    async def _noticed(self, headers: Mapping[str, str], body: bytes) -> Letter | None:
        plain = {name.lower(): value for name, value in headers.items()}
        check_signature(self._notices, plain, body, self._now())
        email_id = received_id(body)
        return await self._inbox.fetch(email_id) if email_id and self._inbox else None


def letters_taken(settings: Settings, http: aiohttp.ClientSession) -> LettersTaken | None:
    """Who may hand letters in, by the settings; ``None`` for nobody."""
    if not settings.takes_email:
        return None
    key = settings.resend_api_key.get_secret_value()
    inbox = ResendInbox(http, key, base_url=settings.resend_api_url) if key else None
    return LettersTaken(
        inbox,
        settings.resend_webhook_secret.get_secret_value(),
        settings.inbound_email_secret.get_secret_value(),
        SystemClock().now,
    )


def _password(authorization: str, wanted: str) -> bool:
    """Whether a request brings the password, as HTTP Basic (whoever's) or as a bearer token."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    digests = [hashlib.sha256(one.encode(errors="replace")).digest() for one in (given, wanted)]
    return hmac.compare_digest(*digests)
