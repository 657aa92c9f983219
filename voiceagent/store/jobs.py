"""Bookings: each made, moved and cancelled once in effect.

What keeps a booking single, from the outside in:

1. the *idempotency key*: a repeated request finds what the first one did (`job_changes`);
2. the *identity lock*: requests of one phone number follow one another;
3. an open job of the same number, name, address, service and window is the same booking;
4. the *technician lock*, then the exclusion constraint `jobs_no_overlap`: two customers never get
   the same technician at the same time.

Job, change, deposit, checkout task and texts are one transaction: after a crash there is all of it
or nothing. Nothing here talks to anyone outside; the dispatcher does, after the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from voiceagent.domain.identity import is_same_visit, new_booking_code, same_words
from voiceagent.domain.locales import Locale
from voiceagent.domain.phones import known_number
from voiceagent.domain.records import (
    CallId,
    Cents,
    Customer,
    Job,
    JobDraft,
    JobId,
    JobStatus,
    OutboundMessage,
    Priority,
    Slot,
    Window,
)
from voiceagent.domain.slot_taken import taken
from voiceagent.errors import CallerFixable
from voiceagent.store import jobs_sql as sql
from voiceagent.store.locks import lock_identities, lock_technicians
from voiceagent.store.offers import give_offer_back, use_offer
from voiceagent.store.outbox import put_text
from voiceagent.store.payment_events import tell_refund_due
from voiceagent.store.pool import Connection, Database, Row
from voiceagent.store.waiting import end_wait

MAX_OPEN_JOBS = 2
"""Open jobs per customer's number, and per caller's (docs/contract.md, threats)."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A held slot as the database knows it."""

    technician: int
    service_type: str
    window: Window


class PostgresJobs:
    """`ports.jobs.Jobs` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def book(
        self, draft: JobDraft, messages: Sequence[OutboundMessage], *, idempotency_key: str
    ) -> Job:
        """See `ports.jobs.Jobs.book`.

        Technician, window and amounts come from the held slot and the stored quote, not from the
        draft. Booking consumes all of the call's holds.

        Raises:
            CallerFixable: ``slot.taken``, ``slot.not_offered``, ``quote.unknown``,
                ``quote.expired``, ``offer.used``, or
                ``jobs.too_many`` when this person has `MAX_OPEN_JOBS` already.
        """

        async def work(connection: Connection) -> JobId:
            caller = known_number(await connection.fetchval(sql.CALLER, draft.call_id))
            await lock_identities(connection, (draft.phone, caller))
            stands = await _standing(connection, draft, caller, idempotency_key)
            if stands["done"] is not None:
                return JobId(stands["done"])
            same = _same_booking(stands, draft)
            if same is not None:
                await _remember(connection, idempotency_key, same, draft.call_id, "booked")
                await connection.execute(sql.RELEASE, draft.call_id)
                return same
            place = _place(stands)
            if stands["open_jobs"] >= MAX_OPEN_JOBS:
                raise too_many()
            return await _insert(connection, draft, stands, place, messages, idempotency_key)

        return await self._changed(work)

    async def get(self, job_id: JobId) -> Job | None:
        """See `ports.jobs.Jobs.get`."""
        row = await self._db.row(sql.GET, job_id)
        return _job(row) if row is not None else None

    async def of_call(self, call_id: CallId) -> Job | None:
        """See `ports.jobs.Jobs.of_call`."""
        row = await self._db.row(sql.OF_CALL, call_id)
        return _job(row) if row is not None else None

    async def open_for(self, phone: str) -> Sequence[Job]:
        """See `ports.jobs.Jobs.open_for`; a job is open until its window is over."""
        return [_job(row) for row in await self._db.rows(sql.OPEN_FOR, phone)]

    async def made_from(self, phone: str) -> Sequence[Job]:
        """See `ports.jobs.Jobs.made_from`."""
        return [_job(row) for row in await self._db.rows(sql.MADE_FROM, phone)]

    async def made_by(self, job_id: JobId) -> str:
        """See `ports.jobs.Jobs.made_by`."""
        row = await self._db.row(sql.MADE_BY, job_id)
        if row is None:
            raise unknown_job()
        return str(row["idempotency_key"])

    async def reschedule(
        self,
        job_id: JobId,
        slot: Slot,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """See `ports.jobs.Jobs.reschedule`.

        Raises:
            CallerFixable: ``slot.taken``, ``slot.not_offered``, ``job.unknown``, ``job.closed``.
        """

        async def work(connection: Connection) -> JobId:
            await lock_identities(connection, (await _owner(connection, job_id),))
            if await connection.fetchval(sql.DONE, idempotency_key) is not None:
                return job_id
            service_type = await connection.fetchval(sql.LOCK_LIVE, job_id)
            if service_type is None:
                raise CallerFixable("job.closed", "That appointment is no longer open.")
            place = await _held(connection, call_id, slot)
            if place.service_type != service_type:
                raise not_offered()
            await lock_technicians(connection, (place.technician,))
            await connection.execute(
                sql.MOVE, job_id, place.technician, place.window.start, place.window.end
            )
            await connection.execute(sql.RELEASE, call_id)
            await _remember(connection, idempotency_key, job_id, call_id, "rescheduled")
            await _queue(connection, messages, job_id)
            return job_id

        return await self._changed(work)

    async def cancel(
        self,
        job_id: JobId,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """See `ports.jobs.Jobs.cancel`.

        A job that is cancelled already comes back as it is and queues nothing. A checkout link
        that has not been made yet will not be, and texts that wait for it are dropped. Money that
        was paid stays until a person gives it back; the job's call has an event that says so.

        Raises:
            CallerFixable: ``job.unknown``, or ``job.closed`` when the work is done.
        """

        async def work(connection: Connection) -> JobId:
            await lock_identities(connection, (await _owner(connection, job_id),))
            if await connection.fetchval(sql.DONE, idempotency_key) is not None:
                return job_id
            status = await connection.fetchval(sql.LOCK_STATUS, job_id)
            if status == JobStatus.CANCELLED:
                return job_id
            if status == JobStatus.COMPLETED:
                raise CallerFixable("job.closed", "That appointment is over.")
            await call_off(connection, job_id, idempotency_key, by=call_id)
            await tell_refund_due(connection, job_id)
            await _queue(connection, messages, job_id)
            return job_id

        return await self._changed(work)

    async def _changed(self, work: sql.Work) -> Job:
        """Run a change; what the constraints refuse is a time that someone else took."""

        async def guarded(connection: Connection) -> JobId:
            try:
                return await work(connection)
            except (asyncpg.ExclusionViolationError, asyncpg.UniqueViolationError) as error:
                if error.constraint_name in {"jobs_no_overlap", "jobs_once"}:
                    raise taken() from error
                raise

        return await self._known(await self._db.run(guarded))

    async def _known(self, job_id: JobId) -> Job:
        job = await self.get(job_id)
        if job is None:
            raise unknown_job()
        return job


async def _standing(
    connection: Connection, draft: JobDraft, caller: str, idempotency_key: str
) -> Row:
    """What a booking meets, as `sql.STANDING` tells it."""
    window = draft.slot.window
    return await connection.fetchrow(
        sql.STANDING,
        draft.call_id,
        draft.slot.slot_id,
        idempotency_key,
        draft.quote.quote_id,
        draft.phone,
        draft.service_type,
        window.start,
        window.end,
        caller if caller.startswith("+") else None,
        list(draft.proven),
    )


def _same_booking(stands: Row, draft: JobDraft) -> JobId | None:
    for job_id, name, address in stands["same"]:
        if is_same_visit(name, address, draft.customer_name, draft.address):
            return JobId(job_id)
    return None


async def _customer(connection: Connection, draft: JobDraft, stands: Row) -> str:
    """Whose the booking is: one whom the caller has proven to be, under their name, or new."""
    for customer, name in stands["proven"]:
        if same_words(name, draft.customer_name):
            await connection.execute(sql.RENEW_CUSTOMER, customer, draft.email, draft.address)
            return str(customer)
    added: str = await connection.fetchval(
        sql.ADD_CUSTOMER, draft.phone, draft.customer_name, draft.email, draft.address
    )
    return added


def _place(row: Row) -> _Place:
    """The slot as offered to this call; an expired offer is refused with the true reason."""
    if row["technician_id"] is None:
        raise not_offered()
    if row["expired"]:
        raise taken() if row["taken"] else not_offered()
    return _Place(row["technician_id"], row["service_type"], Window(row["starts"], row["ends"]))


async def _held(connection: Connection, call_id: CallId, slot: Slot) -> _Place:
    row = await connection.fetchrow(sql.HELD, call_id, slot.slot_id)
    if row is None:
        raise not_offered()
    return _place(row)


async def _insert(
    connection: Connection,
    draft: JobDraft,
    stands: Row,
    place: _Place,
    messages: Sequence[OutboundMessage],
    idempotency_key: str,
) -> JobId:
    """Everything that a new booking consists of. The technician is locked as late as possible."""
    if stands["estimate"] is None:
        raise quote_unknown()
    if stands["price_expired"]:
        raise quote_expired()
    customer = await _customer(connection, draft, stands)
    await lock_technicians(connection, (place.technician,))
    await end_wait(connection, draft.phone, place.service_type)
    job_id = None
    while job_id is None:  # the code of another live job inserts nothing: draw again
        job_id = await connection.fetchval(
            sql.INSERT_JOB,
            new_booking_code(draft.phone),
            customer,
            draft.call_id,
            draft.quote.quote_id,
            place.technician,
            place.window.start,
            place.window.end,
            place.service_type,
            draft.description,
            draft.address,
            draft.notes,
            draft.priority.value,
            stands["estimate"],
            stands["deposit"],
            idempotency_key,
            draft.locale.value,
        )
    job = JobId(job_id)
    await use_offer(connection, stands["offer"], job)
    await _queue(connection, messages, job)
    return job


async def call_off(connection: Connection, job_id: JobId, key: str, *, by: CallId | None) -> None:
    """Cancel a job in the caller's transaction, with what waits for its link.

    Args:
        connection: in a transaction that has found the job to be open.
        job_id: of the job.
        key: the change's idempotency key.
        by: the conversation that does it, ``None`` when none does.
    """
    await connection.execute(sql.CANCEL, job_id)
    await connection.execute(sql.DROP_LINK_TASKS, job_id)
    await give_offer_back(connection, job_id)
    await _remember(connection, key, job_id, by, "cancelled")


async def _remember(
    connection: Connection, key: str, job_id: JobId, call_id: CallId | None, kind: str
) -> None:
    await connection.execute(sql.REMEMBER, key, job_id, call_id, kind)


async def _queue(
    connection: Connection, messages: Sequence[OutboundMessage], job_id: JobId
) -> None:
    for message in messages:
        await put_text(connection, message, job_id=job_id)


async def _owner(connection: Connection, job_id: JobId) -> str:
    phone: str | None = await connection.fetchval(sql.OWNER, job_id)
    if phone is None:
        raise unknown_job()
    return phone


def not_offered() -> CallerFixable:
    """The call does not hold this slot."""
    return CallerFixable(
        "slot.not_offered",
        "That time is not on offer for this call.",
        say="Let me check which times are open.",
        field="scheduled_time",
    )


def too_many() -> CallerFixable:
    """This person has `MAX_OPEN_JOBS` open jobs."""
    return CallerFixable(
        "jobs.too_many",
        "This number has as many open appointments as can be booked by itself.",
        say="You already have two open appointments. I can move one of those, "
        "or connect you with a person.",
    )


def quote_unknown() -> CallerFixable:
    """The quote is not of this call and service."""
    return CallerFixable(
        "quote.unknown",
        "There is no such quote for this call and service.",
        say="Let me check the price once more before I book.",
    )


def quote_expired() -> CallerFixable:
    """The quote holds no longer."""
    return CallerFixable(
        "quote.expired",
        "The time of this quote is over; get a new one.",
        say="That price was good for a while only. Let me check it again.",
        field="estimated_cost",
    )


def unknown_job() -> CallerFixable:
    """There is no job of this id."""
    return CallerFixable("job.unknown", "There is no such appointment.")


def _job(row: Row) -> Job:
    return Job(
        job_id=JobId(str(row["id"])),
        code=row["code"],
        customer=Customer(
            str(row["customer_id"]),
            row["customer_name"],
            row["phone"],
            row["email"],
            row["customer_address"],
        ),
        service_type=row["service_type"],
        description=row["description"],
        address=row["address"],
        window=Window(row["window_start"], row["window_end"]),
        technician_id=row["technician"],
        priority=Priority(row["priority"]),
        status=JobStatus(row["status"]),
        notes=row["notes"],
        estimated_cost=Cents(row["estimated_cost"]),
        deposit_amount=Cents(row["deposit_amount"]),
        deposit_paid=row["deposit_paid"],
        checkout_url=row["checkout_url"],
        call_id=CallId(str(row["call_id"])) if row["call_id"] is not None else None,
        locale=Locale(row["locale"]),
    )
