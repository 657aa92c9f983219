"""Texts over real sockets and a real PostgreSQL: the signed webhook, ``/msg``, the web chat."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from loadtest.simulator.texting import ChatVisitor
from tests.channels.rig import REFERENCE
from tests.channels.wire import API_TOKEN, Wired, wired
from tests.store.contract.conftest import Outside
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from voiceagent.core.clock import SystemClock
from voiceagent.domain.threads import ReplyDelivery
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher
from voiceagent.store.sending import Carriers

_ROW = """
SELECT c.name, c.phone, j.address, j.estimated_cost, j.deposit_amount, j.notes, k.channel
  FROM jobs j JOIN customers c ON c.id = j.customer_id JOIN calls k ON k.id = j.call_id
"""


async def test_a_text_to_the_signed_webhook_books_and_the_answer_leaves(database: str) -> None:
    clock = SystemClock(FRIDAY_NIGHT)
    opening = PostgresStore(database, clock_offset=clock.offset).opened()
    async with opening as store, wired(store, clock) as here:
        phone = here.carrier.text_phone(f"{here.url}/sms", number=SARAH, to_number=coolcare().phone)
        replies = [await phone.write(text) for text in REFERENCE]
        assert all(len(reply) == 1 for reply in replies)
        row = await store.database.row(_ROW)
        assert row is not None
        assert tuple(row)[:5] == (
            "Sarah Miller",
            SARAH,
            "123 Oak Street, Springfield, OH",
            82500,
            20600,
        ) or row["address"].startswith("123 Oak Street, Springfield")
        assert row["channel"] == "sms"
        dispatcher = Dispatcher(store.database, Outside(), Carriers(here.rest.texts))
        await dispatcher.drain()
        (text,) = here.carrier.messages
        assert text.to == SARAH
        assert "https://pay.test/" in text.body
        sid = "SM" + "a" * 32
        first = await phone.write("Thanks! One more question: do you open on Sundays?", sid=sid)
        assert await phone.write("changed", sid=sid) == first
        assert await phone.write("", media=1) == [
            "I can't open pictures, files or voice messages here. Please write it in words."
        ]


async def test_a_reply_later_than_the_webhooks_patience_is_sent_and_reported(
    database: str,
) -> None:
    clock = SystemClock(FRIDAY_NIGHT)
    opening = PostgresStore(database, clock_offset=clock.offset).opened()
    async with opening as store, wired(store, clock) as here:
        new = here.desk.new_message("sms", SARAH, REFERENCE[0], patience_s=0.0)
        row = await here.desk.receive(new)
        dispatcher = Dispatcher(store.database, Outside(), Carriers(here.rest.texts))
        while not here.carrier.messages:
            await store.threads.queue_owed()
            await dispatcher.drain()
        (sent,) = here.carrier.messages
        assert sent.body.startswith("CoolCare, automated assistant")
        await _reported(here, sent.sid, "delivered")
        await _reported(here, sent.sid, "sent")
        found = await store.threads.message(row.message_id)
        assert found is not None
        assert found.delivery is ReplyDelivery.DELIVERED
        await store.consents.stop(SARAH, "test")
        late = here.desk.new_message("sms", SARAH, "Hello?", patience_s=0.0)
        await here.desk.receive(late)
        await dispatcher.drain()
        assert len(here.carrier.messages) == 1


async def _reported(here: Wired, sid: str, status: str) -> None:
    phone = here.carrier.text_phone(f"{here.url}/message-status", number=SARAH, to_number=SARAH)
    with pytest.raises(ET.ParseError):  # 204: there is nothing to read
        await phone.write("", sid=sid, more={"MessageStatus": status})


async def test_msg_answers_and_a_copy_gets_the_same(database: str) -> None:
    clock = SystemClock(FRIDAY_NIGHT)
    opening = PostgresStore(database, clock_offset=clock.offset).opened()
    async with opening as store, wired(store, clock) as here:
        status, first = await here.msg(text=REFERENCE[0], id="1")
        assert (status, first["state"], first["delivery"]) == (200, "answered", "handed")
        assert await here.msg(text="other", id="1") == (status, first)
        for wrong, code, field in (
            ({"channel": "fax", "text": "Hi"}, "channel.unknown", "channel"),
            ({"from": "me", "text": "Hi"}, "message.from", "from"),
            ({"text": "Hi", "more": 1}, "message.field", "more"),
            ({"text": 1}, "message.field", "text"),
            ({"text": "a\x00b"}, "message.field", "text"),
        ):
            status, body = await here.msg(**wrong)
            error = body["error"]
            assert isinstance(error, dict)
            assert (status, error["code"], error["field"]) == (422, code, field)
        async with here.http.post(f"{here.url}/msg", json={}) as answer:
            assert answer.status == 401
        async with here.http.post(
            f"{here.url}/msg",
            data=b'{"channel": "sms", "from": "+15551230000", "text": "Hi", "text": "0"}',
            headers={"Authorization": f"Bearer {API_TOKEN}"},
        ) as answer:
            error = (await answer.json())["error"]
            assert (answer.status, error["code"], error["field"]) == (422, "request.twice", "text")
        async with here.http.post(
            f"{here.url}/msg",
            data=b"{",
            headers={"Authorization": f"Bearer {API_TOKEN}"},
        ) as answer:
            assert answer.status == 422


async def test_the_chat_books_and_a_reload_loses_nothing(database: str) -> None:
    clock = SystemClock(FRIDAY_NIGHT)
    opening = PostgresStore(database, clock_offset=clock.offset).opened()
    async with opening as store, wired(store, clock) as here:
        url = f"{here.url.replace('http', 'ws', 1)}/chat/socket"
        visitor = ChatVisitor(here.http, url)
        await visitor.arrive()
        for text in REFERENCE[:4]:
            await visitor.write(text)
        before = dict(visitor.shown)
        await visitor.leave()
        again = ChatVisitor(here.http, url, visitor.key)
        await again.arrive()
        for text in REFERENCE[4:]:
            await again.write(text)
        assert before.items() <= again.shown.items()
        assert len(again.shown) == len(REFERENCE)
        await again.leave()
        stranger = ChatVisitor(here.http, url)
        await stranger.arrive()
        assert stranger.key != visitor.key
        await stranger.look(0.2)
        assert stranger.shown == {}
        await stranger.leave()
        chosen = ChatVisitor(here.http, url, "one-that-anybody-might-choose")
        await chosen.arrive()
        assert chosen.key != "one-that-anybody-might-choose"
        await chosen.leave()
        row = await store.database.row(_ROW)
        assert row is not None
        assert row["channel"] == "webchat"
