"""The agent for a program of one's own: ``await agent.chat(message, customer_id)``.

    async with opened_agent(Settings.read({})) as agent:
        first = await agent.chat("My AC died", "+15551230000")
        then = await agent.chat("No gas smell", "+15551230000", first.conversation_id)

What is written this way stands in the customer's one thread, as if it had come by ``POST /msg``: it
is kept before it is answered, goes on where they last wrote from, and is answered once whatever
dies meanwhile. A caller of the function is trusted as one who has the token of ``/msg`` is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from channels.contract import KnownBy
from channels.desk import TextDesk
from voiceagent.app import providers
from voiceagent.app.composition import Engine, engine
from voiceagent.app.pages import page_keeper
from voiceagent.app.settings import Settings
from voiceagent.core.beside import beside
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.domain.records import CallId
from voiceagent.domain.threads import MessageState, NewMessage, ReplyDelivery
from voiceagent.errors import CallerFixable
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.ports.store import Store

PATIENCE_S: Final = 20.0
DELIVERY_S: Final = 5.0
"""How long leaving waits for texts to leave that the conversation queued."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came of a message.

    Attributes:
        text: the reply; "" while it waits, or where nothing is to be said.
        conversation_id: the conversation it belongs to, for the next message; ``None`` when that
            has ended, or has not begun.
        message_id: the message on record.
        waits: it is kept and its turn comes, but not within the patience; the same `message_name`
            again asks for the answer.
        handed: the reply is in the caller's hands; where not, it goes to the customer by itself.
    """

    text: str
    conversation_id: CallId | None
    message_id: int
    waits: bool
    handed: bool


class Agent:
    """Answers messages of a business's customers.

    Args:
        desk: answers; it must be running.
        store: where customers and threads are.
    """

    def __init__(self, desk: TextDesk, store: Store) -> None:
        self._desk = desk
        self._store = store

    async def chat(
        self,
        message: str,
        customer_id: str,
        conversation_id: str | None = None,
        *,
        channel: str = "sms",
        message_name: str = "",
        patience_s: float = PATIENCE_S,
    ) -> ChatReply:
        """Say something to the agent for a customer; its reply.

        Args:
            message: what they wrote; of more than 4,000 characters the first are read.
            customer_id: whose thread: an id of ours (as `lookup` and ``PUT /assets`` give it), or
                what the channel knows them by (E.164 number, e-mail address, key of a browser).
            conversation_id: as the last reply gave it: the message is for that conversation or for
                none. ``None``: for the one that is open, else for a new one.
            channel: where a reply goes that nobody waits for any more.
            message_name: the caller's own name for it; the same one again is the same message.
            patience_s: how long the reply is waited for, seconds.

        Raises:
            CallerFixable: ``customer.unknown_id``, ``customer.not_reached`` (they are not known by
                what the channel needs), ``conversation.unknown_id`` (it has ended, or is somebody
                else's), ``channel.unknown``, ``channel.off``, ``message.from``.
            Unavailable: the message could not be kept, so nothing is done.
        """
        sender = await self._sender(customer_id, channel)
        new = self._desk.new_message(
            channel, sender, message, message_id=message_name, patience_s=patience_s
        )
        if conversation_id is not None:
            await self._check(conversation_id, new)
        kept = await self._desk.receive(new)
        if kept.state is MessageState.ANSWERED and kept.reply:
            kept = await self._desk.take_reply(kept)
        talk = await self._store.threads.talk(kept.thread_id)
        return ChatReply(
            kept.reply,
            talk.call_id,
            kept.message_id,
            waits=kept.state is MessageState.WAITING,
            handed=kept.delivery is ReplyDelivery.HANDED,
        )

    async def _sender(self, customer_id: str, channel: str) -> str:
        """By what a channel knows a customer."""
        known_by = self._desk.channel(channel).known_by
        if known_by is KnownBy.KEY or not _is_ours(customer_id):
            return customer_id
        customer = await self._store.customers.get(customer_id)
        if customer is None:
            raise CallerFixable(
                "customer.unknown_id", "There is no such customer.", field="customer_id"
            )
        sender = customer.phone if known_by is KnownBy.NUMBER else customer.email
        if not sender:
            raise CallerFixable(
                "customer.not_reached", "We have no address of theirs there.", field="channel"
            )
        return sender

    async def _check(self, conversation_id: str, new: NewMessage) -> None:
        whose = None
        if _is_ours(conversation_id):
            whose = await self._store.threads.person_of(CallId(conversation_id))
        if whose != new.person:
            raise CallerFixable(
                "conversation.unknown_id",
                "That conversation has ended, or is with somebody else.",
                field="conversation_id",
            )


def text_desk(parts: Engine, make: MakeDialogue) -> TextDesk:
    """Who answers what is written; it answers while its `run` does.

    Args:
        parts: the engine.
        make: makes who answers.
    """
    return TextDesk(
        Contacts(
            parts.business,
            parts.clock,
            parts.store,
            parts.toolbox,
            parts.rest,
            make,
            agents=parts.agents,
            dispatch=parts.dispatch,
            gate=parts.outbound,
        )
    )


@asynccontextmanager
async def agent_of(parts: Engine, make: MakeDialogue) -> AsyncIterator[Agent]:
    """An agent over an engine that is open; what it texts is sent when the block is left.

    Where a server runs on the same database it sends earlier, and answers what waits.
    """
    await page_keeper(parts).refresh()
    desk = text_desk(parts, make)
    async with beside(desk.run()):
        await asyncio.sleep(0)  # it answers from here on
        yield Agent(desk, parts.store)
    await deliver(parts)


@asynccontextmanager
async def opened_agent(settings: Settings) -> AsyncIterator[Agent]:
    """An agent with an engine of its own, by these settings, for a block.

    Raises:
        OwnerFixable: the configuration is wrong; says where.
        Unavailable: the database does not come up.
    """
    async with engine(settings) as parts:
        uses = providers.Uses(parts.toolbox, parts.clock, ActModel.load())
        async with (
            providers.dialogue(settings, parts.business, uses) as answers,
            agent_of(parts, answers.make) as agent,
        ):
            yield agent


async def deliver(parts: Engine) -> None:
    """Send what conversations queued, bounded by `DELIVERY_S`."""
    try:
        async with asyncio.timeout(DELIVERY_S):
            while await parts.dispatcher.drain():
                pass
    except TimeoutError:
        pass


def _is_ours(text: str) -> bool:
    """Whether it has the form of an id of ours."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
