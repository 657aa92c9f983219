"""What became of visits, in figures, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from voiceagent.domain.cancel_risk import CancelCount
from voiceagent.domain.records import JobStatus, Priority
from voiceagent.store.memory.tables import Tables


class MemoryCancelHistory:
    """`ports.cancel_history.CancelHistory` in memory; a job is as old as the call that made it."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def counts(self, since: datetime, until: datetime) -> Sequence[CancelCount]:
        """See `ports.cancel_history.CancelHistory.counts`."""
        await self._tables.enter("cancel_history.counts")
        booked, cancelled = Counter[tuple[str, Priority]](), Counter[tuple[str, Priority]]()
        for job in self._tables.jobs.values():
            call = None if job.call_id is None else self._tables.calls[job.call_id]
            if call is not None and since <= call.started_at < until:
                kind = (call.call.channel, job.priority)
                booked[kind] += 1
                cancelled[kind] += job.status is JobStatus.CANCELLED
        return [CancelCount(*kind, booked[kind], cancelled[kind]) for kind in sorted(booked)]
