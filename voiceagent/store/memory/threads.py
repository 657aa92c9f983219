"""Threads of texts, and who wants none, in memory."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from voiceagent.domain.records import CallId, OutboundMessage
from voiceagent.domain.redact import Withhold
from voiceagent.domain.texting import BY_CARRIER, EMAIL, digest_of
from voiceagent.domain.threads import (
    KEPT_TURNS,
    LATELY_S,
    DueMessage,
    MessageState,
    NewMessage,
    OpenTalk,
    ReplyDelivery,
    ThreadId,
    ThreadMessage,
    ThreadReply,
)
from voiceagent.store.memory.tables import KeptMessage, KeptThread, Tables, Waits

_ORDER = [one for one in ReplyDelivery if one is not ReplyDelivery.FAILED] + [ReplyDelivery.FAILED]


class MemoryThreads:
    """`ports.threads.Threads` in memory; there is one worker, which holds every thread it asks for.

    Args:
        tables: everything that is kept.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def take(self, message: NewMessage) -> ThreadMessage:
        """See `ports.threads.Threads.take`."""
        await self._tables.enter("threads.take")
        thread = self._thread(message.person)
        for one in self._tables.texts.values():
            if one.of.key == message.key:
                return one.of
        for one in self._of(thread.thread_id):
            waits = one.of.state is MessageState.WAITING and not one.of.attempts
            if waits and message.edits and one.of.key == message.edits:
                one.of = replace(one.of, state=MessageState.REPLACED)
        return self._put(
            thread,
            message.key,
            message.channel,
            message.text,
            position=message.position,
            patience_s=message.patience_s,
        ).of

    async def message(self, message_id: int) -> ThreadMessage | None:
        """See `ports.threads.Threads.message`."""
        await self._tables.enter("threads.message")
        found = self._tables.texts.get(message_id)
        return None if found is None else found.of

    @asynccontextmanager
    async def held(self, thread_id: ThreadId) -> AsyncIterator[bool]:
        """See `ports.threads.Threads.held`."""
        await self._tables.enter("threads.held")
        yield thread_id in self._tables.threads

    async def next_due(self, thread_id: ThreadId) -> DueMessage | None:
        """See `ports.threads.Threads.next_due`."""
        await self._tables.enter("threads.next_due")
        waiting = [one for one in self._of(thread_id) if one.of.state is MessageState.WAITING]
        if not waiting:
            return None
        first = min(waiting, key=lambda one: (one.position, one.of.message_id))
        first.of = replace(first.of, attempts=first.of.attempts + 1)
        stopped = self._tables.wants_no_texts(first.of.person)
        return DueMessage(first.of, self._talk(thread_id), stopped)

    async def talk(self, thread_id: ThreadId) -> OpenTalk:
        """See `ports.threads.Threads.talk`."""
        await self._tables.enter("threads.talk")
        return self._talk(thread_id)

    def _talk(self, thread_id: ThreadId) -> OpenTalk:
        thread = self._tables.threads.get(thread_id)
        if thread is None:
            return OpenTalk()
        since = self._tables.clock.now() - timedelta(seconds=LATELY_S)
        call_id = thread.talk.call_id
        return replace(
            thread.talk,
            lately=sum(one.at > since for one in self._of(thread_id)),
            audited=tuple(
                one.error_code
                for one in self._tables.audits
                if call_id is not None and one.call_id == call_id
            ),
        )

    async def begin(self, thread_id: ThreadId, call_id: CallId) -> None:
        """See `ports.threads.Threads.begin`."""
        await self._tables.enter("threads.begin")
        self._tables.known_call(call_id)
        self._tables.threads[thread_id].talk = OpenTalk(call_id)

    async def answer(self, message: ThreadMessage, reply: ThreadReply) -> bool:
        """See `ports.threads.Threads.answer`."""
        await self._tables.enter("threads.answer")
        kept = self._tables.texts[message.message_id]
        if kept.of.state is not MessageState.WAITING:
            return False
        kept.of = replace(
            kept.of,
            state=MessageState.ANSWERED,
            reply=reply.text,
            delivery=ReplyDelivery.OWED if reply.text else ReplyDelivery.NONE,
            expecting=reply.expecting,
        )
        kept.call_id = reply.call_id
        thread = self._tables.threads[message.thread_id]
        if reply.call_id is not None and thread.talk.call_id == reply.call_id:
            steps = [index for of, index in self._tables.steps if of == reply.call_id]
            turns = sum(1 for of, _ in self._tables.turns if of == reply.call_id)
            open_one = OpenTalk(reply.call_id, max(steps, default=-1), turns, case=reply.case)
            thread.talk = OpenTalk() if reply.over else open_one
            thread.updated_at = self._tables.clock.now()
        self._drop_old(message.thread_id)
        return True

    async def hand(self, message_id: int) -> str | None:
        """See `ports.threads.Threads.hand`."""
        await self._tables.enter("threads.hand")
        kept = self._tables.texts.get(message_id)
        if kept is None or kept.of.delivery is not ReplyDelivery.OWED or self._is_late(kept):
            return None
        earlier = (one for one in self._of(kept.of.thread_id) if one.of.message_id < message_id)
        if any(self._has_not_left(one) for one in earlier):
            return None
        kept.of = replace(kept.of, delivery=ReplyDelivery.HANDED)
        return kept.of.reply

    async def queue_owed(self) -> int:
        """See `ports.threads.Threads.queue_owed`."""
        await self._tables.enter("threads.queue_owed")
        owed = [
            one
            for one in self._tables.texts.values()
            if one.of.delivery is ReplyDelivery.OWED and self._is_late(one) and _is_brought(one.of)
        ]
        for one in owed:
            of = one.of
            text = OutboundMessage(
                f"reply:{of.message_id}", of.channel, of.person, of.reply, one.call_id
            )
            self._tables.put(text)
            one.of = replace(of, delivery=ReplyDelivery.QUEUED)
        return len(owed)

    async def left_waiting(self) -> Sequence[ThreadId]:
        """See `ports.threads.Threads.left_waiting`."""
        await self._tables.enter("threads.left_waiting")
        left = [
            one.of.thread_id
            for one in self._tables.texts.values()
            if one.of.state is MessageState.WAITING and self._is_late(one)
        ]
        return list(dict.fromkeys(left))

    async def open_since(self, before: datetime) -> Sequence[tuple[ThreadId, CallId]]:
        """See `ports.threads.Threads.open_since`."""
        await self._tables.enter("threads.open_since")
        return [
            (thread.thread_id, thread.talk.call_id)
            for thread in self._tables.threads.values()
            if thread.talk.call_id is not None and thread.updated_at < before
        ]

    async def end(self, thread_id: ThreadId, call_id: CallId) -> None:
        """See `ports.threads.Threads.end`."""
        await self._tables.enter("threads.end")
        thread = self._tables.threads[thread_id]
        if thread.talk.call_id == call_id:
            thread.talk = OpenTalk()

    async def say(self, person: str, key: str, channel: str, text: str) -> None:
        """See `ports.threads.Threads.say`."""
        await self._tables.enter("threads.say")
        if any(one.of.key == key for one in self._tables.texts.values()):
            return
        kept = self._put(self._thread(person), key, channel, "")
        kept.of = replace(
            kept.of, state=MessageState.ANSWERED, reply=text, delivery=ReplyDelivery.OWED
        )

    async def history(self, person: str) -> Sequence[ThreadMessage]:
        """See `ports.threads.Threads.history`."""
        await self._tables.enter("threads.history")
        return [
            one.of
            for one in self._tables.texts.values()
            if one.of.person == person and one.of.state is not MessageState.REPLACED
        ]

    async def delivered(self, carrier_id: str, delivery: ReplyDelivery) -> None:
        """See `ports.threads.Threads.delivered`; in memory a carrier's id is the message's key."""
        await self._tables.enter("threads.delivered")
        for one in self._tables.texts.values():
            later = _ORDER.index(delivery) > _ORDER.index(one.of.delivery)
            if carrier_id == f"reply:{one.of.message_id}" and later:
                one.of = replace(one.of, delivery=delivery)

    async def withhold(self, message: ThreadMessage, text: str, secret: str) -> None:
        """See `ports.threads.Threads.withhold`."""
        await self._tables.enter("threads.withhold")
        out, tables, thread_id = Withhold.of(secret), self._tables, message.thread_id
        kept = tables.texts[message.message_id]
        kept.of = replace(kept.of, text=text)
        thread = tables.threads[thread_id]
        thread.talk = replace(thread.talk, case="")
        for one in self._of(thread_id):
            one.of = replace(one.of, text=out.text(one.of.text), reply=out.text(one.of.reply))
        call_id = thread.talk.call_id
        for at, turn in tables.turns.items():
            if at[0] == call_id:
                clean = replace(turn, text=out.text(turn.text), heard=out.text(turn.heard))
                tables.turns[at] = clean
        for step, (kind, body) in tables.steps.items():
            if step[0] == call_id:
                tables.steps[step] = (kind, json.dumps(out.value(json.loads(body))))
        tables.audits = [
            replace(
                audit,
                arguments_json=json.dumps(out.value(json.loads(audit.arguments_json))),
                result_json=json.dumps(out.value(json.loads(audit.result_json))),
            )
            if audit.call_id == call_id
            else audit
            for audit in tables.audits
        ]

    async def last_written(self, person: str, channel: str) -> datetime | None:
        """See `ports.threads.Threads.last_written`."""
        await self._tables.enter("threads.last_written")
        texts = (one for one in self._tables.texts.values() if one.of.person == person)
        return max(
            (one.at for one in texts if one.of.channel == channel and one.of.text), default=None
        )

    async def written_since(self, person: str, channel: str, since: datetime) -> int:
        """See `ports.threads.Threads.written_since`."""
        await self._tables.enter("threads.written_since")
        texts = (one for one in self._tables.texts.values() if one.of.person == person)
        return sum(
            one.of.channel == channel and bool(one.of.text) and one.at >= since for one in texts
        )

    async def person_of(self, call_id: CallId) -> str | None:
        """See `ports.threads.Threads.person_of`."""
        await self._tables.enter("threads.person_of")
        for one in self._tables.threads.values():
            if one.talk.call_id == call_id:
                return one.person
        return None

    async def last_call(self, number: str, since: datetime) -> CallId | None:
        """See `ports.threads.Threads.last_call`."""
        await self._tables.enter("threads.last_call")
        ended = [
            (row.ended_at, row.call.call_id)
            for row in self._tables.calls.values()
            if row.call.from_number == number
            and row.call.channel == "voice"
            and row.ended_at is not None
            and row.ended_at >= since
        ]
        return max(ended)[1] if ended else None

    def _thread(self, person: str) -> KeptThread:
        now = self._tables.clock.now()
        for one in self._tables.threads.values():
            if one.person == person:
                one.updated_at = now
                return one
        made = KeptThread(ThreadId(str(uuid.uuid4())), person, now)
        self._tables.threads[made.thread_id] = made
        return made

    def _put(
        self,
        thread: KeptThread,
        key: str,
        channel: str,
        text: str,
        *,
        position: int = 0,
        patience_s: float = 0.0,
    ) -> KeptMessage:
        of = ThreadMessage(
            message_id=max(self._tables.texts, default=0) + 1,
            thread_id=thread.thread_id,
            person=thread.person,
            key=key,
            channel=channel,
            text=text,
            state=MessageState.WAITING,
            reply="",
            delivery=ReplyDelivery.NONE,
        )
        until_s = self._tables.clock.monotonic() + patience_s
        kept = self._tables.texts[of.message_id] = KeptMessage(
            of, position, until_s, self._tables.clock.now()
        )
        return kept

    def _of(self, thread_id: ThreadId) -> list[KeptMessage]:
        return [one for one in self._tables.texts.values() if one.of.thread_id == thread_id]

    def _is_late(self, kept: KeptMessage) -> bool:
        return self._tables.clock.monotonic() >= kept.patience_until_s

    def _has_not_left(self, kept: KeptMessage) -> bool:
        if kept.of.delivery is not ReplyDelivery.QUEUED:
            return kept.of.delivery is ReplyDelivery.OWED
        queued = self._tables.outbox.get(f"reply:{kept.of.message_id}")
        return queued is not None and queued.state is Waits.WAITING

    def _drop_old(self, thread_id: ThreadId) -> None:
        for one in self._of(thread_id)[: -KEPT_TURNS // 2]:
            wanted = one.of.delivery in {ReplyDelivery.OWED, ReplyDelivery.QUEUED}
            if one.of.state is not MessageState.WAITING and not wanted:
                del self._tables.texts[one.of.message_id]


def _is_brought(message: ThreadMessage) -> bool:
    """Whether a reply to it reaches its person without being fetched."""
    if message.channel == EMAIL:
        return "@" in message.person
    return message.channel in BY_CARRIER and message.person.startswith("+")


class MemoryConsents:
    """`ports.threads.Consents` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def stop(self, address: str, source: str) -> bool:
        """See `ports.threads.Consents.stop`."""
        await self._tables.enter("consents.stop")
        del source
        news = address not in self._tables.stopped
        self._tables.stopped.setdefault(address, len(self._tables.outbox))
        return news

    async def start(self, address: str, source: str) -> bool:
        """See `ports.threads.Consents.start`."""
        del source
        await self._tables.enter("consents.start")
        stopped = await self.stopped(address)
        self._tables.stopped.pop(address, None)
        if self._tables.opted_out(address):
            del self._tables.no_texts[digest_of(address)]
        return stopped

    async def stopped(self, address: str) -> bool:
        """See `ports.threads.Consents.stopped`."""
        await self._tables.enter("consents.stopped")
        return self._tables.wants_no_texts(address)
