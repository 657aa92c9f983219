"""A whole chat over settings: providers are chosen and opened as ever, the rest is in memory."""

from __future__ import annotations

import asyncio

from tests.support.faults import MemoryCallControl
from tests.support.postgres import a_call
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from tools import TOOLS
from voiceagent.app import providers
from voiceagent.app.settings import Settings
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import TextEvent, TextSession, converse
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.toolbox import Toolbox

SAID = ("My AC died, how much is a repair?", "No, thank you. Bye.")


async def chatted(settings: Settings) -> str:
    """A chat from its greeting to its end, by whoever these settings choose; who answered."""
    business, clock = coolcare(), ManualClock(FRIDAY_NIGHT)
    store, toolbox, recorder = MemoryStore(clock), Toolbox(TOOLS), Recorder()
    call, lines, shown = a_call(SARAH), list(SAID), list[TextEvent]()
    await store.calls.open(call)

    async def line() -> str | None:
        return lines.pop(0) if lines else None

    async with (
        providers.dialogue(settings, business, providers.Uses(toolbox, clock)) as answers,
        asyncio.TaskGroup() as side_effects,
    ):
        contacts = Contacts(business, clock, store, toolbox, MemoryCallControl(), answers.make)
        session = TextSession(call.call_id, store, clock, recorder, shown.append)
        contact = await contacts.open(
            call, mouth=session, recorder=recorder, spawn=side_effects.create_task
        )
        await converse(contact.conversation, recorder, line)
    assert len(shown) > len(SAID)
    assert not lines
    return answers.names["llm"]
