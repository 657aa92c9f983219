"""One row of the outbox that is written to somebody: whether it may leave, by whom, and once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeVar

from voiceagent.domain.business import TextLimits
from voiceagent.domain.letters import Letterhead
from voiceagent.domain.links import host_of
from voiceagent.domain.records import CallId, Cents, Job, JobId, JobStatus, OutboundMessage
from voiceagent.domain.texting import (
    BY_CARRIER,
    EMAIL,
    TO_PEOPLE,
    TRANSCRIPT,
    VOICE,
    Delivery,
    DeliveryReport,
    TextVerdict,
    digest_of,
    is_unasked,
    read_out,
)
from voiceagent.errors import CallerFixable, FateUnknown, Unavailable, VoiceAgentError
from voiceagent.ports.email import Email, EmailSender
from voiceagent.ports.messages import Texts
from voiceagent.ports.meter import OutboxCounts
from voiceagent.ports.outbound import OutboundGate
from voiceagent.store import dispatcher_sql as sql
from voiceagent.store.deliveries import OtherWays, PostgresDeliveries, bar, go_another_way
from voiceagent.store.jobs import PostgresJobs
from voiceagent.store.outbox import carries_code, is_reminder, is_reply
from voiceagent.store.pool import Connection, Database, Row

T = TypeVar("T")

_BARS: Final = {
    "text.opted_out": TextVerdict.OPTED_OUT,
    "text.landline": TextVerdict.LANDLINE,
}
"""What a carrier's refusal says of a number for good."""


class ReadsOut(Protocol):
    """Calls somebody and reads a message out."""

    async def read_out(self, number: str, words: str) -> str:
        """The carrier's id of the call. Raises as `ports.messages.Texts.send` does."""
        ...


def _at_once() -> float:
    return 0.0


def _never_quiet(_: str) -> float:
    return 0.0


def _as_it_is(body: str, job: Job) -> str:
    del job
    return body


@dataclass(frozen=True, slots=True)
class Carriers:
    """Who sends what, and how much.

    Attributes:
        texts: sends SMS and the like.
        email: sends letters; ``None`` when there is none.
        voice: reads out what did not arrive in writing; ``None`` when nobody does.
        limits: of the texts of a day.
        ours: numbers of the business's own people.
        voice_waits_s: how long a call to a customer has to wait, for the hour of the day.
        text_waits_s: how long a text that nobody waits for has to wait, for the hour where a number
            is.
        subject: of a letter.
        deliveries: whom texts reach; a `Sending` makes its own where none is given.
        gate: judges what is written; nobody where it is ``None``.
        worded: a text about a job, in the language of its customer.
    """

    texts: Texts
    email: EmailSender | None = None
    voice: ReadsOut | None = None
    limits: TextLimits = field(default_factory=TextLimits)
    ours: frozenset[str] = frozenset()
    voice_waits_s: Callable[[], float] = _at_once
    text_waits_s: Callable[[str], float] = _never_quiet
    subject: str = "Your booking"
    deliveries: PostgresDeliveries | None = None
    gate: OutboundGate | None = None
    worded: Callable[[str, Job], str] = _as_it_is

    @property
    def other_ways(self) -> OtherWays:
        """What there is beside texts."""
        return OtherWays(self.email is not None, self.voice is not None)


class Stopped(Exception):
    """A row that must not leave any more: it ends in `state`, for `code`."""

    def __init__(self, state: str, code: str) -> None:
        super().__init__(code)
        self.state = state
        self.code = code


class Sending:
    """Sends leased rows.

    Args:
        database: of the rows.
        carriers: see there.
        counts: of the dispatcher.
    """

    def __init__(self, database: Database, carriers: Carriers, counts: OutboxCounts) -> None:
        self._db = database
        self._jobs = PostgresJobs(database)
        self._carriers = carriers
        self._deliveries = carriers.deliveries or PostgresDeliveries(database)
        self._counts = counts

    async def send(self, row: Row) -> None:
        """Send a row and write down that it left.

        Raises:
            Stopped: it has lost its purpose, or may not leave.
            FateUnknown: whether it left has to be looked up.
            VoiceAgentError: as the carrier's; it was not sent.
        """
        job = await self._jobs.get(JobId(row["job_id"])) if row["job_id"] is not None else None
        message = OutboundMessage(
            key=row["key"],
            channel=row["channel"],
            to=row["recipient"],
            body=self._body(row, job),
            call_id=CallId(row["call_id"]) if row["call_id"] is not None else None,
            job_id=job.job_id if job is not None else None,
        )
        message = replace(message, body=self._judged(message, job))
        if row["told_id"]:  # the carrier has told of it, so it has it
            await self._sent(row, message, row["told_id"])
            return
        _refuse_outdated(row, job)
        await self._refuse_unwanted(row)
        try:
            carrier_id = await self._hand_over(row, message)
        except CallerFixable as error:
            await self._never(row, message, error)
            return
        await self._sent(row, message, carrier_id)

    def _judged(self, message: OutboundMessage, job: Job | None) -> str:
        """The body as it may leave; what was said in a conversation was judged there with it."""
        gate = self._carriers.gate
        if gate is None or message.channel not in TO_PEOPLE:
            return message.body
        links = frozenset({host_of(job.checkout_url)} if job and job.checkout_url else ())
        if message.to in self._carriers.ours or _was_judged(message.key):
            return gate.judged(message.body, None, links)
        return gate.judged(message.body, lambda: _of_the_recipient(message, job), links)

    async def _refuse_unwanted(self, row: Row) -> None:
        """Raise `Stopped` for what nobody wants, or could use, any more."""
        wants_none = sql.WANTS_NONE, row["id"], digest_of(row["recipient"])
        if await self._db.row(*wants_none) is not None:
            raise Stopped("dropped", "text.opted_out")
        if carries_code(row["key"]) and await self._db.row(sql.CODE_IS_OVER, row["id"]):
            raise Stopped("dropped", "code.expired")

    async def _hand_over(self, row: Row, message: OutboundMessage) -> str:
        if message.channel == EMAIL:
            return await self._mail(row, message)
        if message.channel == VOICE:
            return await self._call(row, message)
        if row["asked_before"] is not None:
            found = await self._found(row, message)
            if found is not None:
                self._counts.found += 1
                return found
        if message.channel in BY_CARRIER and is_unasked(message.key):
            await self._keep_quiet(row)
        if row["counted_at"] is None and message.channel in BY_CARRIER:
            ours = message.to in self._carriers.ours
            verdict = await self._deliveries.take_place(row, self._carriers.limits, ours=ours)
            if verdict is not TextVerdict.MAY:
                raise Stopped("dead", f"text.{verdict.value}")
        return await self._once(row, self._carriers.texts.send, message)

    async def _keep_quiet(self, row: Row) -> None:
        """Raise `Unavailable` for what nobody waits for while it is quiet where they are."""
        if (wait_s := self._carriers.text_waits_s(row["recipient"])) > 0:
            await self._not_asked(row)
            raise Unavailable("text.quiet_hours", "Not at this hour.", retry_after_s=wait_s)

    async def _found(self, row: Row, message: OutboundMessage) -> str | None:
        """The carrier's id of a text that it may have been given before."""
        others = await self._db.rows(sql.OTHER_IDS, message.to, message.key)
        known = [other["carrier_id"] for other in others]
        try:
            return await self._carriers.texts.find(
                message, since=row["asked_before"], but_not=known
            )
        except VoiceAgentError as error:
            raise FateUnknown(error.code, "It could not be looked up.") from error

    async def _mail(self, row: Row, message: OutboundMessage) -> str:
        if self._carriers.email is None:
            raise Stopped("dead", "email.not_configured")
        letter = await self._letter(message)
        try:
            return await self._once(row, self._carriers.email.send_email, letter)
        except FateUnknown:
            if row["asked_before"] is not None:
                raise Stopped("dead", "email.fate_unknown") from None
            raise

    async def _letter(self, message: OutboundMessage) -> Email:
        """A letter, as the answer to theirs where they wrote one."""
        found = await self._db.row(sql.LETTERHEAD, message.key, message.to, message.call_id)
        head = Letterhead()
        if found is not None:
            before = tuple(found["letters_before"].split())
            head = Letterhead(found["subject"], found["letter_id"], before)
        return Email(
            message.key,
            message.to,
            head.answers_subject or self._carriers.subject,
            message.body,
            answers=head.letter_id,
            references=head.answers_references,
        )

    async def _call(self, row: Row, message: OutboundMessage) -> str:
        voice = self._carriers.voice
        if voice is None:
            raise Stopped("dead", "voice.not_configured")
        if row["asked_before"] is not None:
            raise Stopped("dead", "voice.fate_unknown")  # nobody is rung twice for a guess
        if (wait_s := self._carriers.voice_waits_s()) > 0:
            await self._not_asked(row)
            raise Unavailable("voice.quiet_hours", "Not at this hour.", retry_after_s=wait_s)

        async def ring(said: OutboundMessage) -> str:
            return await voice.read_out(said.to, read_out(said.body))

        return await self._once(row, ring, message)

    async def _once(self, row: Row, send: Callable[[T], Awaitable[str]], what: T) -> str:
        """Ask a carrier; note it when it certainly did nothing."""
        try:
            return await send(what)
        except FateUnknown:
            raise
        except VoiceAgentError:
            await self._not_asked(row)
            raise

    async def _not_asked(self, row: Row) -> None:
        await self._db.execute(sql.NOT_ASKED, row["id"], row["lease"])

    async def _sent(self, row: Row, message: OutboundMessage, carrier_id: str) -> None:
        """Write down that it left, with what the carrier may have told of it already."""

        async def work(connection: Connection) -> None:
            told = await connection.fetchrow(sql.DONE, row["id"], row["lease"])
            status = Delivery(told["told"]) if told is not None else Delivery.SENT
            await connection.execute(
                sql.STORE_TEXT,
                message.key,
                message.channel,
                message.to,
                message.body,
                carrier_id,
                message.call_id,
                message.job_id,
                status.value,
                told["told_code"] if told is not None else "",
            )
            if status is Delivery.UNDELIVERED:
                report = DeliveryReport(carrier_id, message.key, status, told["told_code"])
                await go_another_way(connection, message, report, self._carriers.other_ways)

        await self._db.run(work)
        self._counts.delivered += 1

    def _body(self, row: Row, job: Job | None) -> str:
        """A text with its job's code, link and deposit, in its customer's language."""
        body = fill(row["body"], job)
        if job is None or _was_judged(row["key"]):
            return body
        return self._carriers.worded(body, job)

    async def _never(self, row: Row, message: OutboundMessage, error: CallerFixable) -> None:
        """The carrier will never take it: it goes another way, and is dead by this one."""
        why = _BARS.get(error.code)

        async def work(connection: Connection) -> None:
            if why is not None:
                await bar(connection, message.to, why)
            report = DeliveryReport("", message.key, Delivery.UNDELIVERED, error.code, why)
            await go_another_way(connection, message, report, self._carriers.other_ways)
            await connection.execute(sql.END, row["id"], row["lease"], "dead", error.code)

        await self._db.run(work)
        self._counts.dead += 1


def _was_judged(key: str) -> bool:
    """Whether all of a text was judged in its conversation, which knows what came up there."""
    return is_reply(key) or key.startswith(TRANSCRIPT)


def _of_the_recipient(message: OutboundMessage, job: Job | None) -> Iterator[str]:
    """Of whom somebody may be told in what nobody asked for: of themselves and their visit."""
    yield message.to
    if job is not None:
        yield from (job.customer.phone, job.customer.email or "", job.address, job.code)


def _refuse_outdated(row: Row, job: Job | None) -> None:
    """Raise `Stopped` for what has lost its purpose since it was queued."""
    if not row["needs_link"]:
        return
    if job is not None and job.status is JobStatus.CANCELLED:
        raise Stopped("dropped", "job.closed")
    if job is None or (job.deposit_amount > 0 and job.checkout_url is None):
        raise Stopped("dead", "outbox.no_link")
    if job.deposit_paid and is_reminder(row["key"]):
        raise Stopped("dropped", "deposit.paid")


def fill(body: str, job: Job | None) -> str:
    """Put a job's code, link and deposit into a text. Nothing else in braces is touched."""
    if job is None:
        return body
    values = {
        "{job_code}": job.code,
        "{checkout_url}": job.checkout_url or "",
        "{deposit}": dollars(job.deposit_amount),
    }
    for placeholder, value in values.items():
        body = body.replace(placeholder, value)
    return body


def dollars(amount: Cents) -> str:
    """An amount as written in a text: ``$206``, ``$206.25``."""
    whole, cents = divmod(amount, 100)
    return f"${whole:,}.{cents:02}" if cents else f"${whole:,}"
