"""Texts to people: whether one may go, and what became of it. Sans-I/O.

Whether a text may go is one table of verdicts that everybody asks who is about to promise one; what
became of it is a state that only rises, so reports may come twice and in any order.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from voiceagent.domain.business import TextLimits

BY_CARRIER: Final = ("sms", "whatsapp", "rcs")
"""Channels of the telephone carrier: its texts cost, are counted, and are brought to people."""

EMAIL: Final = "email"
VOICE: Final = "voice"
"""Channels beside the carrier's texts."""

TO_PEOPLE: Final = (*BY_CARRIER, "webchat", EMAIL, VOICE)
"""All channels that somebody reads or hears; the others carry events and pages to programs."""


REMINDER: Final = "reminder:"
UNPAID: Final = "unpaid:"
WAITING: Final = "waiting:"
"""How the keys begin of texts that nobody waits for: that a deposit is missing, that a visit was
called off for it, that a window became free."""


TRANSCRIPT: Final = "transcript:"
"""How the key begins of a letter with what was written in a chat, for who asked for it there."""


def is_unasked(key: str) -> bool:
    """Whether nobody waits for a text, so that it keeps quiet hours."""
    return key.startswith((REMINDER, UNPAID, WAITING))


class TextVerdict(StrEnum):
    """Whether a number is texted, or why not.

    MAY · WITHHELD: there is none · NOT_ALLOWED: it costs extra, or lies abroad · OFF: the business
    file has switched texts off · OPTED_OUT: its owner wants none · LANDLINE: none arrive there ·
    the caps on texts of a day, to one number, to its block of ten thousand, and in all.
    """

    MAY = "may"
    WITHHELD = "withheld"
    NOT_ALLOWED = "not_allowed"
    OFF = "off"
    OPTED_OUT = "opted_out"
    LANDLINE = "landline"
    NUMBER_CAP = "number_cap"
    BLOCK_CAP = "block_cap"
    DAY_CAP = "day_cap"


CAPS: Final = (TextVerdict.NUMBER_CAP, TextVerdict.BLOCK_CAP, TextVerdict.DAY_CAP)
BARRED: Final = (TextVerdict.OPTED_OUT, TextVerdict.LANDLINE, *CAPS)
"""What the store knows of a number; the others are known before it is asked."""


class TextWay(StrEnum):
    """Where what is written to somebody in a conversation goes.

    To the number that they call or write from, into the chat on a page, or to the address that they
    write from.
    """

    NUMBER = "number"
    CHAT = "chat"
    EMAIL = "email"


class Delivery(StrEnum):
    """What is known of a text that the carrier has taken."""

    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"

    def then(self, told: Delivery) -> Delivery:
        """What is known once this is told too: what has arrived has arrived."""
        return max(self, told, key=_KNOWN.index)


_KNOWN: Final = (Delivery.SENT, Delivery.UNDELIVERED, Delivery.DELIVERED)


class OtherWay(StrEnum):
    """How a text that did not arrive is told instead."""

    EMAIL = "by e-mail instead"
    VOICE = "by telephone instead"
    NONE = "by no other way"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The carrier tells of a text.

    Attributes:
        carrier_id: its name for it.
        key: ours, as it stood in the address that it was given; empty when there was none.
        status: what it says.
        code: the carrier's number of what went wrong, empty when nothing did.
        bars: why that number should get no further text; ``None`` when it may.
        was_read: somebody has opened it, where the carrier can tell.
    """

    carrier_id: str
    key: str
    status: Delivery
    code: str = ""
    bars: TextVerdict | None = None
    was_read: bool = False


BLOCK_DIGITS: Final = 4


def block_of(number: str) -> str:
    """The ten thousand numbers that begin alike: who pumps texts has a block of them."""
    return number[:-BLOCK_DIGITS]


def digest_of(address: str) -> str:
    """By what it is known that a number or address gets no texts, without keeping it (SHA-256)."""
    return hashlib.sha256(address.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TextsOfADay:
    """What is known of a number before it is texted once more.

    Attributes:
        bars: why it gets no texts; ``None`` when it may.
        to_number: texts in the last 24 hours to it, `to_block`: to its block, `in_all`: to anybody.
    """

    bars: TextVerdict | None
    to_number: int
    to_block: int
    in_all: int

    def judged(self, limits: TextLimits, *, ours: bool) -> TextVerdict:
        """Whether one more may go; `ours` is a number of the business's own people."""
        if self.bars is not None:
            return self.bars
        if self.in_all >= limits.a_day:
            return TextVerdict.DAY_CAP
        if not ours and self.to_number >= limits.per_number_a_day:
            return TextVerdict.NUMBER_CAP
        if not ours and self.to_block >= limits.per_block_a_day:
            return TextVerdict.BLOCK_CAP
        return TextVerdict.MAY


_LINK: Final = re.compile(r"[^.!?\n]*https?://\S+")
_NO_LINK: Final = " The link that goes with it could not be sent to this number; please call us."


def read_out(body: str) -> str:
    """What a call says of a text that did not arrive: all of it but its link."""
    return _LINK.sub(_NO_LINK, body).strip()


CALLS_FROM: Final = 8
CALLS_UNTIL: Final = 21
"""Hours between which people are called who did not ask for the call, at the business's place."""


def may_call_in_s(now: datetime) -> float:
    """How long such a call has to wait; `now` is in the business's zone."""
    if CALLS_FROM <= now.hour < CALLS_UNTIL:
        return 0.0
    day = now if now.hour < CALLS_FROM else now + timedelta(days=1)
    return (day.replace(hour=CALLS_FROM, minute=0, second=0, microsecond=0) - now).total_seconds()
