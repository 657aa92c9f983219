"""Threads of texts: kept once, answered once, handed or sent once, and pruned: the same of both."""

from __future__ import annotations

from datetime import timedelta

from tests.store.contract.conftest import Deliver
from tests.support.postgres import a_call
from tests.support.present import present
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, Outcome, ToolAudit
from voiceagent.domain.threads import (
    KEPT_TURNS,
    MessageState,
    NewMessage,
    OpenTalk,
    ReplyDelivery,
    ThreadMessage,
    ThreadReply,
)
from voiceagent.ports.store import Store

SARAH = "+15551230000"


def new(number: int, *, patience_s: float = 30.0, **other: object) -> NewMessage:
    given = {"key": f"sms:{number}", "person": SARAH, "channel": "sms", "text": f"Text {number}"}
    return NewMessage(**(given | other), patience_s=patience_s)  # type: ignore[arg-type]


async def answered(store: Store, message: ThreadMessage, text: str = "Fine.") -> ThreadMessage:
    assert await store.threads.answer(message, ThreadReply(text, expecting=Expecting.NAME))
    found = await store.threads.message(message.message_id)
    assert found is not None
    return found


async def test_a_message_is_kept_once_and_answered_once(store: Store) -> None:
    threads = store.threads
    first = await threads.take(new(1))
    assert (first.state, first.delivery, first.text) == (
        MessageState.WAITING,
        ReplyDelivery.NONE,
        "Text 1",
    )
    assert await threads.take(new(1, text="other")) == first
    done = await answered(store, first)
    assert (done.state, done.reply, done.delivery) == (
        MessageState.ANSWERED,
        "Fine.",
        ReplyDelivery.OWED,
    )
    assert done.expecting is Expecting.NAME
    assert not await threads.answer(first, ThreadReply("Again."))
    assert await threads.take(new(1)) == done
    assert await threads.message(10**9) is None


async def test_one_holds_a_thread_and_takes_what_waits_in_order(store: Store) -> None:
    threads = store.threads
    rows = [await threads.take(new(number)) for number in (1, 2, 3)]
    async with threads.held(rows[0].thread_id) as mine:
        assert mine
        first = present(await threads.next_due(rows[0].thread_id)).message
        assert (first.key, first.attempts) == ("sms:1", 1)
        again = present(await threads.next_due(rows[0].thread_id)).message
        assert (again.key, again.attempts) == ("sms:1", 2)
        await answered(store, first)
        second = present(await threads.next_due(rows[0].thread_id)).message
        assert second.key == "sms:2"
    async with threads.held(rows[0].thread_id) as mine:
        assert mine


async def test_the_senders_count_goes_before_the_order_of_coming(store: Store) -> None:
    await store.threads.take(new(1, position=2))
    row = await store.threads.take(new(2, position=1))
    first = present(await store.threads.next_due(row.thread_id)).message
    assert first.key == "sms:2"


async def test_what_is_due_comes_with_all_that_it_is_answered_by(store: Store) -> None:
    call_id = await store.calls.open(a_call(SARAH))
    row = await store.threads.take(new(1))
    due = present(await store.threads.next_due(row.thread_id))
    assert (due.talk, due.stopped) == (OpenTalk(lately=1), False)
    await store.threads.begin(row.thread_id, call_id)
    await store.journal.append(call_id, 2, "heard", "{}")
    await store.journal.audit(ToolAudit(call_id, 1, "quote", "{}", "{}", "quote.unknown_model"))
    await store.journal.audit(ToolAudit(call_id, 2, "quote", "{}", "{}"))
    await store.threads.answer(row, ThreadReply("Yes?", call_id, case="{}"))
    await store.consents.stop(SARAH, "sms message")
    assert await store.threads.next_due(row.thread_id) is None
    await store.threads.take(new(2))
    due = present(await store.threads.next_due(row.thread_id))
    assert due.talk == OpenTalk(call_id, 2, 0, 2, "{}", ("quote.unknown_model", ""))
    assert due.talk == await store.threads.talk(row.thread_id)
    assert due.stopped


async def test_an_edit_replaces_only_what_waits(store: Store) -> None:
    first = await store.threads.take(new(1))
    await store.threads.take(new(2, edits="sms:1"))
    replaced = await store.threads.message(first.message_id)
    assert replaced is not None
    assert replaced.state is MessageState.REPLACED
    last = present(await store.threads.next_due(first.thread_id)).message
    assert last.key == "sms:2"
    await answered(store, last)
    await store.threads.take(new(3, edits="sms:2"))
    assert [one.key for one in await store.threads.history(SARAH)] == ["sms:2", "sms:3"]


async def test_a_reply_is_handed_or_sent_never_both(store: Store, deliver: Deliver) -> None:
    threads = store.threads
    in_time = await answered(store, await threads.take(new(1)))
    assert await threads.hand(in_time.message_id) == "Fine."
    assert await threads.hand(in_time.message_id) is None
    late = await answered(store, await threads.take(new(2, patience_s=0.0)), "Late.")
    assert await threads.hand(late.message_id) is None
    behind = await answered(store, await threads.take(new(3)), "Behind.")
    assert await threads.hand(behind.message_id) is None, "an earlier one has not left"
    assert await threads.queue_owed() == 1
    assert await threads.queue_owed() == 0
    assert [(one.body, one.channel, one.to) for one in await deliver()] == [("Late.", "sms", SARAH)]
    assert await threads.hand(behind.message_id) == "Behind."


async def test_replies_leave_in_their_order(store: Store, deliver: Deliver) -> None:
    for number in range(6):
        row = await store.threads.take(new(number, patience_s=0.0))
        await answered(store, row, f"Reply {number}")
    assert await store.threads.queue_owed() == 6
    assert [one.body for one in await deliver()] == [f"Reply {n}" for n in range(6)]


async def test_visitors_fetch_theirs(store: Store, deliver: Deliver) -> None:
    visit = new(1, person="chat:1", channel="webchat", patience_s=0.0)
    await answered(store, await store.threads.take(visit))
    assert await store.threads.queue_owed() == 0
    assert list(await deliver()) == []
    await store.threads.say("chat:1", "out:1", "webchat", "Your link.")
    await store.threads.say("chat:1", "out:1", "webchat", "Your link.")
    replies = [one.reply for one in await store.threads.history("chat:1")]
    assert replies == ["Fine.", "Your link."]


async def test_a_conversation_is_open_until_it_is_over(store: Store) -> None:
    call_id = await store.calls.open(a_call(SARAH))
    row = await store.threads.take(new(1))
    assert await store.threads.talk(row.thread_id) == OpenTalk(lately=1)
    await store.threads.begin(row.thread_id, call_id)
    assert await store.threads.talk(row.thread_id) == OpenTalk(call_id, lately=1)
    await store.journal.append(call_id, 4, "heard", "{}")
    await store.threads.answer(row, ThreadReply("Yes?", call_id))
    assert await store.threads.talk(row.thread_id) == OpenTalk(call_id, 4, 0, 1)
    assert (await store.calls.sweep([])).closed == [], "it is no run's"
    later = await store.now() + timedelta(seconds=5)
    assert (row.thread_id, call_id) in await store.threads.open_since(later)
    last = await store.threads.take(new(2))
    await store.threads.answer(last, ThreadReply("Bye.", call_id, over=True))
    assert await store.threads.talk(row.thread_id) == OpenTalk(lately=2)
    assert await store.threads.open_since(later) == []


async def test_what_is_left_is_found_when_patience_is_over(store: Store) -> None:
    row = await store.threads.take(new(1, patience_s=0.0))
    await store.threads.take(new(2, person="+15559876543"))
    assert await store.threads.left_waiting() == [row.thread_id]


async def test_fifty_turns_are_kept(store: Store) -> None:
    for number in range(KEPT_TURNS):
        row = await store.threads.take(new(number))
        await answered(store, row)
        await store.threads.hand(row.message_id)
    history = await store.threads.history(SARAH)
    assert len(history) == KEPT_TURNS // 2
    assert history[-1].key == f"sms:{KEPT_TURNS - 1}"


async def test_a_card_is_taken_out_of_everything(store: Store) -> None:
    call_id = await store.calls.open(a_call(SARAH))
    row = await store.threads.take(new(1, text="It is 4012 8888"))
    await store.threads.begin(row.thread_id, call_id)
    await store.journal.append(call_id, 1, "heard", '{"text": "It is 4012 8888"}')
    await store.threads.answer(row, ThreadReply("And 4012 8888?", call_id))
    last = await store.threads.take(new(2, text="8888 1881"))
    await store.threads.withhold(last, "[card number]", "4012888888881881")
    kept = await store.threads.history(SARAH)
    assert kept[1].text == "[card number]"
    ((_, _, body),) = await store.journal.read(call_id)
    assert "4012" not in f"{kept}{body}"


async def test_the_last_call_of_a_number(store: Store) -> None:
    since = await store.now() - timedelta(hours=1)
    assert await store.threads.last_call(SARAH, since) is None
    calls: list[CallId] = []
    for _ in range(2):
        calls.append(await store.calls.open(a_call(SARAH)))
        before = calls[-2] if len(calls) > 1 else None
        assert await store.threads.last_call(SARAH, since) == before
        assert await store.calls.close(calls[-1], Evidence()) is Outcome.ABANDONED
    assert await store.threads.last_call(SARAH, since) == calls[-1]
    assert await store.threads.last_call(SARAH, await store.now() + timedelta(hours=1)) is None


async def test_who_wants_no_texts(store: Store) -> None:
    consents = store.consents
    assert not await consents.stopped(SARAH)
    assert await consents.stop(SARAH, "sms")
    assert not await consents.stop(SARAH, "sms")
    assert await consents.stopped(SARAH)
    assert not await consents.stopped("+15559876543")
    assert await consents.start(SARAH, "sms")
    assert not await consents.start(SARAH, "sms")
    assert not await consents.stopped(SARAH)


async def test_when_somebody_wrote_last(store: Store) -> None:
    assert await store.threads.last_written(SARAH, "whatsapp") is None
    await store.threads.take(new(1))
    assert await store.threads.last_written(SARAH, "whatsapp") is None
    last = await store.threads.last_written(SARAH, "sms")
    assert last is not None
    assert abs(await store.now() - last) < timedelta(minutes=1)
