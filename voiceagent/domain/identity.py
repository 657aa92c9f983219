"""Who may hear or change a booking: whoever proves that it is theirs (docs/identity.md).

A caller ID can be forged, so it opens nothing. Two things do. The *booking code* is read out at
booking and texted, and opens what its customer has booked. A *one-time code* is texted on demand to
the number a booking was made from, and opens what was booked from it.

Both are six digits because digits survive a phone line and any recogniser, and none of them is 0 or
1, which are also said "oh", "nought" or mistaken for letters. 8^6 = 262,144 codes, three tries.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.domain.cards import is_card
from voiceagent.domain.records import IdentityLevel, Job

ALPHABET = "23456789"
CODE_LENGTH = 6
_COUNTRY_CODE = "+1"
WRONG_CODE = "identity.wrong_code"
"""Code of the error that a wrong booking code is."""

MAX_WRONG_CODES = 3
"""Wrong codes a call may offer before it hears no more about bookings."""

MOST_WRONG_CODES_A_DAY: Final = 12
"""Wrong codes for one number in 24 hours, over all conversations, after which no booking code opens
anything of it. Who begins a conversation for every three guesses would else find any code within a
night; so they need thirty years for one booking's, on average."""

ONE_TIME_LIFE_S: Final = 600.0
ONE_TIME_TRIES: Final = 3
SALT_BYTES: Final = 16
_SCRYPT_COST = 1 << 12
"""Some 15 ms a guess: all codes take an hour of a core, six lives of one."""


class PersonalFact(StrEnum):
    """What is known of people, and told to somebody only."""

    IS_KNOWN = "is_known"
    """That the number has booked before."""

    NAME = "name"
    BOOKINGS = "bookings"
    """What of theirs is to come, when, and the code of each."""

    ADDRESS = "address"
    PAYMENT_LINK = "payment_link"
    OTHERS_AT_THE_NUMBER = "others_at_the_number"
    """What others have booked from the same number: a family, an office."""


FACT_NEEDS: Final[Mapping[PersonalFact, IdentityLevel]] = {
    PersonalFact.IS_KNOWN: IdentityLevel.CALLER_ID,
    PersonalFact.NAME: IdentityLevel.CODE,
    PersonalFact.BOOKINGS: IdentityLevel.CODE,
    PersonalFact.ADDRESS: IdentityLevel.CODE,
    PersonalFact.PAYMENT_LINK: IdentityLevel.CODE,
    PersonalFact.OTHERS_AT_THE_NUMBER: IdentityLevel.VERIFIED,
}
"""How sure we must be of a number's owner to tell it. What a tool needs is in the tool's rule."""


def may_tell(fact: PersonalFact, level: IdentityLevel) -> bool:
    """Whether a fact may be told to somebody who is known this well."""
    return level >= FACT_NEEDS[fact]


@dataclass(frozen=True, slots=True)
class IdentityProof:
    """What a caller has shown of themselves, for one number.

    Attributes:
        level: CODE or VERIFIED.
        customers: ids of the customers whom it proves them to be, or to speak for.
    """

    level: IdentityLevel
    customers: frozenset[str]

    def __or__(self, other: IdentityProof) -> IdentityProof:
        """Both together."""
        return IdentityProof(max(self.level, other.level), self.customers | other.customers)


def same_words(one: str, other: str) -> bool:
    """Whether two names, or two addresses, are the same but for spaces, points and capitals."""
    return bool(_bare(one)) and _bare(one) == _bare(other)


def is_same_visit(name: str, address: str, other_name: str, other_address: str) -> bool:
    """Whether two bookings of one number, service and time are one.

    Another name is another person at that number, another address another visit.
    """
    same_place = address == other_address or same_words(address, other_address)
    return same_words(name, other_name) and same_place


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def new_booking_code(phone: str = "") -> str:
    """A fresh random code, e.g. ``"482937"``. The store must still ensure uniqueness.

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


@dataclass(frozen=True, slots=True)
class SealedCode:
    """A one-time code as it is kept: nobody can read it back, only compare.

    Making and comparing take some 15 ms of a core each: not to be done in an event loop.
    """

    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, code: str) -> SealedCode:
        """The seal of a code."""
        salt = secrets.token_bytes(SALT_BYTES)
        return cls(salt, _digest(code, salt))

    def fits(self, said: str) -> bool:
        """Whether it is the seal of what was said; takes as long whatever that was."""
        return hmac.compare_digest(self.digest, _digest(said, self.salt))


def _digest(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(clean_code(code).encode(), salt=salt, n=_SCRYPT_COST, r=8, p=1)
