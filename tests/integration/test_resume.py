"""A line that is lost is not a call that is over.

The socket goes away without `stop`; the carrier still has the caller, asks the `action` of its
`<Connect>`, is given a new stream, and the conversation goes on from its journal: the same row, an
apology, the same question. A caller who really hung up is not waited for once the carrier says so.
"""

from __future__ import annotations

import asyncio
import secrets

import pytest

from tests.integration.seed import TO_THE_READ_BACK, YES, call_so_far
from tests.integration.stage import (
    agent_texts,
    call_row,
    conversation,
    count,
    jobs_of,
    outcome,
    recording,
    rows,
)
from tests.integration.wire import WireCall, wire_call
from tests.support.live import Live
from voiceagent.dialogue.house.wording import CUT_OFF

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]


PRICES = {"deepgram": 8, "pico": 0}
"""Micro-cents: $0.0048 a minute, by the millisecond; and what runs here."""


async def connected_again(call: WireCall) -> None:
    """What the carrier does when the stream is over and the caller is not."""
    (action,) = (verb.action for verb in call.answer.verbs if verb.action)
    await call.connect(await call.ask(action))


async def test_a_lost_line_goes_on_where_it_was(live: Live) -> None:
    caller = "+15551230051"
    calls = await count(live.store, "calls")
    async with wire_call(live, caller=caller) as call:
        await call.answered()
        await call.agent_done()
        await call.play(recording("reference_hard/rms/02"))
        await call.agent_done()
        before = await agent_texts(live.store, call.call_sid)
        await call.drop()
        await connected_again(call)
        await call.agent_done()
        row = await call_row(live.store, call.call_sid)
        assert row is not None
        assert row["outcome"] is None
        await call.hang_up()
    assert await outcome(live.store, call.call_sid)
    after = await agent_texts(live.store, call.call_sid)
    assert after[: len(before)] == before
    assert after[len(before)].startswith(CUT_OFF), await conversation(live.store, call.call_sid)
    assert sum(CUT_OFF in text for text in after) == 1
    assert live.business.voice.greeting in after[0]
    assert not any(live.business.voice.greeting in text for text in after[1:])
    assert await count(live.store, "calls") == calls + 1
    indices = await rows(
        live.store,
        "SELECT idx FROM agent_turns t JOIN calls c ON c.id = t.call_id "
        "WHERE call_sid = $1 ORDER BY idx",
        call.call_sid,
    )
    assert [turn["idx"] for turn in indices] == list(range(len(indices)))
    used = await rows(
        live.store,
        "SELECT u.* FROM call_usage u JOIN calls c ON c.id = u.call_id "
        "WHERE call_sid = $1 ORDER BY idx",
        call.call_sid,
    )
    assert [row["idx"] for row in used] == list(range(len(used))), "of both lines, each once"
    assert {(row["provider"], row["kind"]) for row in used} == {
        ("deepgram", "recognised_ms"),
        ("pico", "spoken_characters"),
    }
    assert all(row["micro_cents"] == row["units"] * PRICES[row["provider"]] for row in used)


async def test_what_was_booked_before_the_line_was_lost_counts(live: Live) -> None:
    """Lost right after the booking and once more: one job, and the call is remembered for it."""
    caller, call_sid = "+15551230052", f"CA{secrets.token_hex(16)}"
    await call_so_far(live, call_sid, (*TO_THE_READ_BACK, YES), caller=caller)
    async with wire_call(live, call_sid=call_sid, caller=caller) as call:
        await call.answered()
        await call.agent_done()
        await call.drop()
        await connected_again(call)
        await call.agent_done()
        await call.hang_up()
    said = await conversation(live.store, call_sid)
    assert said.count(CUT_OFF) >= 2, said
    assert await outcome(live.store, call_sid) == "booked", said
    assert len(await jobs_of(live.store, call_sid)) == 1


async def test_the_carrier_comes_back_before_we_noticed(live: Live) -> None:
    """Half-open connections: the old line is still there, falls silent, and gives way."""
    async with wire_call(live, caller="+15551230053") as call:
        await call.answered()
        await call.agent_done()
        (action,) = (verb.action for verb in call.answer.verbs if verb.action)
        old = call.detach()
        await call.connect(await call.ask(action))
        await call.agent_done()
        assert old.closed
        row = await call_row(live.store, call.call_sid)
        assert row is not None
        assert row["outcome"] is None
        await call.hang_up()
    assert await outcome(live.store, call.call_sid) == "abandoned"
    assert any(CUT_OFF in text for text in await agent_texts(live.store, call.call_sid))


async def test_a_finished_call_is_not_opened_again(live: Live) -> None:
    """A caller who is said to be still there after the outcome stands hears goodbye, not us."""
    async with wire_call(live, caller="+15551230054") as call:
        await call.answered()
        await call.agent_done(silence_s=0.0)
        await call.hang_up()
        async with asyncio.timeout(2):
            assert await outcome(live.store, call.call_sid) == "abandoned"
        (action,) = (verb.action for verb in call.answer.verbs if verb.action)
        document = await call.ask(action)
        assert "<Stream" not in document.text


async def test_a_gap_in_the_sound_is_named_and_the_call_goes_on(live: Live) -> None:
    """The socket stays open and nothing comes: we close the line, and the caller comes back."""
    async with wire_call(live, caller="+15551230055") as call:
        await call.answered()
        await call.agent_done()
        call.mute()
        async with asyncio.timeout(5):
            await call.closed.wait()
        (action,) = (verb.action for verb in call.answer.verbs if verb.action)
        document = await call.ask(action)
        assert "busy" not in document.text
        assert "<Stream" in document.text, document.text
        await call.connect(document)
        await call.agent_done()
        row = await call_row(live.store, call.call_sid)
        assert row is not None
        assert row["outcome"] is None
        await call.hang_up()
    assert await outcome(live.store, call.call_sid) == "abandoned"
    assert any(CUT_OFF in text for text in await agent_texts(live.store, call.call_sid))


async def test_a_gap_that_nobody_comes_back_from_is_not_called_busy(live: Live) -> None:
    """The carrier asks only after the call was given up: a person, and the true reason."""
    async with wire_call(live, caller="+15551230056") as call:
        await call.answered()
        await call.agent_done()
        call.mute()
        async with asyncio.timeout(5):
            await call.closed.wait()
        assert await outcome(live.store, call.call_sid) == "failed"
        (action,) = (verb.action for verb in call.answer.verbs if verb.action)
        document = await call.ask(action)
        assert "<Dial" in document.text
        assert "busy" not in document.text
        assert "lost you for a moment" in document.text
