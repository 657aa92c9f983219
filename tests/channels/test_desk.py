"""One person, one conversation: in order, once, whoever answers, and through any crash."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from channels.conversing import TOO_MANY
from channels.desk import MOST_ATTEMPTS, NO_PICTURES, NOT_WORKING
from tests.channels.rig import REFERENCE, Writing, a_desk, writing
from tests.support.faults import FaultyStore
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from voiceagent.core.beside import beside
from voiceagent.core.clock import ManualClock
from voiceagent.domain.identity import MOST_WRONG_CODES_A_DAY
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.domain.threads import MessageState, ReplyDelivery, ThreadReply
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.store.memory.tables import Tables

TOM = "+15559876543"


def kept(here: Writing) -> Tables:
    return cast("FaultyStore", here.store).kept


async def test_texts_book_the_reference_visit() -> None:
    async with writing() as here:
        replies = [await here.says(text) for text in REFERENCE]
        (job,) = kept(here).jobs.values()
        assert (job.customer.name, job.customer.phone) == ("Sarah Miller", SARAH)
        assert (job.estimated_cost, job.deposit_amount) == (82500, 20600)
        assert "gate code" in job.notes.lower()
        assert job.window.start.astimezone(FRIDAY_NIGHT.tzinfo).hour == 21
        (queued,) = kept(here).queued.values()
        assert (queued.channel, queued.to) == ("sms", SARAH)
    assert replies[0].startswith("CoolCare, automated assistant (0 for a person, STOP")
    assert all(not reply.startswith("CoolCare, automated") for reply in replies[1:])
    assert job.code in replies[-1]


async def test_a_conversation_is_one_call_on_record_with_an_outcome_once_it_is_over() -> None:
    async with writing() as here:
        for text in (*REFERENCE, "No, that's all. Bye."):
            await here.says(text)
        (row,) = kept(here).calls.values()
        assert (row.call.channel, row.call.from_number) == ("sms", SARAH)
        assert row.outcome is Outcome.BOOKED
        spoken = sorted(kept(here).turns.items(), key=lambda one: one[0][1])
        said = [turn.text for _, turn in spoken if turn.speaker.value == "caller"]
        assert said == [*REFERENCE, "No, that's all. Bye."]
        assert [index for (_, index), _ in spoken] == list(range(len(spoken)))
        assert "automated assistant" in await here.says("Do you open on Sundays?")
        assert len(kept(here).calls) == 2


async def test_who_asks_twice_is_answered_once() -> None:
    async with writing() as here:
        first = await here.sends(REFERENCE[0], name="1")
        again = await here.sends("Something else", name="1")
        assert again.message_id == first.message_id
        assert again.reply == first.reply
        assert len(kept(here).turns) == 2


async def test_messages_at_once_are_heard_one_after_the_other_as_they_came() -> None:
    async with writing() as here:
        sent = await asyncio.gather(*(here.sends(text) for text in REFERENCE))
        assert [one.state for one in sent] == [MessageState.ANSWERED] * len(REFERENCE)
        assert len(kept(here).jobs) == 1
        said = [turn.text for turn in kept(here).turns.values() if turn.speaker.value == "caller"]
        assert said == list(REFERENCE)


async def test_the_senders_own_count_puts_overtaking_messages_right() -> None:
    clock = ManualClock(FRIDAY_NIGHT)
    store = FaultyStore(clock)
    desk = a_desk(store, clock)
    here = Writing(desk, store, clock)
    for place in reversed(range(3)):  # nobody answers yet
        row = await here.sends(REFERENCE[place], position=place + 1, patience_s=0.0)
        assert row.state is MessageState.WAITING
    async with beside(desk.run()):
        await _until_answered(here, row.thread_id)
    said = [turn.text for turn in store.kept.turns.values() if turn.speaker.value == "caller"]
    assert said == list(REFERENCE[:3])


async def test_an_edit_stands_in_place_of_what_was_not_heard_yet_and_else_is_news() -> None:
    clock = ManualClock(FRIDAY_NIGHT)
    store = FaultyStore(clock)
    desk = a_desk(store, clock)
    here = Writing(desk, store, clock)
    await here.sends("My AC dyed", name="1", patience_s=0.0)
    row = await here.sends("My AC died", name="2", edits="1", patience_s=0.0)
    async with beside(desk.run()):
        await _until_answered(here, row.thread_id)
        await here.sends("My furnace died", name="3", edits="2")
    said = [turn.text for turn in store.kept.turns.values() if turn.speaker.value == "caller"]
    assert said == ["My AC died", "My furnace died"]


async def test_two_people_are_two_conversations_and_two_channels_of_one_are_one() -> None:
    async with writing() as here:
        await here.says(REFERENCE[0])
        await here.says("My furnace is broken", sender=TOM)
        await here.says(REFERENCE[1], channel="whatsapp")
        assert len(kept(here).calls) == 2
        of_sarah = await here.store.threads.history(SARAH)
        assert [one.channel for one in of_sarah] == ["sms", "whatsapp"]


@pytest.mark.parametrize(
    "dies_at", ["threads.answer", "calls.close", "jobs.book", "journal.append"]
)
async def test_whoever_has_the_message_next_goes_on_and_does_nothing_twice(dies_at: str) -> None:
    """A worker dies in the middle of every message; its successor answers it."""
    clock = ManualClock(FRIDAY_NIGHT)
    store = FaultyStore(clock)
    replies = []
    for text in (*REFERENCE, "No, that's all. Bye."):
        first = a_desk(store, clock)
        entered, go = store.gate(dies_at)
        async with beside(first.run()):
            await asyncio.sleep(0)
            sending = asyncio.ensure_future(Writing(first, store, clock).sends(text, name=text))
            await asyncio.wait(
                {sending, waits := asyncio.ensure_future(entered.wait())},
                return_when=asyncio.FIRST_COMPLETED,
            )
            waits.cancel()
        sending.cancel()
        go.set()
        async with writing(store, clock) as here:
            replies.append(await here.says(text, name=text))
    (job,) = store.kept.jobs.values()
    assert job.code in replies[-2]
    if dies_at != "journal.append":  # there the tool has answered and nobody wrote it down
        assert "already" not in replies[-2].lower()
    said = [turn.text for turn in store.kept.turns.values() if turn.speaker.value == "caller"]
    assert said == [*REFERENCE, "No, that's all. Bye."]
    (row,) = store.kept.calls.values()
    assert row.outcome is Outcome.BOOKED
    kinds = [kind for (_, _), (kind, _) in sorted(store.kept.steps.items(), key=lambda s: s[0][1])]
    assert kinds.count("heard") == len(REFERENCE) + 1


async def test_what_nobody_can_answer_is_given_up_honestly() -> None:
    async with writing() as here:
        cast("FaultyStore", here.store).fail(
            "calls.open", *[Unavailable("store.slow", "Slow.")] * 20
        )
        row = await here.sends("Hello?")
        assert row.reply == NOT_WORKING
        assert row.attempts == MOST_ATTEMPTS + 1


async def test_a_late_reply_is_sent_and_the_next_one_waits_for_it() -> None:
    async with writing() as here:
        entered, go = cast("FaultyStore", here.store).gate("calls.open")
        row = await here.sends(REFERENCE[0], patience_s=0.05)
        assert row.state is MessageState.WAITING
        assert await here.store.threads.hand(row.message_id) is None
        assert entered.is_set()
        cast("ManualClock", here.clock).advance(1.0)
        go.set()
        await _until_answered(here, row.thread_id)
        second = await here.sends(REFERENCE[1])
        assert await here.store.threads.hand(second.message_id) is None, "the first is on its way"
        await _until(lambda: f"reply:{row.message_id}" in kept(here).queued)
        found = await here.store.threads.message(row.message_id)
        assert found is not None
        assert found.delivery is ReplyDelivery.QUEUED


async def test_pictures_and_switched_off_channels_are_refused_politely() -> None:
    async with writing() as here:
        assert await here.says("[attachment]") == NO_PICTURES
        both = await here.says("[attachment] My AC died, how much is a repair?")
        assert both.startswith(NO_PICTURES)
        assert len(both) > len(NO_PICTURES) + 20
    off = coolcare().model_copy(
        update={"flags": coolcare().flags.model_copy(update={"whatsapp": False})}
    )
    async with writing(business=off) as here:
        with pytest.raises(CallerFixable, match=r"channel\.off"):
            await here.says("Hi", channel="whatsapp")


async def test_zero_is_a_person() -> None:
    async with writing() as here:
        await here.says(REFERENCE[0])
        await here.says("0")
        (message,) = kept(here).queued.values()
        assert message.to in {lead.phone for lead in coolcare().escalation.leads}
        assert SARAH in message.body


async def test_danger_is_answered_at_once_also_to_who_wants_no_messages() -> None:
    async with writing() as here:
        assert "911" in await here.says("I smell gas")
        await here.says("STOP", sender=TOM)
        assert await here.says("My AC died", sender=TOM) == ""
        assert "911" in await here.says("I smell gas in the kitchen", sender=TOM)


async def test_cards_are_kept_nowhere_also_in_two_messages() -> None:
    async with writing() as here:
        await here.says("My card is 4111 1111 1111 1111")
        await here.says("4012 8888", sender=TOM)
        answer = await here.says("8888 1881", sender=TOM)
        tables = kept(here)
        everything = json.dumps(
            [
                [(one.of.text, one.of.reply) for one in tables.texts.values()],
                [(one.text, one.heard) for one in tables.turns.values()],
                [one.talk.case for one in tables.threads.values()],
                [body for _, body in tables.steps.values()],
                [str(one) for one in tables.audits],
            ]
        )
        assert "card" in answer.lower()
    for digits in ("4111", "1111", "4012", "8888", "1881"):
        assert digits not in everything


async def test_a_text_goes_on_with_what_a_call_left_open_and_with_nobodys_facts() -> None:
    async with writing() as here:
        call = CallStart(
            CallId("00000000-0000-4000-8000-000000000001"), "CA1", "voice", SARAH, "+1"
        )
        await here.store.calls.open(call)
        for place, said in enumerate(
            ("My AC stopped cooling, I need a repair", "No smells", "Sarah Miller 555-123-0000")
        ):
            body = json.dumps({"text": said, "at": FRIDAY_NIGHT.isoformat()})
            await here.store.journal.append(call.call_id, place + 1, "heard", body)
        await here.store.calls.close(call.call_id, Evidence())
        reply = await here.says("Hi, it's me, we were cut off")
        assert "We go on from your call." in reply
        assert "Sarah" not in reply
        starts = [body for kind, body in kept(here).steps.values() if kind == "start"]
        (matter,) = [json.loads(body)["matter"] for body in starts if "matter" in body]
        assert "Miller" not in matter
        assert "5551230000" not in matter
        assert json.loads(matter)["errand"] == "book"
        assert "We go on" not in await here.says("Hello", sender=TOM)


async def test_a_conversation_in_which_nothing_is_written_for_a_day_ends() -> None:
    async with writing() as here:
        await here.says(REFERENCE[0])
        cast("ManualClock", here.clock).advance(25 * 3600.0)
        await _until(lambda: all(row.outcome for row in kept(here).calls.values()))
        assert "automated assistant" in await here.says("Hello again")


async def test_three_wrong_codes_are_three_however_many_messages_they_came_in() -> None:
    async with writing() as here:
        await here.says("I want to cancel my appointment")
        await here.says("555-123-0000")
        for code in ("234567", "345678", "456789", "567892", "678923"):
            await here.says(code)
        errors = [one.error_code for one in kept(here).audits if one.error_code]
        assert errors.count("identity.wrong_code") <= 3


async def test_visitors_with_a_new_key_each_share_the_tries_at_a_number() -> None:
    async with writing() as here:
        guesses = iter(range(222_222, 999_999, 7_311))
        for visitor in range(MOST_WRONG_CODES_A_DAY):
            key = f"a-key-of-its-own-{visitor}"
            for text in (
                "I want to cancel my appointment",
                "555-123-0000",
                str(next(guesses)),
                str(next(guesses)),
            ):
                await here.says(text, sender=key, channel="webchat")
        errors = [one.error_code for one in kept(here).audits if one.error_code]
        tried = errors.count("identity.wrong_code")
        assert 0 < tried <= MOST_WRONG_CODES_A_DAY
        assert errors[-1] == "identity.too_many_tries"


async def _until_answered(here: Writing, thread_id: object) -> None:
    texts = kept(here).texts
    await _until(
        lambda: all(
            one.of.state is not MessageState.WAITING
            for one in texts.values()
            if one.of.thread_id == thread_id
        )
    )


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5.0):
        while not holds():  # noqa: ASYNC110 - the desk does it by and by
            await asyncio.sleep(0.005)


async def test_a_machine_that_answers_ours_comes_to_an_end() -> None:
    async with writing() as here:
        replies = [await here.says(f"Thank you for your message {n}") for n in range(30)]
        assert all(replies[:20])
        assert replies[20] == TOO_MANY
        assert not any(replies[21:])


@pytest.mark.parametrize("lost", ['{"at": "2025-08-30T00***07"}', "{}", "no json"])
async def test_a_conversation_that_nobody_can_read_any_more_begins_anew(lost: str) -> None:
    async with writing() as here:
        await here.says(REFERENCE[0])
        (thread,) = kept(here).threads.values()
        broken = thread.talk.call_id
        kept(here).steps = {key: (at, lost) for key, (at, _) in kept(here).steps.items()}
        thread.talk = replace(thread.talk, case="{}")

        told = await here.sends(REFERENCE[0])

        assert told.reply.startswith("CoolCare, automated assistant"), "it begins"
        assert thread.talk.call_id not in {None, broken}


async def test_what_another_worker_has_answered_is_not_heard_in_the_next_ones_place() -> None:
    """Whoever's lock was lost may still be answering: both have the message."""
    async with writing() as here:
        await here.says(REFERENCE[0])
        store = cast("FaultyStore", here.store)
        entered, go = store.gate("threads.next_due")
        ours = asyncio.ensure_future(here.sends(REFERENCE[1]))
        await entered.wait()
        (row,) = [one.of for one in kept(here).texts.values() if one.of.text == REFERENCE[1]]
        assert await store.threads.answer(row, ThreadReply("theirs", None))
        go.set()
        assert (await ours).reply == "theirs"
        said = [turn.text for turn in kept(here).turns.values() if turn.speaker == "caller"]
        assert said == [REFERENCE[0]]
