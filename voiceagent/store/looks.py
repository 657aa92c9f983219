"""Who has looked at what, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.looks import ConsoleLook, Role, Visitor, WrittenLook
from voiceagent.store.pool import Database

_ADD = "INSERT INTO looks (who, role, what, about, source) VALUES ($1, $2, $3, $4, $5)"
_RECENT = "SELECT who, role, what, about, source, at FROM looks ORDER BY id DESC LIMIT $1"


class PostgresLooks:
    """`ports.looks.Looks` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, look: ConsoleLook) -> None:
        """See `ports.looks.Looks.add`."""
        who = look.visitor
        await self._db.execute(_ADD, who.name, who.role, look.what, look.about, look.source)

    async def recent(self, limit: int) -> Sequence[WrittenLook]:
        """See `ports.looks.Looks.recent`."""
        return [
            WrittenLook(
                ConsoleLook(
                    Visitor(row["who"], Role(row["role"])), row["what"], row["about"], row["source"]
                ),
                row["at"],
            )
            for row in await self._db.rows(_RECENT, limit)
        ]
