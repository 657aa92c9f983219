"""A desk over a store, and somebody who writes to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from channels.contract import TextChannel
from channels.desk import DeskPace, TextDesk
from channels.email import EMAIL
from channels.registry import CHANNELS
from tests.support.act_model import ACT_MODEL
from tests.support.faults import FaultyStore, MemoryCallControl
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from tools import TOOLS
from voiceagent.core.beside import beside
from voiceagent.core.clock import Clock, ManualClock
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import HousePolicy, MakeDialogue
from voiceagent.domain.business import Business
from voiceagent.domain.threads import ThreadMessage
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.store import Store
from voiceagent.toolkit.toolbox import Toolbox

HOUSE = HousePolicy(ACT_MODEL)
REFERENCE = (
    "Hi, my AC stopped cooling and the outdoor unit is rattling.",
    "No, no gas smell, no smoke, nothing like that.",
    "Sarah Miller, 555-123-0000",
    "123 Oak Street, Springfield, Ohio",
    "Yes, that's fine, go ahead",
    "Tonight at nine works",
    "The gate code is 1234 and the dog is friendly",
    "Yes, that's right",
)
FAST = DeskPace(poll_s=0.005, sweep_s=0.02, close_s=0.02)
CALM = DeskPace(poll_s=0.02, sweep_s=0.2, close_s=5.0)
"""For a database, which others use beside the test."""


ANN: Final = "ann@example.com"


def writer_on(channel: str) -> str:
    """Somebody who can write on a channel."""
    return ANN if channel == EMAIL.name else SARAH


@dataclass
class Writing:
    """Somebody writes, and reads what comes back."""

    desk: TextDesk
    store: Store
    clock: Clock

    async def says(
        self, text: str, *, sender: str = "", channel: str = "sms", name: str = ""
    ) -> str:
        """Write; the reply."""
        return (await self.sends(text, sender=sender, channel=channel, name=name)).reply

    async def sends(
        self,
        text: str,
        *,
        sender: str = "",
        channel: str = "sms",
        name: str = "",
        position: int = 0,
        edits: str = "",
        patience_s: float = 10.0,
    ) -> ThreadMessage:
        """Write; what the desk makes of it."""
        sender = sender or writer_on(channel)
        new = self.desk.new_message(channel, sender, text, message_id=name, patience_s=patience_s)
        edited = f"{channel}:{new.person}:{edits}" if edits else ""
        return await self.desk.receive(replace(new, position=position, edits=edited))


def a_desk(
    store: Store,
    clock: Clock,
    *,
    business: Business | None = None,
    toolbox: Toolbox | None = None,
    control: CallControl | None = None,
    make: MakeDialogue = HOUSE,
    channels: Sequence[TextChannel] = CHANNELS,
    pace: DeskPace = FAST,
) -> TextDesk:
    """A desk that is not running."""
    contacts = Contacts(
        business or coolcare(),
        clock,
        store,
        toolbox or Toolbox(TOOLS),
        control or MemoryCallControl(),
        make,
    )
    return TextDesk(contacts, channels, pace)


@asynccontextmanager
async def writing(
    store: Store | None = None,
    clock: Clock | None = None,
    *,
    business: Business | None = None,
    toolbox: Toolbox | None = None,
    control: CallControl | None = None,
    make: MakeDialogue = HOUSE,
    channels: Sequence[TextChannel] = CHANNELS,
) -> AsyncIterator[Writing]:
    """A desk that answers, by default in memory on a Friday night."""
    clock = clock or ManualClock(FRIDAY_NIGHT)
    store = store or FaultyStore(clock)
    desk = a_desk(
        store,
        clock,
        business=business,
        toolbox=toolbox,
        control=control,
        make=make,
        channels=channels,
    )
    async with beside(desk.run()):
        await asyncio.sleep(0)
        yield Writing(desk, store, clock)
