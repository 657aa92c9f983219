"""E-mail through an SMTP server (RFC 5321), in plain text.

The letter's Message-ID is made of its key, so that a letter that had to be sent again is the same
one to whoever looks. Blocking sockets in a thread: a handful of letters a day, each bounded.

Sources: https://docs.python.org/3/library/smtplib.html,
https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1 (4xx: try again, 5xx: never).
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import formataddr, formatdate

from connectors.letter_marks import marks_of
from voiceagent.domain.mail_server import MailServer, is_email
from voiceagent.errors import CallerFixable, FateUnknown, OwnerFixable, Unavailable
from voiceagent.ports.email import Email

TIMEOUT_S = 8.0
"""Of each step of the exchange, and of all of it: below what a delivery may take."""

_NEVER = 500
_NO_MAILBOX = frozenset({550, 551, 553, 501})


class SmtpSender:
    """`ports.email.EmailSender` over SMTP.

    Args:
        server: see `MailServer`.
        sender: address of the business.
        name: of the business, beside it.
        tls: how the server is known; by the machine's certificates when left out.
    """

    def __init__(
        self, server: MailServer, sender: str, name: str, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._sender = sender
        self._name = name
        self._tls = tls or ssl.create_default_context()

    async def send_email(self, email: Email) -> str:
        """See `ports.email.EmailSender.send_email`.

        Raises:
            Unavailable: ``email.unavailable``.
            FateUnknown: ``email.fate_unknown``: the connection was lost when all had been said.
            CallerFixable: ``email.refused``: the server takes nothing for that address.
            OwnerFixable: ``email.login``, ``email.tls``, ``email.server``.
        """
        if not is_email(email.to):
            raise CallerFixable("email.refused", "This is no e-mail address.", field="email")
        letter = self._letter(email)
        await asyncio.to_thread(self._hand_in, email.to, letter)
        return str(letter["Message-ID"])

    def _letter(self, email: Email) -> EmailMessage:
        letter = EmailMessage(policy=policy.SMTP)
        letter["From"] = formataddr((self._name, self._sender))
        letter["To"] = email.to
        letter["Subject"] = " ".join(email.subject.split())
        letter["Date"] = formatdate()
        for name, value in marks_of(email, self._sender).items():
            letter[name] = value
        letter.set_content(email.body, cte="quoted-printable")
        return letter

    def _hand_in(self, to: str, letter: EmailMessage) -> None:
        try:
            with self._connected() as smtp:
                self._introduce(smtp)
                _say(smtp, to, self._sender, letter)
        except smtplib.SMTPServerDisconnected as error:
            raise Unavailable("email.unavailable", "The mail server hung up.") from error
        except ssl.SSLError as error:
            raise OwnerFixable(
                "email.tls", "The mail server cannot be trusted.", where="SMTP_URL"
            ) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable("email.unavailable", "The mail server is not there.") from error

    def _connected(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.secure:
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=self._tls)
        return smtplib.SMTP(host, port, timeout=TIMEOUT_S)

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        if not self._server.secure and not self._server.local:
            try:
                smtp.starttls(context=self._tls)
            except smtplib.SMTPNotSupportedError as error:
                raise OwnerFixable(
                    "email.tls", "The mail server does not encrypt.", where="SMTP_URL"
                ) from error
        if self._server.user:
            try:
                smtp.login(self._server.user, self._server.password)
            except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
                raise OwnerFixable(
                    "email.login", "The mail server does not take the password.", where="SMTP_URL"
                ) from error


def _say(smtp: smtplib.SMTP, to: str, sender: str, letter: EmailMessage) -> None:
    """The envelope, then the letter; from its end on nobody knows what became of it."""
    smtp.ehlo_or_helo_if_needed()
    _must(smtp.mail(sender))
    code, _ = smtp.rcpt(to)
    if code in _NO_MAILBOX:
        raise CallerFixable("email.refused", "There is no such mailbox.", field="email")
    _must((code, b""))
    try:
        _must(smtp.data(letter.as_bytes()))
    except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError) as error:
        raise FateUnknown("email.fate_unknown", "The mail server did not answer.") from error


def _must(reply: tuple[int, bytes]) -> None:
    code, _ = reply
    if not 200 <= code < 300:  # noqa: PLR2004 - RFC 5321
        raise smtplib.SMTPResponseException(code, b"")


def _refusal(code: int) -> Unavailable | OwnerFixable:
    if code >= _NEVER:
        return OwnerFixable("email.server", f"The mail server refused ({code}).", where="SMTP_URL")
    return Unavailable("email.unavailable", f"The mail server is busy ({code}).")
