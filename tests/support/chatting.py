"""A whole chat over settings: providers are chosen and opened as ever, the rest is in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from tests.support.act_model import ACT_MODEL
from tests.support.faults import MemoryCallControl
from tests.support.postgres import a_call
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from tools import TOOLS
from voiceagent.app import providers
from voiceagent.app.settings import Settings
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import Said, TextEvent, TextSession, converse
from voiceagent.domain.business import Business
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.toolbox import Toolbox

SAID = ("My AC died, how much is a repair?", "No, thank you. Bye.")


async def chatted(settings: Settings, said: Sequence[str] = SAID) -> str:
    """A chat from its greeting to its end, by whoever these settings choose; who answered."""
    business, clock = coolcare(), ManualClock(FRIDAY_NIGHT)
    uses = providers.Uses(Toolbox(TOOLS), clock, ACT_MODEL)
    async with providers.dialogue(settings, business, uses) as answers:
        await chat_with(answers.make, said)
    return answers.names["llm"]


async def chat_with(
    make: MakeDialogue,
    said: Sequence[str] = SAID,
    business: Business | None = None,
    after: Mapping[int, Callable[[], None]] | None = None,
) -> list[str]:
    """A chat with who is made; what was said to the customer.

    Args:
        make: makes who answers.
        said: the customer's lines; the last one ends it.
        business: whom they write to.
        after: what happens before a line, by its place.
    """
    business, clock = business or coolcare(), ManualClock(FRIDAY_NIGHT)
    store, toolbox, recorder = MemoryStore(clock), Toolbox(TOOLS), Recorder()
    call, lines, shown = a_call(SARAH), deque(enumerate(said)), list[TextEvent]()
    await store.calls.open(call)

    async def line() -> str | None:
        if not lines:
            return None
        place, text = lines.popleft()
        (after or {}).get(place, _nothing)()
        return text

    async with asyncio.TaskGroup() as side_effects:
        contacts = Contacts(business, clock, store, toolbox, MemoryCallControl(), make)
        session = TextSession(call.call_id, store, clock, recorder, shown.append)
        contact = await contacts.open(
            call, mouth=session, recorder=recorder, spawn=side_effects.create_task
        )
        await converse(contact.conversation, recorder, line)
    assert len(shown) > len(said)
    assert not lines
    return [one.text for one in shown if isinstance(one, Said)]


def _nothing() -> None: ...
