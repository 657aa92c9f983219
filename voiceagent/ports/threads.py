"""Threads of texts, and who wants none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from voiceagent.domain.records import CallId
from voiceagent.domain.threads import (
    DueMessage,
    NewMessage,
    OpenTalk,
    ReplyDelivery,
    ThreadId,
    ThreadMessage,
    ThreadReply,
)


class Threads(Protocol):
    """What is written with people. All may raise `Unavailable`."""

    async def take(self, message: NewMessage) -> ThreadMessage:
        """Keep a message; the one that is kept already when its key is known.

        One that edits a message which still waits stands in its place.
        """
        ...

    async def message(self, message_id: int) -> ThreadMessage | None:
        """A message as it is now."""
        ...

    def held(self, thread_id: ThreadId) -> AbstractAsyncContextManager[bool]:
        """Hold a thread for a block, if no other worker holds it; whether that is so.

        A worker that dies holds nothing. Whoever asks twice in one worker is let in twice.
        """
        ...

    async def next_due(self, thread_id: ThreadId) -> DueMessage | None:
        """The message whose turn it is, and what bears on its answer; for who holds the thread.

        In the sender's own order where they count, else as they came. ``None`` when none waits,
        also when another worker, whose lock was lost, has answered it meanwhile.
        """
        ...

    async def talk(self, thread_id: ThreadId) -> OpenTalk:
        """Where the conversation stands."""
        ...

    async def begin(self, thread_id: ThreadId, call_id: CallId) -> None:
        """A conversation is open from now on: a call that is on record."""
        ...

    async def answer(self, message: ThreadMessage, reply: ThreadReply) -> bool:
        """Keep what came of a message, all at once; False when it was answered before.

        What the journal and the transcript of the conversation hold by then belongs to it. All but
        the last `KEPT_TURNS` turns of the thread are dropped.
        """
        ...

    async def hand(self, message_id: int) -> str | None:
        """Take the reply of a message to give it to whoever waits for it.

        ``None`` when there is none, somebody has it, their patience is over, or an earlier reply of
        the thread has not left yet: then it is sent.
        """
        ...

    async def queue_owed(self) -> int:
        """Put replies whose time is over into the outbox, in their order; how many."""
        ...

    async def left_waiting(self) -> Sequence[ThreadId]:
        """Threads with messages that nobody has answered within their patience."""
        ...

    async def open_since(self, before: datetime) -> Sequence[tuple[ThreadId, CallId]]:
        """Conversations in which nothing has been written since."""
        ...

    async def end(self, thread_id: ThreadId, call_id: CallId) -> None:
        """A conversation is open no more."""
        ...

    async def say(self, person: str, key: str, channel: str, text: str) -> None:
        """Add a message of ours that is no reply; the same key twice is one."""
        ...

    async def history(self, person: str) -> Sequence[ThreadMessage]:
        """What is kept of a person's thread, the oldest first."""
        ...

    async def delivered(self, carrier_id: str, delivery: ReplyDelivery) -> None:
        """A carrier reports of a reply that was sent; an earlier report changes nothing."""
        ...

    async def withhold(self, message: ThreadMessage, text: str, secret: str) -> None:
        """Keep a message as `text`, and its thread and conversation without the digits of a card.

        `secret` is empty where only the message itself had any.
        """
        ...

    async def last_written(self, person: str, channel: str) -> datetime | None:
        """When a person last wrote to us over a channel, as far as it is kept."""
        ...

    async def written_since(self, person: str, channel: str, since: datetime) -> int:
        """How many messages of a person over a channel are kept since then."""
        ...

    async def person_of(self, call_id: CallId) -> str | None:
        """With whom a conversation in writing is that is open; ``None`` when it is none."""
        ...

    async def last_call(self, number: str, since: datetime) -> CallId | None:
        """The last telephone call from a number that has ended since."""
        ...


class Consents(Protocol):
    """Who wants no texts. All may raise `Unavailable`."""

    async def stop(self, address: str, source: str) -> bool:
        """They want none any more; False when that was known."""
        ...

    async def start(self, address: str, source: str) -> bool:
        """They want them again; False when nothing was in their way."""
        ...

    async def stopped(self, address: str) -> bool:
        """Whether they want none."""
        ...
