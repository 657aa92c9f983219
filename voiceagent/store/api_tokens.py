"""Tokens of the business's other systems, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from voiceagent.domain.api_tokens import ApiScope, ApiToken, NewToken
from voiceagent.store.pool import Database, Row

_ADD = """
INSERT INTO api_tokens (id, name, scopes, per_minute, digest, expires_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval)
"""

_GOOD = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())"
_COLUMNS = """
id, name, scopes, per_minute, made_at, expires_at, revoked_at,
CASE WHEN old_until > clock_timestamp() THEN ARRAY[digest, old_digest] ELSE ARRAY[digest] END
    AS digests
"""
_FIND = f"SELECT {_COLUMNS} FROM api_tokens WHERE id = $1 AND {_GOOD}"  # noqa: S608 - of our own
_ALL = f"SELECT {_COLUMNS} FROM api_tokens ORDER BY made_at, id"  # noqa: S608 - of our own

_ROTATE = f"""
UPDATE api_tokens
   SET old_digest = digest, old_until = clock_timestamp() + $3::interval, digest = $2
 WHERE id = $1 AND {_GOOD} RETURNING id
"""  # noqa: S608 - of our own

_REVOKE = f"""
UPDATE api_tokens SET revoked_at = clock_timestamp() WHERE id = $1 AND {_GOOD} RETURNING id
"""  # noqa: S608 - of our own


class PostgresApiTokens:
    """`ports.api_tokens.ApiTokens` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

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
        names = sorted(scope.value for scope in scopes)
        fields = (token.token_id, name, names, per_minute, token.digest, lasts)
        await self._db.execute(_ADD, *fields)

    async def find(self, token_id: str) -> ApiToken | None:
        """See `ports.api_tokens.ApiTokens.find`."""
        row = await self._db.row(_FIND, token_id)
        return None if row is None else _token(row)

    async def rotate(self, token: NewToken, *, grace: timedelta) -> bool:
        """See `ports.api_tokens.ApiTokens.rotate`."""
        row = await self._db.row(_ROTATE, token.token_id, token.digest, grace)
        return row is not None

    async def revoke(self, token_id: str) -> bool:
        """See `ports.api_tokens.ApiTokens.revoke`."""
        return await self._db.row(_REVOKE, token_id) is not None

    async def all(self) -> Sequence[ApiToken]:
        """See `ports.api_tokens.ApiTokens.all`."""
        return [_token(row) for row in await self._db.rows(_ALL)]


def _token(row: Row) -> ApiToken:
    known = {scope.value: scope for scope in ApiScope}
    return ApiToken(
        token_id=row["id"],
        name=row["name"],
        # What another version of the engine gave and this one has not opens nothing here.
        scopes=frozenset(known[name] for name in row["scopes"] if name in known),
        per_minute=row["per_minute"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        digests=tuple(row["digests"]),
    )
