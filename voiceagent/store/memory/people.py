"""People we know, in memory."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from voiceagent.domain.identity import (
    ONE_TIME_LIFE_S,
    ONE_TIME_TRIES,
    SealedCode,
    new_booking_code,
    same_words,
)
from voiceagent.domain.phones import E164_SHAPE
from voiceagent.domain.records import CallId, Customer, Job, JobDraft, OutboundMessage
from voiceagent.ports.people import (
    MOST_CODES_A_CALL,
    MOST_CODES_A_NUMBER_AND_DAY,
    MOST_CODES_A_PREFIX_AND_HOUR,
    MOST_CODES_AN_HOUR,
    ONE_TIME_CODE,
    PREFIX_LEAVES,
    CodeCheck,
    CodeSending,
    CodeText,
)
from voiceagent.store.memory.tables import KeptCode, Tables, a_uuid, refuse
from voiceagent.store.outbox import one_time_key

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class MemoryCustomers:
    """`ports.people.Customers` in memory. Rows are written by bookings."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def at_number(self, phone: str) -> Sequence[Customer]:
        """See `ports.people.Customers.at_number`."""
        await self._tables.enter("customers.at_number")
        return [one for one in self._tables.customers.values() if one.phone == phone]

    async def get(self, customer_id: str) -> Customer | None:
        """See `ports.people.Customers.get`."""
        await self._tables.enter("customers.get")
        a_uuid(CallId(customer_id))
        return self._tables.customers.get(customer_id)


class MemoryOneTimeCodes:
    """`ports.people.OneTimeCodes` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def send(self, call_id: CallId, phone: str, text: CodeText) -> CodeSending:
        """See `ports.people.OneTimeCodes.send`."""
        await self._tables.enter("one_time_codes.send")
        code = new_booking_code(phone)
        sealed = await asyncio.to_thread(SealedCode.of, code)
        self._tables.known_call(call_id)
        if not made_from(self._tables, phone):
            return CodeSending.NOBODY
        now = self._tables.clock.now()
        if self._is_too_many(call_id, phone, now):
            return CodeSending.TOO_MANY
        for old in self._tables.codes:
            old.used = old.used or (old.call_id, old.phone) == (call_id, phone)
        self._tables.codes.append(KeptCode(call_id, phone, sealed, now))
        body = text.body.replace(ONE_TIME_CODE, code)
        key = one_time_key(str(len(self._tables.codes)))
        self._tables.put(OutboundMessage(key, text.channel, phone, body, call_id))
        return CodeSending.QUEUED

    def _is_too_many(self, call_id: CallId, phone: str, now: datetime) -> bool:
        today = [one for one in self._tables.codes if one.sent_at > now - _DAY]
        hour = [one for one in today if one.sent_at > now - _HOUR]
        prefix = phone[:-PREFIX_LEAVES]
        return (
            sum(one.call_id == call_id for one in today) >= MOST_CODES_A_CALL
            or sum(one.phone == phone for one in today) >= MOST_CODES_A_NUMBER_AND_DAY
            or sum(one.phone[:-PREFIX_LEAVES] == prefix for one in hour)
            >= MOST_CODES_A_PREFIX_AND_HOUR
            or len(hour) >= MOST_CODES_AN_HOUR
        )

    async def check(self, call_id: CallId, phone: str, said: str) -> CodeCheck:
        """See `ports.people.OneTimeCodes.check`."""
        await self._tables.enter("one_time_codes.check")
        theirs = [one for one in self._tables.codes if (one.call_id, one.phone) == (call_id, phone)]
        if not theirs or not self._is_live(code := theirs[-1]):
            return CodeCheck.NONE
        code.tries += 1
        if not await asyncio.to_thread(code.sealed.fits, said):
            return CodeCheck.WRONG
        if code.used:
            return CodeCheck.NONE
        code.used = True
        return CodeCheck.RIGHT

    def _is_live(self, code: KeptCode) -> bool:
        until = code.sent_at + timedelta(seconds=ONE_TIME_LIFE_S)
        return not code.used and code.tries < ONE_TIME_TRIES and self._tables.clock.now() < until


class MemoryCodeGuesses:
    """`ports.people.CodeGuesses` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def wrong(self, call_id: CallId, phone: str) -> None:
        """See `ports.people.CodeGuesses.wrong`."""
        await self._tables.enter("code_guesses.wrong")
        self._tables.known_call(call_id)
        if not E164_SHAPE.fullmatch(phone):
            refuse("no number")
        self._tables.guesses.append((phone, self._tables.clock.now()))

    async def lately(self, phone: str) -> int:
        """See `ports.people.CodeGuesses.lately`."""
        await self._tables.enter("code_guesses.lately")
        since = self._tables.clock.now() - _DAY
        return sum(of == phone and at > since for of, at in self._tables.guesses)


def made_from(tables: Tables, phone: str) -> list[Job]:
    """Open jobs of a number whose own call came from it, soonest first."""
    jobs = [
        job
        for job in tables.open_jobs()
        if job.customer.phone == phone
        and job.call_id is not None
        and tables.calls[job.call_id].call.direction == "inbound"
        and tables.caller(job.call_id) == phone
    ]
    return sorted(jobs, key=lambda job: job.window.start)


def customer_of(tables: Tables, draft: JobDraft) -> Customer:
    """Whose a booking is: one whom the caller has proven to be, under their name, or new."""
    if E164_SHAPE.fullmatch(draft.phone) is None:
        refuse("a number that is not E.164")
    proven = (one for one in tables.customers.values() if one.customer_id in draft.proven)
    fresh = Customer(
        str(uuid.uuid4()), draft.customer_name, draft.phone, draft.email, draft.address
    )
    for known in proven:
        if known.phone == draft.phone and same_words(known.name, draft.customer_name):
            fresh = replace(known, email=draft.email or known.email, address=draft.address)
            break
    tables.customers[fresh.customer_id] = fresh
    for job in tables.jobs.values():
        if job.customer.customer_id == fresh.customer_id:
            tables.jobs[job.job_id] = replace(job, customer=fresh)
    return fresh
