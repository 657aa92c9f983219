"""Electronic mail to customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Email:
    """A letter in plain text.

    Attributes:
        key: makes it recognisable: the same key is the same letter.
        to: whom it is for.
        subject: on one line.
        body: all of it.
        answers: the name of the letter that it answers; "" for none.
        references: names of the letters before it in its thread, the oldest first.
    """

    key: str
    to: str
    subject: str
    body: str
    answers: str = ""
    references: tuple[str, ...] = ()


class EmailSender(Protocol):
    """Sends e-mail."""

    async def send_email(self, email: Email) -> str:
        """Send; returns the letter's Message-ID.

        Raises:
            Unavailable: it was not sent, and may be tried again.
            FateUnknown: it may have been sent.
            CallerFixable: ``email.refused``: no letter will ever get there.
        """
        ...
