"""What calls have used of providers that are paid by use."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.records import CallId
from voiceagent.domain.usage import Usage, UsageKind, UsageRow
from voiceagent.store.pool import Database

_ADD = """
INSERT INTO call_usage (call_id, idx, turn, provider, kind, units, micro_cents, estimated)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (call_id, idx, kind) DO NOTHING
"""
_OF_CALL = "SELECT * FROM call_usage WHERE call_id = $1 ORDER BY idx, kind"


class PostgresUsageRows:
    """`ports.usage.UsageRows` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, call_id: CallId, rows: Sequence[UsageRow]) -> None:
        """See `ports.usage.UsageRows.add`."""
        for row in rows:
            used = row.usage
            await self._db.execute(
                _ADD,
                call_id,
                row.index,
                row.turn,
                used.provider,
                used.kind.value,
                used.units,
                used.micro_cents,
                used.estimated,
            )

    async def of_call(self, call_id: CallId) -> Sequence[UsageRow]:
        """See `ports.usage.UsageRows.of_call`."""
        return [
            UsageRow(
                row["idx"],
                row["turn"],
                Usage(
                    row["provider"],
                    UsageKind(row["kind"]),
                    row["units"],
                    row["micro_cents"],
                    row["estimated"],
                ),
            )
            for row in await self._db.rows(_OF_CALL, call_id)
        ]
