"""Messages that leave, in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from voiceagent.domain.identity import CODE_LENGTH
from voiceagent.domain.records import CallId, Job, JobStatus, OutboundMessage
from voiceagent.domain.texting import BY_CARRIER
from voiceagent.store.memory.tables import Queued, Tables, Waits, a_uuid
from voiceagent.store.outbox import carries_code, is_reminder, is_reply
from voiceagent.store.sending import fill

_CODE = re.compile(rf"\d{{{CODE_LENGTH}}}")


class MemoryOutbox:
    """`ports.messages.Outbox` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def put(self, message: OutboundMessage, *, after: timedelta = timedelta()) -> None:
        """See `ports.messages.Outbox.put`."""
        await self._tables.enter("outbox.put")
        self._tables.put(message, after=after)

    async def withdraw(self, key: str) -> bool:
        """See `ports.messages.Outbox.withdraw`."""
        await self._tables.enter("outbox.withdraw")
        row = self._tables.outbox.get(key)
        if row is None or row.state is not Waits.WAITING:
            return False
        row.state = Waits.DROPPED
        return True

    async def sent(self, call_id: CallId) -> Sequence[OutboundMessage]:
        """See `ports.messages.Outbox.sent`; bodies have their placeholders filled."""
        await self._tables.enter("outbox.sent")
        a_uuid(call_id)
        return [message for message in self._tables.sent if message.call_id == call_id]


def deliver(tables: Tables) -> list[OutboundMessage]:
    """What `store.dispatcher` does when nothing goes wrong: links first, then texts; the texts."""
    now = tables.clock.now()
    rows = tables.outbox.values()
    waiting = [row for row in rows if row.state is Waits.WAITING and row.is_due(now)]
    for row in waiting:
        if row.message is None:
            row.state = _make_link(tables, row)
    left: list[OutboundMessage] = []
    for row in waiting:
        if row.message is not None:
            row.state = _send(tables, row, row.message, left)
    return left


def _job(tables: Tables, row: Queued) -> Job | None:
    return None if row.job_id is None else tables.jobs.get(row.job_id)


def _make_link(tables: Tables, row: Queued) -> Waits:
    job = _job(tables, row)
    if job is None or job.status is JobStatus.CANCELLED:
        return Waits.DROPPED
    tables.payments[job.job_id].session_id = f"cs_{job.job_id}"
    url = f"https://pay.test/{job.job_id}"
    tables.jobs[job.job_id] = replace(job, checkout_url=url)
    return Waits.DONE


def _send(
    tables: Tables, row: Queued, message: OutboundMessage, left: list[OutboundMessage]
) -> Waits:
    job = _job(tables, row)
    if _wants_none(tables, row, message):
        return Waits.DROPPED
    if row.needs_link:
        if job is not None and job.status is JobStatus.CANCELLED:
            return Waits.DROPPED
        if job is None or (job.deposit_amount > 0 and job.checkout_url is None):
            return Waits.DEAD
        if job.deposit_paid and is_reminder(row.key):
            return Waits.DROPPED
    sent = replace(message, body=fill(message.body, job), job_id=row.job_id)
    tables.sent.append(without_code(sent))
    if message.channel in BY_CARRIER:
        tables.texted.append((message.to, tables.clock.now()))
    left.append(sent)
    row.message = without_code(message)
    return Waits.DONE


def _wants_none(tables: Tables, row: Queued, message: OutboundMessage) -> bool:
    """Whether it goes to somebody who wants no texts, and is no answer to what they wrote since."""
    queued_before = tables.stopped.get(message.to)
    if queued_before is None:
        return False
    return not is_reply(row.key) or list(tables.outbox).index(row.key) < queued_before


def without_code(message: OutboundMessage) -> OutboundMessage:
    """A text as it is kept once it has left: a one-time code in it is nobody's to read."""
    if not carries_code(message.key):
        return message
    return replace(message, body=_CODE.sub("*" * CODE_LENGTH, message.body))


def carrier_id_of(message: OutboundMessage) -> str:
    """What a carrier that never fails calls a text."""
    return f"SM-{message.key}"
