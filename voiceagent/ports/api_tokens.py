"""Tokens of the business's other systems."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol

from voiceagent.domain.api_tokens import ApiScope, ApiToken, NewToken


class ApiTokens(Protocol):
    """Tokens as they are kept; time is the real one. All may raise `Unavailable`."""

    async def add(
        self,
        token: NewToken,
        name: str,
        scopes: Collection[ApiScope],
        *,
        per_minute: int,
        lasts: timedelta | None,
    ) -> None:
        """Keep a new token; `lasts`: how long it opens anything, ``None``: until it is revoked."""
        ...

    async def find(self, token_id: str) -> ApiToken | None:
        """A token that is good now, ``None`` when it never was or is no more."""
        ...

    async def rotate(self, token: NewToken, *, grace: timedelta) -> bool:
        """Have a good token opened by a new text; the one so far is good for `grace` more.

        False: there is no such token.
        """
        ...

    async def revoke(self, token_id: str) -> bool:
        """Take a token back, at once and for good; False when there is none that is good."""
        ...

    async def all(self) -> Sequence[ApiToken]:
        """Every token there ever was, the oldest first."""
        ...
