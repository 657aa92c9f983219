"""Whom texts reach, how many go where, and what became of them.

A report may come before we have written down that the text left, since carriers are quick: then it
is kept with the row of the outbox, which is found by the key in the report's address. Whoever comes
second finds what the first wrote: both lock that row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from loguru import logger

from voiceagent.domain.business import TextLimits
from voiceagent.domain.outcomes import OPTED_OUT
from voiceagent.domain.records import CallId, JobId, OutboundMessage
from voiceagent.domain.texting import (
    EMAIL,
    VOICE,
    Delivery,
    DeliveryReport,
    OtherWay,
    TextsOfADay,
    TextVerdict,
    block_of,
    digest_of,
)
from voiceagent.store.locks import lock_texts
from voiceagent.store.outbox import is_reply, put_text
from voiceagent.store.pool import Connection, Database, Row

_COUNTS: Final = """
SELECT coalesce(
           (SELECT why FROM no_texts WHERE digest = $2),
           (SELECT 'opted_out' FROM text_consents WHERE address = $2 AND stopped AND NOT $5),
           (SELECT 'opted_out' FROM calls c JOIN call_events e ON e.call_id = c.id
             WHERE c.from_number = $1 AND e.kind = $4 AND NOT $5 LIMIT 1)) AS bars,
       count(*) FILTER (WHERE recipient = $1) AS to_number,
       count(*) FILTER (WHERE starts_with(recipient, $3)) AS to_block,
       count(*) AS in_all
  FROM outbox
 WHERE counted_at > clock_timestamp() - interval '24 hours'
"""

_TAKE_PLACE: Final = """
UPDATE outbox SET counted_at = clock_timestamp() WHERE id = $1 AND lease = $2
"""

_BAR: Final = """
INSERT INTO no_texts (digest, why) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING
"""

_SENT: Final = """
SELECT id, key, channel, address, body, call_id::text, job_id::text, status
  FROM messages WHERE carrier_id = $1 AND direction = 'outbound'
   FOR NO KEY UPDATE
"""

_SET_STATUS: Final = """
UPDATE messages SET status = $2, status_code = $3, status_at = app_now() WHERE id = $1
"""

_TOLD: Final = """
SELECT id, recipient, told FROM outbox
 WHERE key = $1 AND state IN ('waiting', 'leased')
   FOR NO KEY UPDATE
"""

_SET_TOLD: Final = "UPDATE outbox SET told_id = $2, told = $3, told_code = $4 WHERE id = $1"

_EMAIL_OF: Final = """
SELECT c.email FROM jobs j JOIN customers c ON c.id = j.customer_id WHERE j.id = $1
"""

_TELL: Final = """
INSERT INTO call_events (id, call_id, kind, detail)
SELECT gen_random_uuid(), id, 'message.undelivered', $2 FROM calls WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class OtherWays:
    """What there is beside texts."""

    by_email: bool = False
    by_voice: bool = False


class PostgresDeliveries:
    """`ports.messages.Deliveries` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self.refused: Counter[str] = Counter()

    async def verdict(self, number: str, limits: TextLimits) -> TextVerdict:
        """See `ports.messages.Deliveries.verdict`."""

        async def work(connection: Connection) -> TextVerdict:
            known = await _of_a_day(connection, number, answers=False)
            return known.judged(limits, ours=False)

        return self._counted(await self._db.run(work))

    async def take_place(self, row: Row, limits: TextLimits, *, ours: bool) -> TextVerdict:
        """Whether a leased text may leave; it counts from then on. One at a time, over all workers.

        Args:
            row: of the outbox.
            limits: of the business.
            ours: it goes to one of the business's own people.
        """

        async def work(connection: Connection) -> TextVerdict:
            await lock_texts(connection)
            number, answers = row["recipient"], is_reply(row["key"])
            known = await _of_a_day(connection, number, answers=answers)
            found = known.judged(limits, ours=ours)
            if found is TextVerdict.MAY:
                await connection.execute(_TAKE_PLACE, row["id"], row["lease"])
            return found

        return self._counted(await self._db.run(work))

    async def report(self, report: DeliveryReport, *, by_email: bool, by_voice: bool) -> bool:
        """See `ports.messages.Deliveries.report`."""
        ways = OtherWays(by_email, by_voice)

        async def work(connection: Connection) -> bool:
            known = await _note(connection, report, ways)
            if not known and report.key and not await _note_early(connection, report):
                return await _note(connection, report, ways)  # it was written down meanwhile
            return known or bool(report.key)

        return await self._db.run(work)

    def _counted(self, verdict: TextVerdict) -> TextVerdict:
        if verdict is not TextVerdict.MAY:
            self.refused[verdict.value] += 1
        return verdict


async def _of_a_day(connection: Connection, number: str, *, answers: bool) -> TextsOfADay:
    """What is known of a number; who wrote to us may be answered, whatever they wished before."""
    row = await connection.fetchrow(
        _COUNTS, number, digest_of(number), block_of(number), OPTED_OUT, answers
    )
    bars = TextVerdict(row["bars"]) if row["bars"] is not None else None
    return TextsOfADay(bars, row["to_number"], row["to_block"], row["in_all"])


async def bar(connection: Connection, number: str, why: TextVerdict) -> None:
    """A number gets no texts from now on."""
    await connection.execute(_BAR, digest_of(number), why.value)


async def _note(connection: Connection, report: DeliveryReport, ways: OtherWays) -> bool:
    """Note a report of a text that we know has left; False when there is none."""
    sent = await connection.fetchrow(_SENT, report.carrier_id)
    if sent is None:
        return False
    before = Delivery(sent["status"])
    now = before.then(report.status)
    if now is not before:
        await connection.execute(_SET_STATUS, sent["id"], now.value, report.code)
    if report.bars is not None:
        await bar(connection, sent["address"], report.bars)
    if now is Delivery.UNDELIVERED and before is Delivery.SENT:
        await go_another_way(connection, _message(sent, sent["address"]), report, ways)
    return True


async def _note_early(connection: Connection, report: DeliveryReport) -> bool:
    """Keep a report of a text that has not been written down as sent yet; False without one."""
    waits = await connection.fetchrow(_TOLD, report.key)
    if waits is None:
        return False
    told = Delivery(waits["told"]).then(report.status)
    await connection.execute(_SET_TOLD, waits["id"], report.carrier_id, told.value, report.code)
    if report.bars is not None:
        await bar(connection, waits["recipient"], report.bars)
    return True


def _message(row: Row, to: str) -> OutboundMessage:
    call_id, job_id = row["call_id"], row["job_id"]
    return OutboundMessage(
        row["key"],
        row["channel"],
        to,
        row["body"],
        CallId(call_id) if call_id is not None else None,
        JobId(job_id) if job_id is not None else None,
    )


async def go_another_way(
    connection: Connection, text: OutboundMessage, report: DeliveryReport, ways: OtherWays
) -> None:
    """Queue what did not arrive for another channel, in the caller's transaction, and tell of it.

    Only what concerns a booking; and nobody is called who wants to be left alone.
    """
    reason = OtherWay.NONE
    if text.channel not in {EMAIL, VOICE} and text.job_id is not None:
        email = await connection.fetchval(_EMAIL_OF, text.job_id)
        if ways.by_email and email:
            await _put(connection, text, EMAIL, email)
            reason = OtherWay.EMAIL
        elif ways.by_voice and report.bars is not TextVerdict.OPTED_OUT:
            await _put(connection, text, VOICE, text.to)
            reason = OtherWay.VOICE
    code = report.code or "without a code"
    logger.warning("messages.undelivered: {}: {}", code, reason)
    if text.call_id is not None:
        await connection.execute(_TELL, text.call_id, f"{text.channel} {code}: {reason}")


async def _put(connection: Connection, text: OutboundMessage, channel: str, to: str) -> None:
    key = f"{channel}:{text.key}"
    again = OutboundMessage(key, channel, to, text.body, text.call_id, text.job_id)
    await put_text(connection, again)
