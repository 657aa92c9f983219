"""Answers what is written: one serial conversation a person, over every channel and worker.

A message is kept before anything is done about it, then answered in its turn by whoever holds the
thread, and what came of it is kept in one transaction with where the conversation stands. A worker
that dies over a message has answered nothing: the next one restores the conversation up to the last
answer and hears the message again, without calling twice for a tool that has answered.

Nothing of a conversation is in memory between two messages, so it does not matter who has the next.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Final

from loguru import logger

from channels.consent import ConsentWish, Tongue, confirmation, consent_wish
from channels.contract import ATTACHMENT, NO_PLACE, KnownBy, TextChannel
from channels.conversing import ThreadTalks
from channels.email import EMAIL
from channels.registry import CHANNELS, channel_named
from channels.webchat import visitor
from voiceagent.dialogue.contact import Contacts
from voiceagent.domain.card_marks import without_digits
from voiceagent.domain.card_watch import CardWatch, Sign
from voiceagent.domain.digit_runs import digit_runs
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.letters import Letterhead
from voiceagent.domain.links import without_links
from voiceagent.domain.mail_server import is_email
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.phones import E164_SHAPE
from voiceagent.domain.records import CallId, OutboundMessage
from voiceagent.domain.safety import hear_danger
from voiceagent.domain.texting import TRANSCRIPT
from voiceagent.domain.threads import (
    DueMessage,
    MessageState,
    NewMessage,
    ReplyDelivery,
    ThreadId,
    ThreadMessage,
    ThreadReply,
)
from voiceagent.errors import CallerFixable, Unavailable, VoiceAgentError
from voiceagent.language.en_us.matters import Matter, hear_matter
from voiceagent.ports.meter import TextCounts, TextEnd

POLL_S: Final = 0.05
MOST_POLL_S: Final = 0.8
"""Who waits for another worker asks less and less often: a thousand who wait would ask for nothing
but whether they are answered."""

SWEEP_S: Final = 1.0
CLOSE_S: Final = 60.0
IDLE: Final = timedelta(hours=24)
"""A conversation in which nothing was written for so long has ended."""

MOST_ATTEMPTS: Final = 20
ANSWERS_AT_ONCE: Final = 12
KEPT_AT_ONCE: Final = 4
"""Together no more than the pool has connections: who waits, waits here and not for them."""

LONGEST: Final = 4000
"""Characters of a message; what is behind them is not read."""

_HARMLESS_DIGITS: Final = 5
"""PCI DSS lets anybody keep the first six digits of a card; a subject may hold five in a row."""

LONGEST_LETTER: Final = 20_000
"""Characters of a transcript."""

NO_PICTURES: Final = (
    "I can't open pictures, files or voice messages here. Please write it in words."
)
NO_COORDINATES: Final = "I can't read a location here. Please write the street address."
NOT_WORKING: Final = "I'm sorry, something isn't working on our side. Please call us."


@dataclass(frozen=True, slots=True)
class DeskPace:
    """Waiting times, seconds: see the constants of their names."""

    poll_s: float = POLL_S
    sweep_s: float = SWEEP_S
    close_s: float = CLOSE_S


class TextDesk:
    """One worker's share of the answers.

    Args:
        contacts: makes conversations.
        channels: on which people write.
        pace: waiting times.
    """

    def __init__(
        self,
        contacts: Contacts,
        channels: Sequence[TextChannel] = CHANNELS,
        pace: DeskPace | None = None,
    ) -> None:
        self._contacts = contacts
        self._threads = contacts.store.threads
        self._consents = contacts.store.consents
        self._business = contacts.business
        self._talks = ThreadTalks(contacts)
        self._channels = channels
        self._pace = pace or DeskPace()
        self._busy: dict[ThreadId, asyncio.Task[list[ThreadMessage]]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._answers = asyncio.Semaphore(ANSWERS_AT_ONCE)
        self._keeping = asyncio.Semaphore(KEPT_AT_ONCE)
        at_first = product((one.name for one in channels), TextEnd)
        self.counts = TextCounts(Counter(dict.fromkeys(at_first, 0)))

    def channel(self, name: str) -> TextChannel:
        """The channel of a name, if the business has it on.

        Raises:
            CallerFixable: ``channel.unknown`` or ``channel.off``.
        """
        found = channel_named(self._channels, name)
        if found is None:
            raise CallerFixable("channel.unknown", "There is no such channel.", field="channel")
        if not found.is_on(self._business.flags):
            raise CallerFixable("channel.off", "This channel is switched off.", field="channel")
        return found

    def new_message(
        self, name: str, sender: str, text: str, *, message_id: str = "", patience_s: float
    ) -> NewMessage:
        """A message of somebody on a channel, as `receive` takes it.

        Args:
            name: of the channel.
            sender: their number, E.164, their address, or the key of their browser.
            text: what they wrote.
            message_id: the sender's own name for it; the same one twice is one message.
            patience_s: how long the reply is waited for.

        Raises:
            CallerFixable: see `channel`; ``message.from`` for who is nobody.
        """
        channel = self.channel(name)
        person = _person(channel, sender)
        key = f"{name}:{person}:{message_id or uuid.uuid4()}"
        return NewMessage(key, person, name, text, patience_s=patience_s)

    async def run(self) -> None:
        """Answer until cancelled: what comes in, and what others have left."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._close_idle())
            try:
                await self._look_after_others()
            finally:
                self._tasks = None

    async def _look_after_others(self) -> None:
        """Answer what other workers have left, and send what they have not."""
        while True:
            try:
                await self._threads.queue_owed()
                for thread_id in await self._threads.left_waiting():
                    self._answering(thread_id)
            except Unavailable as error:
                logger.warning("texts.rest: {}", error.code)
            await asyncio.sleep(self._pace.sweep_s)

    async def reply_to(self, message: NewMessage) -> str:
        """The reply to a message for who waits for it; "" when there is none, or it is sent later.

        Raises:
            CallerFixable: see `channel`.
            Unavailable: the message could not be kept.
        """
        kept = await self.receive(message)
        if kept.state is not MessageState.ANSWERED or not kept.reply:
            return ""
        async with self._keeping:
            return await self._threads.hand(kept.message_id) or ""

    async def take_reply(self, kept: ThreadMessage) -> ThreadMessage:
        """Take the reply of a message for who is there; the message as it is then."""
        async with self._keeping:
            if (reply := await self._threads.hand(kept.message_id)) is not None:
                return replace(kept, reply=reply, delivery=ReplyDelivery.HANDED)
            return await self._threads.message(kept.message_id) or kept

    async def said_to(self, key: str) -> Sequence[ThreadMessage]:
        """What is kept of the thread of a visitor with a browser's key, the oldest first."""
        return await self._threads.history(visitor(key))

    async def mail_transcript(self, key: str, address: str) -> bool:
        """Send a visitor what was written in their chat by e-mail, where they asked for it.

        One letter for what stands there: asked for again without news it is not sent again, to
        whomever. Their own words lose their links, so that nobody has us send any.

        Args:
            key: of their browser.
            address: where to.

        Returns:
            False when nothing was said yet, or the address wants no letters.

        Raises:
            CallerFixable: ``message.from``: it is no address.
            Unavailable: it could not be queued.
        """
        to = _person(EMAIL, address)
        rows = [one for one in await self.said_to(key) if one.text or one.reply]
        if not any(one.reply for one in rows) or await self._consents.stopped(to):
            return False
        name = self._business.name
        lines = [f"What was written in the chat with {name}:"]
        for one in rows:
            lines += [f"You: {without_links(one.text)}"] if one.text else []
            lines += [f"{name}: {one.reply}"] if one.reply else []
        named = f"{TRANSCRIPT}{rows[-1].message_id}"
        letter = OutboundMessage(named, EMAIL.name, to, "\n\n".join(lines)[:LONGEST_LETTER])
        await self._contacts.store.outbox.put(letter)
        return True

    async def receive(self, message: NewMessage) -> ThreadMessage:
        """Keep a message and wait for its answer, no longer than its patience; what is known then.

        Raises: as `reply_to` does.
        """
        began_s = self._contacts.clock.monotonic()
        kept = await self._received(message)
        if kept.state is MessageState.ANSWERED:
            self.counts.waits.add([self._contacts.clock.monotonic() - began_s])
        return kept

    async def _received(self, message: NewMessage) -> ThreadMessage:
        self.channel(message.channel)
        clean = CardWatch().hear(message.text[:LONGEST].replace("\0", ""), Expecting.ANYTHING)[1]
        letter = message.letter and letterhead_without(message.letter, clean.sign)
        async with self._keeping:
            kept = await self._threads.take(replace(message, text=clean.text, letter=letter))
            if kept.state is MessageState.WAITING:
                await self._note_wish(kept)
        clock = self._contacts.clock
        until_s, pause_s = clock.monotonic() + message.patience_s, self._pace.poll_s
        while kept.state is MessageState.WAITING and clock.monotonic() < until_s:
            task = self._answering(kept.thread_id)
            await asyncio.wait({task}, timeout=until_s - clock.monotonic())
            if not task.done():
                break
            answered = {one.message_id: one for one in _result(task)}
            if kept.message_id in answered:
                return answered[kept.message_id]
            kept = await self._as_it_is(kept)
            if kept.state is MessageState.WAITING:  # another worker has the thread
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, MOST_POLL_S)
        return await self._as_it_is(kept) if kept.state is MessageState.WAITING else kept

    async def _as_it_is(self, kept: ThreadMessage) -> ThreadMessage:
        """A message after a while; a database whose machine died may have lost it.

        Raises:
            Unavailable: ``texts.lost``; whoever wrote it has to send it again.
        """
        now = await self._threads.message(kept.message_id)
        if now is None or now.key != kept.key:
            raise Unavailable("texts.lost", "The message is not kept: send it again.")
        return now

    async def _note_wish(self, kept: ThreadMessage) -> None:
        """A wish for no messages counts from now on, whatever waits before it."""
        if self._wish(kept, stopped=False) is ConsentWish.STOP:
            await self._consents.stop(kept.person, _source(kept))

    def _wish(self, kept: ThreadMessage, *, stopped: bool) -> ConsentWish | None:
        found = consent_wish(kept.text, stopped=stopped)
        return None if found is None else found[0]

    def _answering(self, thread_id: ThreadId) -> asyncio.Task[list[ThreadMessage]]:
        """The task of this worker that answers a thread; one at a time."""
        task = self._busy.get(thread_id)
        if task is None:
            if self._tasks is None:
                raise Unavailable("texts.closed", "Texts are not answered by this worker now.")
            task = self._tasks.create_task(self._answer_all(thread_id))
            self._busy[thread_id] = task
            task.add_done_callback(lambda _: self._busy.pop(thread_id, None))
        return task

    async def _answer_all(self, thread_id: ThreadId) -> list[ThreadMessage]:
        """Answer what waits in a thread, if nobody else does; what was answered."""
        answered: list[ThreadMessage] = []
        try:
            async with self._answers, self._threads.held(thread_id) as mine:
                while mine and (due := await self._threads.next_due(thread_id)) is not None:
                    answered.append(await self._answer(due))
        except* VoiceAgentError as failed:  # also from within the conversation's group
            for error in _each(failed):
                logger.warning("texts.not_answered: {}", error.code)
        except* Exception as failed:  # noqa: BLE001 - a bug in one thread must not end the others
            logger.opt(exception=failed).error("texts.failed: {}", type(failed).__name__)
        else:
            return answered
        await asyncio.sleep(self._pace.sweep_s)  # what has failed is not tried again at once
        return answered

    async def _answer(self, due: DueMessage) -> ThreadMessage:
        row, reply = due.message, await self._reply(due)
        channel = channel_named(self._channels, row.channel)
        text = channel.written(reply.text) if channel and reply.text else reply.text
        if await self._threads.answer(row, replace(reply, text=text)):
            end = TextEnd.ANSWERED if text else TextEnd.SILENT
            self.counts.ends[row.channel, TextEnd.GIVEN_UP if _given_up(row) else end] += 1
            delivery = ReplyDelivery.OWED if text else ReplyDelivery.NONE
            return replace(row, state=MessageState.ANSWERED, reply=text, delivery=delivery)
        return await self._threads.message(row.message_id) or row  # another was first

    async def _reply(self, due: DueMessage) -> ThreadReply:
        row, stopped = due.message, due.stopped
        if _given_up(row):
            logger.error("texts.given_up: after many attempts")
            return ThreadReply(NOT_WORKING)
        confirmed = ""
        if (wish := consent_wish(row.text, stopped=stopped)) is not None:
            reply = await self._consented(row, *wish)
            if wish[0] is not ConsentWish.STOP or hear_matter(row.text) is not Matter.DATA:
                return reply
            confirmed = reply.text  # what is kept of them goes to a person all the same
        elif stopped and not hear_danger(row.text, self._business).is_danger:
            return ThreadReply("")
        asides, text = _asides(row.text)
        asides = f"{confirmed} {asides}".strip()
        if not text:
            return ThreadReply(asides)
        reply = await self._talks.answer(row, due.talk, text)
        return replace(reply, text=f"{asides} {reply.text}".strip())

    async def _consented(
        self, row: ThreadMessage, wish: ConsentWish, tongue: Tongue
    ) -> ThreadReply:
        """Do what was wished and say so, once."""
        source = _source(row)
        if wish is ConsentWish.STOP:
            await self._consents.stop(row.person, source)
            earlier = await self._threads.history(row.person)
            said = confirmation(wish, tongue, self._business)
            news = not _confirmed(earlier, row)
            return ThreadReply(said if news else "")
        if wish is ConsentWish.START:
            await self._consents.start(row.person, source)
        return ThreadReply(confirmation(wish, tongue, self._business))

    async def _close_idle(self) -> None:
        """End conversations in which nothing is written any more."""
        while True:
            try:
                before = self._contacts.clock.now() - IDLE
                for thread_id, call_id in await self._threads.open_since(before):
                    async with self._threads.held(thread_id) as mine:
                        if mine:
                            await self._close(thread_id, call_id)
            except Unavailable as error:
                logger.warning("texts.not_closed: {}", error.code)
            await asyncio.sleep(self._pace.close_s)

    async def _close(self, thread_id: ThreadId, call_id: CallId) -> None:
        await self._contacts.store.calls.close(call_id, Evidence())
        await self._threads.end(thread_id, call_id)


def _given_up(row: ThreadMessage) -> bool:
    """Whether a message has been tried often enough."""
    return row.attempts > MOST_ATTEMPTS


def _each(failed: BaseExceptionGroup[VoiceAgentError]) -> Iterator[VoiceAgentError]:
    """The errors of a group and of the groups in it."""
    for one in failed.exceptions:
        if isinstance(one, VoiceAgentError):
            yield one
        else:
            yield from _each(one)


def _person(channel: TextChannel, sender: str) -> str:
    """Who a sender on a channel is.

    Raises:
        CallerFixable: ``message.from``: nobody.
    """
    match channel.known_by:
        case KnownBy.NUMBER if not E164_SHAPE.fullmatch(sender):
            raise CallerFixable("message.from", "A number looks like +15551230000.", field="from")
        case KnownBy.ADDRESS if not is_email(sender):
            raise CallerFixable(
                "message.from", "An address looks like ann@example.com.", field="from"
            )
        case _ if not sender:
            raise CallerFixable("message.from", "Somebody must have written it.", field="from")
        case KnownBy.NUMBER:
            return sender
        case KnownBy.ADDRESS:
            return sender.lower()
        case KnownBy.KEY:
            return visitor(sender)


def _result(task: asyncio.Task[list[ThreadMessage]]) -> list[ThreadMessage]:
    return [] if task.cancelled() or task.exception() else task.result()


def letterhead_without(letter: Letterhead, sign: Sign) -> Letterhead:
    """A letter's head without cards: an answer says its subject again, and it is kept beside.

    A number of more than a few digits is left out of it, too, and every number where the letter
    gives what may be a card: a subject is read by nobody who has what came before, so that nothing
    can be taken out of it when the rest of a card has come.
    """
    subject = CardWatch().hear(letter.subject, Expecting.ANYTHING)[1].text
    long = any(len(run.digits) > _HARMLESS_DIGITS for run in digit_runs(subject))
    suspect = long or sign is not Sign.PLAIN
    return replace(letter, subject=without_digits(subject) if suspect else subject)


def _source(row: ThreadMessage) -> str:
    return f"{row.channel} message"


def _asides(text: str) -> tuple[str, str]:
    """What has to be said about what came with a message, and the words of it."""
    said = []
    if ATTACHMENT in text:
        said.append(NO_PICTURES)
    if NO_PLACE in text:
        said.append(NO_COORDINATES)
    words = text.replace(ATTACHMENT, "").replace(NO_PLACE, "").strip()
    return " ".join(said), words


def _confirmed(earlier: Sequence[ThreadMessage], row: ThreadMessage) -> bool:
    """Whether the last wish that was confirmed was for no more messages."""
    for one in reversed(earlier):
        if one.message_id < row.message_id and one.reply:
            wish = consent_wish(one.text, stopped=True)
            if wish is not None and wish[0] is not ConsentWish.HELP:
                return wish[0] is ConsentWish.STOP
    return False
