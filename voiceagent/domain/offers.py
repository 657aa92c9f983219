"""What a customer was promised: a code that one booking may use, on the terms it was given with.

The code is drawn, not counted: 31^12 (about 59 bits), so nobody comes by another customer's. It
has no characters that are mistaken for others when they are read out.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from voiceagent.domain.records import CallId, JobId

_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ"
_ALPHABET: Final = f"{_LETTERS}23456789"
_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """How a code changes a price; it holds for `services`, for all when none is named."""

    code: str
    percent: Decimal = Decimal(0)
    no_trip_fee: bool = False
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerOffer:
    """An offer as it was given.

    Attributes:
        terms: its code, and what that is worth.
        rule: id of the rule of the business file by which it was given.
        phone: whose it is, E.164; ``None`` where no number was known.
        call_id: the conversation in which it was given.
        expires_at: no booking uses it from then on; aware.
        used_at: when a booking used it.
        used_by: that booking.
    """

    terms: PriceTerms
    rule: str
    phone: str | None
    call_id: CallId | None
    expires_at: datetime
    used_at: datetime | None = None
    used_by: JobId | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether a booking may still use it."""
        return self.used_at is None and now < self.expires_at


def new_offer_code() -> str:
    """A fresh code, e.g. ``"K7PMRW4TQ9XB"``; it begins and ends with a letter."""
    inner = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - 2))
    return f"{secrets.choice(_LETTERS)}{inner}{secrets.choice(_LETTERS)}"


def clean_offer_code(text: str) -> str:
    """A code as it was said or typed, without spaces and punctuation, upper-case."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())
