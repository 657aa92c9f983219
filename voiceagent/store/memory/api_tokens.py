"""Tokens of the business's other systems, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from voiceagent.domain.api_tokens import ApiScope, ApiToken, NewToken
from voiceagent.store.memory.tables import KeptToken, Tables, refuse


class MemoryApiTokens:
    """`ports.api_tokens.ApiTokens` in memory; its clock stands for the real one."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(
        self,
        token: NewToken,
        name: str,
        scopes: Collection[ApiScope],
        *,
        per_minute: int,
        lasts: timedelta | None,
    ) -> None:
        """See `ports.api_tokens.ApiTokens.add`."""
        await self._tables.enter("api_tokens.add")
        now = self._tables.clock.now()
        if token.token_id in self._tables.api_tokens or not scopes or per_minute < 1:
            refuse("a token that cannot be")
        ends = None if lasts is None else now + lasts
        kept = ApiToken(
            token.token_id, name, frozenset(scopes), per_minute, now, ends, None, (token.digest,)
        )
        self._tables.api_tokens[token.token_id] = KeptToken(kept)

    async def find(self, token_id: str) -> ApiToken | None:
        """See `ports.api_tokens.ApiTokens.find`."""
        await self._tables.enter("api_tokens.find")
        kept = self._good(token_id)
        return None if kept is None else self._shown(kept)

    async def rotate(self, token: NewToken, *, grace: timedelta) -> bool:
        """See `ports.api_tokens.ApiTokens.rotate`."""
        await self._tables.enter("api_tokens.rotate")
        if (kept := self._good(token.token_id)) is None:
            return False
        kept.old_digest, kept.old_until = kept.of.digests[0], self._tables.clock.now() + grace
        kept.of = replace(kept.of, digests=(token.digest,))
        return True

    async def revoke(self, token_id: str) -> bool:
        """See `ports.api_tokens.ApiTokens.revoke`."""
        await self._tables.enter("api_tokens.revoke")
        if (kept := self._good(token_id)) is None:
            return False
        kept.of = replace(kept.of, revoked_at=self._tables.clock.now())
        return True

    async def all(self) -> Sequence[ApiToken]:
        """See `ports.api_tokens.ApiTokens.all`."""
        await self._tables.enter("api_tokens.all")
        return [self._shown(kept) for kept in self._tables.api_tokens.values()]

    def _good(self, token_id: str) -> KeptToken | None:
        kept = self._tables.api_tokens.get(token_id)
        if kept is None or kept.of.revoked_at is not None:
            return None
        ends = kept.of.expires_at
        return kept if ends is None or ends > self._tables.clock.now() else None

    def _shown(self, kept: KeptToken) -> ApiToken:
        if kept.old_until is None or kept.old_until <= self._tables.clock.now():
            return kept.of
        return replace(kept.of, digests=(*kept.of.digests, kept.old_digest))
