"""Tokens of the business's other systems: what each may do, and how it is known.

A token is drawn, not chosen: 256 random bits, so a plain SHA-256 of it says nothing about it and
is all that is kept. It is shown once, when it is made. Its id stands in it, so that one row is
looked up and compared, whoever asks.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

LONGEST_NAME: Final = 80
PER_MINUTE: Final = 600
"""Requests a minute of a token that nobody has set a rate for."""


class ApiScope(StrEnum):
    """What a token may be used for. Which route asks for which is in `app.web.access.SCOPES`."""

    TOOLS = "tools"
    """`POST /tools/{name}`: every tool, so nearly everything."""

    MESSAGES = "messages"
    QUOTES = "quotes"
    BOOKINGS = "bookings"
    OFFERS = "offers"
    RISK = "risk"
    FAULTS = "faults"
    MEMORY_READ = "memory.read"
    MEMORY_WRITE = "memory.write"


_TOKEN: Final = re.compile(r"va_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is kept.

    Attributes:
        token_id: twelve hexadecimal digits; no secret.
        name: which system has it.
        scopes: what it may be used for.
        per_minute: requests, of each worker.
        made_at: aware.
        expires_at: it opens nothing from then on; ``None``: it does not end by itself.
        revoked_at: when it was taken back.
        digests: of the texts that open it now: one, two for a while after it was rotated.
    """

    token_id: str
    name: str
    scopes: frozenset[ApiScope]
    per_minute: int
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    digests: tuple[str, ...]

    def is_opened_by(self, text: str) -> bool:
        """Whether a text is this token; takes as long whatever that was."""
        given = digest_of(text)
        return any(hmac.compare_digest(one, given) for one in self.digests)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that nobody has seen yet.

    Attributes:
        token_id: see `ApiToken`.
        text: what its owner sends; kept nowhere.
    """

    token_id: str
    text: str

    @property
    def digest(self) -> str:
        """What is kept of it."""
        return digest_of(self.text)


def new_token(token_id: str = "") -> NewToken:
    """A fresh token, e.g. ``va_0123456789ab_…``.

    Args:
        token_id: of the token that it takes the place of; a new one where there is none.
    """
    name = token_id or secrets.token_hex(6)
    return NewToken(name, f"va_{name}_{secrets.token_urlsafe(32)}")


def token_id_of(text: str) -> str:
    """The id in a token's text, "" where the text cannot be one."""
    found = _TOKEN.fullmatch(text)
    return found[1] if found is not None else ""


def digest_of(text: str) -> str:
    """What is kept of a token's text."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
