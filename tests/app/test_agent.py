"""The agent as a Python function: the same threads as by `/msg`."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.channels.rig import REFERENCE, Writing, writing
from tests.support.present import present
from tests.support.rooms import SARAH
from voiceagent.app.agent import Agent
from voiceagent.domain.records import CallId
from voiceagent.errors import CallerFixable


@dataclass
class Room:
    agent: Agent
    texts: Writing


@asynccontextmanager
async def a_room() -> AsyncIterator[Room]:
    async with writing() as texts:
        yield Room(Agent(texts.desk, texts.store), texts)


async def booked(room: Room, customer: str = SARAH) -> CallId | None:
    """The reference visit, booked by who is given; the conversation that is still open."""
    conversation = None
    for text in REFERENCE:
        reply = await room.agent.chat(text, customer, conversation)
        assert reply.text
        assert reply.handed
        conversation = reply.conversation_id
    return conversation


async def test_a_visit_is_booked_in_one_conversation() -> None:
    async with a_room() as room:
        conversation = present(await booked(room))
        job = await room.texts.store.jobs.of_call(conversation)
        assert present(job).customer.name == "Sarah Miller"


async def test_what_was_texted_before_is_the_same_thread() -> None:
    async with a_room() as room:
        await room.texts.says(REFERENCE[0])
        reply = await room.agent.chat(REFERENCE[1], SARAH)
        assert "automated assistant" not in reply.text
        history = await room.texts.store.threads.history(SARAH)
        assert [one.text for one in history] == list(REFERENCE[:2])


async def test_a_customer_is_known_by_our_id_too() -> None:
    async with a_room() as room:
        conversation = present(await booked(room))
        job = present(await room.texts.store.jobs.of_call(conversation))
        customer = job.customer
        reply = await room.agent.chat("What are your hours?", customer.customer_id)
        history = await room.texts.store.threads.history(customer.phone)
        assert history[-1].reply == reply.text
        with pytest.raises(CallerFixable) as refused:
            await room.agent.chat("Hi", customer.customer_id, channel="email")
        assert refused.value.code == "customer.not_reached"


async def test_the_same_name_is_the_same_message() -> None:
    async with a_room() as room:
        first = await room.agent.chat(REFERENCE[0], SARAH, message_name="1")
        again = await room.agent.chat(REFERENCE[0], SARAH, message_name="1")
        assert (again.message_id, again.text) == (first.message_id, first.text)


async def test_a_conversation_that_is_over_or_anothers_is_not_gone_on_with() -> None:
    async with a_room() as room:
        first = await room.agent.chat(REFERENCE[0], SARAH)
        for customer, conversation in (
            ("+15559990000", present(first.conversation_id)),
            (SARAH, CallId(str(uuid.uuid4()))),
            (SARAH, "last Friday's"),
        ):
            with pytest.raises(CallerFixable) as refused:
                await room.agent.chat(REFERENCE[1], customer, conversation)
            assert refused.value.code == "conversation.unknown_id"
        over = await room.agent.chat("No thanks. Bye.", SARAH, first.conversation_id)
        while over.conversation_id is not None:
            over = await room.agent.chat("No, that's all. Bye.", SARAH, over.conversation_id)
        with pytest.raises(CallerFixable):
            await room.agent.chat("Hello?", SARAH, first.conversation_id)


@pytest.mark.parametrize(
    ("customer", "channel", "code"),
    [
        (str(uuid.UUID(int=7)), "sms", "customer.unknown_id"),
        ("somebody", "sms", "message.from"),
        (SARAH, "pigeon", "channel.unknown"),
    ],
)
async def test_who_is_nobody_is_refused(customer: str, channel: str, code: str) -> None:
    async with a_room() as room:
        with pytest.raises(CallerFixable) as refused:
            await room.agent.chat("Hi", customer, channel=channel)
        assert refused.value.code == code
