"""The people we know, and how they show who they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from voiceagent.domain.records import CallId, Customer

ONE_TIME_CODE: Final = "{one_time_code}"
"""Stands for the code in the text that carries it."""

MOST_CODES_A_CALL: Final = 2
MOST_CODES_A_NUMBER_AND_DAY: Final = 5
MOST_CODES_A_PREFIX_AND_HOUR: Final = 10
MOST_CODES_AN_HOUR: Final = 60
"""Texts cost money, and somebody earns it (SMS pumping): codes per call, number, range of numbers
that differ in their last four digits, and business."""

PREFIX_LEAVES: Final = 4


class Customers(Protocol):
    """People we know. A number may be of several; who is calling is not told by it."""

    async def at_number(self, phone: str) -> Sequence[Customer]:
        """The customers with this number, who was there first standing first."""
        ...

    async def get(self, customer_id: str) -> Customer | None:
        """One customer, by an id of ours."""
        ...


class CodeGuesses(Protocol):
    """Codes that did not fit, by the number they were tried at. All may raise `Unavailable`."""

    async def wrong(self, call_id: CallId, phone: str) -> None:
        """One more, in this conversation, whether or not anything was booked from the number."""
        ...

    async def lately(self, phone: str) -> int:
        """How many in 24 hours, over all conversations."""
        ...


class CodeSending(StrEnum):
    """What became of the wish for a one-time code."""

    QUEUED = "queued"
    NOBODY = "nobody"
    """Nothing that is to come was booked from the number: there is nothing to open, and it never
    called us, so it gets no text from us."""

    TOO_MANY = "too_many"


class CodeCheck(StrEnum):
    """What was said, held against the newest code of a call and number."""

    RIGHT = "right"
    """It is used up by this."""

    WRONG = "wrong"
    NONE = "none"
    """There is none: never sent, too old, used, or tried too often."""


@dataclass(frozen=True, slots=True)
class CodeText:
    """The text that carries a one-time code.

    `body` has `ONE_TIME_CODE` where the code goes; `channel` is "sms" or "whatsapp".
    """

    channel: str
    body: str


class OneTimeCodes(Protocol):
    """Codes that are texted to a number to see who is calling: six digits, used once."""

    async def send(self, call_id: CallId, phone: str, text: CodeText) -> CodeSending:
        """Draw a code for a call, keep its seal, and queue its text: one transaction.

        Earlier codes of the call and number are void from then on.
        """
        ...

    async def check(self, call_id: CallId, phone: str, said: str) -> CodeCheck:
        """Hold what a caller said against the code of the same call. Each check is a try."""
        ...
