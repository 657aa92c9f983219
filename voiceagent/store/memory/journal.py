"""The turn journal and the audit of tool calls, in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence

from voiceagent.domain.records import CallId, ToolAudit
from voiceagent.store.memory.tables import Tables, a_uuid, refuse


class MemoryJournal:
    """`ports.journal.Journal` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def append(self, call_id: CallId, index: int, kind: str, body_json: str) -> None:
        """See `ports.journal.Journal.append`; the first body of an index stands."""
        await self._tables.enter("journal.append")
        self._tables.known_call(a_uuid(call_id))
        if index < 0:
            refuse("an index below 0")
        _check_json(body_json)
        self._tables.steps.setdefault((call_id, index), (kind, body_json))

    async def read(self, call_id: CallId) -> Sequence[tuple[int, str, str]]:
        """See `ports.journal.Journal.read`."""
        await self._tables.enter("journal.read")
        a_uuid(call_id)
        steps = self._tables.steps.items()
        return sorted((index, *step) for (of, index), step in steps if of == call_id)

    async def audited(self, call_id: CallId) -> Sequence[str]:
        """See `ports.journal.Journal.audited`."""
        await self._tables.enter("journal.audited")
        return [one.error_code for one in self._tables.audits if one.call_id == call_id]

    async def audit(self, entry: ToolAudit) -> None:
        """See `ports.journal.Journal.audit`."""
        await self._tables.enter("journal.audit")
        self._tables.known_call(a_uuid(entry.call_id))
        _check_json(entry.arguments_json)
        _check_json(entry.result_json)
        self._tables.audits.append(entry)


def _check_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=refuse)  # NaN is Python's, not JSON's
    except ValueError:
        refuse("no JSON")
