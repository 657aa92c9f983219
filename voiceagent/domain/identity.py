"""Who may hear or change a booking: whoever knows its code (docs/contract.md, threats).

A caller ID can be forged, so it opens nothing. The code is read out at booking and texted; it is
six digits because digits survive a phone line and any recogniser, and none of them is 0 or 1,
which are also said "oh", "nought" or mistaken for letters. 8^6 = 262,144 codes, three tries a
call, and the phone number has to fit as well.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable

from voiceagent.domain.cards import is_card
from voiceagent.domain.records import Job

ALPHABET = "23456789"
CODE_LENGTH = 6
_COUNTRY_CODE = "+1"
WRONG_CODE = "identity.wrong_code"
"""Code of the error that a wrong booking code is."""

MAX_WRONG_CODES = 3
"""Wrong codes a call may offer before it hears no more about bookings."""


def new_booking_code(phone: str = "") -> str:
    """A fresh random booking code, e.g. ``"482937"``. The store must still ensure uniqueness.

    Said or typed after the phone number of its booking, or before it, it is never a card number:
    that is how `card_watch` tells the two apart. It costs the luck of three numbers in a hundred.

    Args:
        phone: the customer's number, E.164.
    """
    national = phone.removeprefix(_COUNTRY_CODE)
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if not (is_card(national + code) or is_card(code + national)):
            return code


def clean_code(text: str) -> str:
    """A code as it was said or typed, without spaces and punctuation, upper-case."""
    return re.sub(r"[\W_]", "", text).upper()


def job_with_code(code: str, jobs: Iterable[Job]) -> Job | None:
    """The job the code belongs to. Takes the same time whether and wherever it matches."""
    wanted = clean_code(code).encode()
    found: Job | None = None
    for job in jobs:
        if hmac.compare_digest(clean_code(job.code).encode(), wanted):
            found = job
    return found
