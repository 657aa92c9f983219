"""Whom texts reach and what became of them, in memory."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from voiceagent.domain.business import TextLimits
from voiceagent.domain.history import CallEvent
from voiceagent.domain.outcomes import OPTED_OUT
from voiceagent.domain.records import OutboundMessage
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
from voiceagent.store.memory.messages import carrier_id_of
from voiceagent.store.memory.tables import Tables, Waits

_DAY: Final = timedelta(hours=24)


class MemoryDeliveries:
    """`ports.messages.Deliveries` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.refused: Counter[str] = Counter()

    async def verdict(self, number: str, limits: TextLimits) -> TextVerdict:
        """See `ports.messages.Deliveries.verdict`."""
        await self._tables.enter("deliveries.verdict")
        found = self._of_a_day(number).judged(limits, ours=False)
        if found is not TextVerdict.MAY:
            self.refused[found.value] += 1
        return found

    async def report(self, report: DeliveryReport, *, by_email: bool, by_voice: bool) -> bool:
        """See `ports.messages.Deliveries.report`."""
        await self._tables.enter("deliveries.report")
        tables = self._tables
        sent = next((m for m in tables.sent if carrier_id_of(m) == report.carrier_id), None)
        if sent is None:
            return self._keep_early(report)
        before = tables.arrived.get(sent.key, Delivery.SENT)
        now = tables.arrived[sent.key] = before.then(report.status)
        self._bar(sent.to, report)
        if now is Delivery.UNDELIVERED and before is Delivery.SENT:
            self._go_another_way(sent, report, by_email=by_email, by_voice=by_voice)
        return True

    def _keep_early(self, report: DeliveryReport) -> bool:
        waits = self._tables.outbox.get(report.key)
        if waits is None or waits.message is None or waits.state is not Waits.WAITING:
            return False
        before = self._tables.arrived.get(report.key, Delivery.SENT)
        self._tables.arrived[report.key] = before.then(report.status)
        self._bar(waits.message.to, report)
        return True

    def _bar(self, number: str, report: DeliveryReport) -> None:
        if report.bars is not None:
            self._tables.no_texts.setdefault(digest_of(number), report.bars)

    def _go_another_way(
        self, text: OutboundMessage, report: DeliveryReport, *, by_email: bool, by_voice: bool
    ) -> None:
        how, job = (
            OtherWay.NONE,
            None if text.job_id is None else self._tables.jobs[text.job_id],
        )
        if text.channel not in {EMAIL, VOICE} and job is not None:
            if by_email and job.customer.email:
                self._put(text, EMAIL, job.customer.email)
                how = OtherWay.EMAIL
            elif by_voice and report.bars is not TextVerdict.OPTED_OUT:
                self._put(text, VOICE, text.to)
                how = OtherWay.VOICE
        if text.call_id is not None:
            told = f"{text.channel} {report.code or 'without a code'}: {how}"
            event = CallEvent("message.undelivered", told, self._tables.clock.now())
            self._tables.events.append((text.call_id, event))

    def _put(self, text: OutboundMessage, channel: str, to: str) -> None:
        key = f"{channel}:{text.key}"
        again = OutboundMessage(key, channel, to, text.body, text.call_id, text.job_id)
        self._tables.put(again, text.job_id)

    def _of_a_day(self, number: str) -> TextsOfADay:
        tables = self._tables
        since = tables.clock.now() - _DAY
        to = [to for to, at in tables.texted if at > since]
        ours = {c for c, row in tables.calls.items() if row.call.from_number == number}
        bars = tables.no_texts.get(digest_of(number))
        said = any(c in ours and e.kind == OPTED_OUT for c, e in tables.events)
        if bars is None and (said or number in tables.stopped):
            bars = TextVerdict.OPTED_OUT
        in_block = sum(one.startswith(block_of(number)) for one in to)
        return TextsOfADay(bars, to.count(number), in_block, len(to))
