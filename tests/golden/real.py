"""Golden calls over the real tools and a real database, through the pipeline that chats use."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from pydantic import JsonValue

from tests.golden.replay import Golden, canonical
from tests.support.act_model import ACT_MODEL
from tests.support.postgres import a_call, a_draft, a_quote
from tools import TOOLS
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import Said, TextEvent, TextSession
from voiceagent.domain.records import JobStatus, Slot, Window
from voiceagent.store import PostgresStore
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

INJECTED = re.compile(r'"code": "(slot\.taken|store\.\w+|tool\.slow|tool\.failed)"')
"""Errors that come from elsewhere: another caller was faster, or the machinery is down."""


class ScriptedCarrier:
    """Transfers succeed as often as the file says."""

    def __init__(self, golden: Golden) -> None:
        self._answers = [
            bool(json.loads(line.text)["transferred"])
            for line in golden.lines
            if line.mark == "=" and "transferred" in line.text
        ]

    async def hang_up(self, call_sid: str) -> None:
        """Nothing to end."""

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        """As scripted."""
        return self._answers[0] if self._answers else False


class FaultyToolbox(Toolbox):
    """The real tools, failing where the file says that the world outside failed."""

    def __init__(self, golden: Golden) -> None:
        super().__init__(TOOLS)
        self._scripted = [line for line in golden.lines if line.mark == "="]
        self._count = -1

    async def call(
        self, name: str, arguments: Mapping[str, object], ctx: ToolContext
    ) -> ToolOutcome:
        """Run the tool, or return the scripted fault instead."""
        self._count += 1
        if self._count < len(self._scripted):
            line = self._scripted[self._count].text
            if found := INJECTED.search(line):
                if found[1] == "slot.taken":
                    await _taken_by_another(arguments, ctx)
                asked = cast("Mapping[str, JsonValue]", arguments)
                return ToolOutcome(name, asked, self.read(name, json.loads(line)), 1.0)
        return await super().call(name, arguments, ctx)


async def play(golden: Golden, dsn: str) -> list[str]:
    """Play the call; its lines without tool results, canonical."""
    clock = SystemClock(golden.now)
    async with PostgresStore(dsn, clock_offset=clock.offset).opened() as store:
        for seed in golden.seeds:
            await seeded(store, seed)
        lines: list[str] = []

        def show(event: TextEvent) -> None:
            if isinstance(event, Said):
                lines.append(canonical("<", _masked(event.text)))
            else:
                outcome = event.outcome
                asked = json.dumps(dict(outcome.arguments))
                lines.append(canonical("*", f"{outcome.name} {asked}"))

        call = replace(a_call(golden.caller or ""), channel=golden.channel)
        await store.calls.open(call)
        recorder = Recorder()
        session = TextSession(call.call_id, store, clock, recorder, show)
        async with asyncio.TaskGroup() as side_effects:
            contacts = Contacts(
                golden.business,
                clock,
                store,
                FaultyToolbox(golden),
                ScriptedCarrier(golden),
                HousePolicy(ACT_MODEL),
            )
            contact = await contacts.open(
                call, mouth=session, recorder=recorder, spawn=side_effects.create_task
            )
            await _converse(contact.conversation, golden, recorder, lines)
        return lines


async def _taken_by_another(arguments: Mapping[str, object], ctx: ToolContext) -> None:
    """Somebody else books the window while our caller was making up their mind."""
    await ctx.store.schedule.release(ctx.call.call_id)
    store = cast("PostgresStore | MemoryStore", ctx.store)
    start = arguments["scheduled_time"]
    await seeded(store, f"job phone=+19375550199 code=111111 service=repair start={start}")


async def _converse(
    conversation: Conversation, golden: Golden, recorder: Recorder, lines: list[str]
) -> None:
    writing = asyncio.ensure_future(recorder.run())
    await conversation.answer(Input(InputKind.BEGIN))
    for said in golden.caller_lines:
        lines.append(canonical(">", said))
        await conversation.answer(as_input(said))
    await recorder.drained()
    assert recorder.failed == 0
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing


def as_input(said: str) -> Input:
    """What a caller line of a golden file is to a conversation."""
    key = re.fullmatch(r"\[key (.)\]", said)
    if key is not None:
        return Input(InputKind.KEY, key[1])
    if said == "[silence]":
        return Input(InputKind.SILENCE)
    return Input(InputKind.HEARD, said)


def _masked(text: str) -> str:
    return re.sub(r"(booking code is )\w{6}", r"\1{code}", text)


async def seeded(store: PostgresStore | MemoryStore, seed: str) -> None:
    """Put what a ``seed:`` line names into the store."""
    kind, *pairs = shlex.split(seed)
    assert kind == "job", seed
    facts = dict(pair.split("=", 1) for pair in pairs)
    start = datetime.fromisoformat(facts["start"]).astimezone(UTC)
    call_id = await store.calls.open(a_call(facts["phone"]))
    quote = a_quote(call_id)
    await store.quotes.save(quote)
    window = Window(start, start + timedelta(hours=2))
    slot = Slot("", facts["service"], facts.get("technician", "mike"), window)
    (held,) = await store.schedule.hold(call_id, [slot], minutes=10)
    job = await store.jobs.book(
        a_draft(held, quote, phone=facts["phone"]), (), idempotency_key=f"seed:{call_id}"
    )
    assert job.status is JobStatus.BOOKED
    if isinstance(store, MemoryStore):
        store.kept.jobs[job.job_id] = replace(job, code=facts["code"])
        return
    await store.database.execute(
        "UPDATE jobs SET code = $2 WHERE id = $1", job.job_id, facts["code"]
    )
