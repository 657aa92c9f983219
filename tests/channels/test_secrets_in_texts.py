"""A small storm of cards and canaries in messages; ./run soak-secrets --texts is all of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.channels.rig import CALM, a_desk
from tests.support.canaries import AFTER, BEFORE, BOX, NOW, found_in, harmless
from tests.support.scripted_model import ScriptedModel
from tests.support.secret_writers import texts_storm, writings_in_memory
from voiceagent.core.beside import beside
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.factory import model_dialogue
from voiceagent.store.memory import MemoryStore


async def test_no_card_and_no_canary_is_found_in_any_channels_texts() -> None:
    store = MemoryStore(SystemClock(NOW))
    report = await texts_storm(store, writings_in_memory(store), cards=20, canaries=5, seed=1)
    assert report.leaks == []
    assert (report.cards, report.canaries) == (20, 5)


@pytest.mark.parametrize("asked", [0, 2, 3])
@pytest.mark.parametrize("cut", [10, 12])
async def test_no_model_sees_half_of_a_card_while_its_writer_speaks_of_something_else(
    cut: int, asked: int
) -> None:
    """Whoever answers the next message has only what was kept of those before."""
    card, clock = "4742240690588998", SystemClock(NOW)
    model = ScriptedModel(harmless)
    led = model_dialogue([model], BOX.specs(), clock, None)
    desk = a_desk(MemoryStore(clock), clock, make=led, pace=CALM, toolbox=BOX)
    lines = [*BEFORE[:asked], f"it's {card[:cut]}", "one second please", card[cut:], *AFTER]
    async with beside(desk.run()):
        await asyncio.sleep(0)
        for line in lines:
            await desk.receive(desk.new_message("sms", "+19375550161", line, patience_s=60.0))
    assert model.requests
    assert not found_in("\n".join(map(str, model.requests)), [card])
