"""Calls to look at, in memory. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from statistics import median

from voiceagent.domain.history import CallHistory, CallSearch, CallSummary
from voiceagent.domain.texting import Delivery
from voiceagent.ports.jobs import Jobs
from voiceagent.ports.usage import UsageRows
from voiceagent.store.memory.tables import CallRow, Tables


class MemoryHistory:
    """`ports.history.History` in memory."""

    def __init__(self, tables: Tables, jobs: Jobs, usage: UsageRows) -> None:
        self._tables = tables
        self._jobs = jobs
        self._usage = usage

    async def recent(self, limit: int) -> Sequence[CallSummary]:
        """See `ports.history.History.recent`."""
        await self._tables.enter("history.recent")
        rows = sorted(self._tables.calls.values(), key=lambda row: row.started_at)
        return [self._summary(row) for row in rows[::-1][:limit]]

    async def find(self, search: CallSearch, limit: int) -> Sequence[CallSummary]:
        """See `ports.history.History.find`."""
        await self._tables.enter("history.find")
        rows = sorted(self._tables.calls.values(), key=lambda row: row.started_at)
        found = (row for row in rows[::-1] if self._is_found(row, search))
        return [self._summary(row) for row in islice(found, limit)]

    def _is_found(self, row: CallRow, search: CallSearch) -> bool:
        words, digits = search.words.strip().lower(), search.digits
        call_id = row.call.call_id
        said = (turn.text for (of, _), turn in self._tables.turns.items() if of == call_id)
        return (
            (search.outcome is None or row.outcome is search.outcome)
            and (search.since is None or row.started_at >= search.since)
            and (search.until is None or row.started_at < search.until)
            and (
                words == ""
                or any(words in text.lower() for text in (*self._names(row), *said))
                or (digits != "" and digits in row.call.from_number)
            )
        )

    def _names(self, row: CallRow) -> list[str]:
        """Of whom a job was made for in a call, and of who has its number."""
        jobs = [job for job in self._tables.jobs.values() if job.call_id == row.call.call_id]
        known = self._tables.customers.values()
        return [
            *(job.customer.name for job in jobs),
            *(one.name for one in known if one.phone == row.call.from_number),
        ]

    def _name(self, row: CallRow) -> str:
        """Of whom the call made a job for, else of the one person who has its number."""
        jobs = [job for job in self._tables.jobs.values() if job.call_id == row.call.call_id]
        names = self._names(row)
        return names[0] if jobs or len({name.lower() for name in names}) == 1 else ""

    async def call(self, call_sid: str) -> CallHistory | None:
        """See `ports.history.History.call`."""
        await self._tables.enter("history.call")
        tables = self._tables
        row = next((row for row in tables.calls.values() if row.call.call_sid == call_sid), None)
        if row is None:
            return None
        call_id = row.call.call_id
        messages = tuple(message for message in tables.sent if message.call_id == call_id)
        audits = (audit for audit in tables.audits if audit.call_id == call_id)
        return CallHistory(
            summary=self._summary(row),
            turns=tuple(turn for (of, _), turn in sorted(tables.turns.items()) if of == call_id),
            tools=tuple(sorted(audits, key=lambda audit: audit.index)),
            events=tuple(event for of, event in tables.events if of == call_id),
            job=await self._jobs.of_call(call_id),
            usage=tuple(await self._usage.of_call(call_id)),
            messages=messages,
            arrived={one.key: tables.arrived.get(one.key, Delivery.SENT) for one in messages},
        )

    def _summary(self, row: CallRow) -> CallSummary:
        turns = [turn for (of, _), turn in self._tables.turns.items() if of == row.call.call_id]
        answers_ms = [turn.latency.v2v_ms for turn in turns if turn.latency is not None]
        return CallSummary(
            call=row.call,
            started_at=row.started_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            turns=len(turns),
            v2v_p50_ms=median(answers_ms) if answers_ms else None,
            name=self._name(row),
        )
