"""What calls have used of providers that are paid by use, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.records import CallId
from voiceagent.domain.usage import UsageRow
from voiceagent.store.memory.tables import Tables, a_uuid, refuse


class MemoryUsageRows:
    """`ports.usage.UsageRows` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, call_id: CallId, rows: Sequence[UsageRow]) -> None:
        """See `ports.usage.UsageRows.add`."""
        await self._tables.enter("usage.add")
        self._tables.known_call(a_uuid(call_id))
        for row in rows:
            if row.index < 0 or row.usage.units < 0:
                refuse("less than nothing")
            self._tables.usage.setdefault((call_id, row.index, row.usage.kind), row)

    async def of_call(self, call_id: CallId) -> Sequence[UsageRow]:
        """See `ports.usage.UsageRows.of_call`."""
        await self._tables.enter("usage.of_call")
        a_uuid(call_id)
        return [row for (of, *_), row in sorted(self._tables.usage.items()) if of == call_id]
