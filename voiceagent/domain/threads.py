"""What is written with one person, over every channel that carries text: one thread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from voiceagent.domain.expecting import Expecting
from voiceagent.domain.letters import Letterhead
from voiceagent.domain.records import CallId

ThreadId = NewType("ThreadId", str)
"""Id of a thread (UUID text)."""

KEPT_TURNS: Final = 50
"""Turns of a thread that are kept; a message and its reply go together."""

LATELY_S: Final = 120.0
"""How far back messages count towards too many."""

MOST_LATELY: Final = 20
"""Messages of one person that are answered in that time: a machine that answers ours ends there."""

VISITOR: Final = "chat:"
"""How a person without a number is named; behind it the digest of their browser's key."""


class MessageState(StrEnum):
    """WAITING for its turn · ANSWERED, if only by nothing · REPLACED by an edit before that."""

    WAITING = "waiting"
    ANSWERED = "answered"
    REPLACED = "replaced"


class ReplyDelivery(StrEnum):
    """Where a reply is.

    NONE: there is none · OWED: nobody has it · HANDED to the request that waited for it · QUEUED in
    the outbox; then what the carrier reports: SENT, DELIVERED, READ, FAILED.
    """

    NONE = "none"
    OWED = "owed"
    HANDED = "handed"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as a channel brings it.

    Attributes:
        key: the channel's own name for it, with the channel's before it (``sms:SM…``).
        person: whose it is: E.164, an e-mail address in lower case, or `VISITOR` and a digest.
        channel: the name of the channel.
        text: what it says, without whole card numbers.
        position: the sender's own count from 1; 0 where the channel has none.
        edits: the key of the message that this one is to be read instead of; "" for none.
        patience_s: how long somebody waits for the reply; after that it is sent.
        letter: what an answer to it needs, where it is one.
    """

    key: str
    person: str
    channel: str
    text: str
    position: int = 0
    edits: str = ""
    patience_s: float = 0.0
    letter: Letterhead | None = None


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """A message as it is kept. `expecting` is what its reply asks."""

    message_id: int
    thread_id: ThreadId
    person: str
    key: str
    channel: str
    text: str
    state: MessageState
    reply: str
    delivery: ReplyDelivery
    attempts: int = 0
    expecting: Expecting = Expecting.ANYTHING


@dataclass(frozen=True, slots=True)
class OpenTalk:
    """Where a thread's conversation stands.

    Attributes:
        call_id: the conversation that is open; ``None`` when there is none.
        journal_to: the last row of its journal that belongs to a message that was answered.
        turns_to: how many of its turns do.
        lately: messages of the last two minutes that are kept, whatever they are.
        case: the case as JSON, as it stands by then; "" where the journal has to tell.
        audited: the error codes of its tool calls, in order; "" for one that succeeded.
    """

    call_id: CallId | None = None
    journal_to: int = -1
    turns_to: int = 0
    lately: int = 0
    case: str = ""
    audited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DueMessage:
    """The message whose turn it is, and all that it is to be answered by, as of one moment.

    Attributes:
        message: it, one more attempt counted.
        talk: where the conversation stands before it.
        stopped: its sender wants no messages.
    """

    message: ThreadMessage
    talk: OpenTalk
    stopped: bool


@dataclass(frozen=True, slots=True)
class ThreadReply:
    """What came of a message.

    Attributes:
        text: the reply; "" for none.
        call_id: the conversation in which it was answered, if it was one.
        over: that conversation has ended.
        expecting: what is asked now.
        case: the case as JSON, for whoever has the next message.
    """

    text: str
    call_id: CallId | None = None
    over: bool = False
    expecting: Expecting = Expecting.ANYTHING
    case: str = ""
