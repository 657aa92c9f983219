"""The turn journal (for a successor after a crash) and the audit of tool calls."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from voiceagent.domain.records import CallId, ToolAudit
from voiceagent.store.pool import ON_DISK_SOON, Database

_APPEND = f"""
INSERT INTO turn_journal (call_id, idx, kind, body) SELECT $1, $2, $3, $4 WHERE {ON_DISK_SOON}
ON CONFLICT (call_id, idx) DO NOTHING
"""

_READ = "SELECT idx, kind, body FROM turn_journal WHERE call_id = $1 ORDER BY idx"

_AUDITED = "SELECT error_code FROM tool_audit WHERE call_id = $1 ORDER BY idx, at"
_SAME_ENTRY = uuid.UUID("6f0a4c1e-52d1-4b55-8f4c-0f6d4f6e3b11")
"""Names the entries of the audit: one that is written twice is one row."""

# What the tool has done is on disk by itself.
_AUDIT = f"""
INSERT INTO tool_audit (id, call_id, idx, name, arguments, result, error_code, elapsed_ms, keys,
                        proposed, asked_by, heard)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE {ON_DISK_SOON}
ON CONFLICT (id) DO NOTHING
"""


class PostgresJournal:
    """`ports.journal.Journal` on PostgreSQL. Bodies come back byte for byte."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def append(self, call_id: CallId, index: int, kind: str, body_json: str) -> None:
        """See `ports.journal.Journal.append`; the first body of an index stands."""
        await self._db.execute(_APPEND, call_id, index, kind, body_json)

    async def read(self, call_id: CallId) -> Sequence[tuple[int, str, str]]:
        """See `ports.journal.Journal.read`."""
        rows = await self._db.rows(_READ, call_id)
        return [(row["idx"], row["kind"], row["body"]) for row in rows]

    async def audited(self, call_id: CallId) -> Sequence[str]:
        """See `ports.journal.Journal.audited`."""
        return [row["error_code"] for row in await self._db.rows(_AUDITED, call_id)]

    async def audit(self, entry: ToolAudit) -> None:
        """See `ports.journal.Journal.audit`. The toolkit has removed card numbers before."""
        await self._db.execute(
            _AUDIT,
            uuid.uuid5(_SAME_ENTRY, repr(entry)),
            entry.call_id,
            entry.index,
            entry.name,
            entry.arguments_json,
            entry.result_json,
            entry.error_code,
            entry.elapsed_ms,
            list(entry.keys),
            [outcome.value for outcome in entry.proposed],
            entry.asked_by,
            entry.heard,
        )
