"""Who waits is shown that a reply is being written, where their channel can."""

from __future__ import annotations

import asyncio

import pytest

from telephony.contract import InboundText
from tests.channels.rig import writing
from tests.channels.wire import wired
from tests.support.faults import FaultyStore
from tests.support.rooms import FRIDAY_NIGHT, SARAH
from voiceagent.app.text_hooks import TextHooks
from voiceagent.core.clock import ManualClock


class Signs:
    """Notes what is shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.was_shown = asyncio.Event()

    async def writes(self, channel: str, message_sid: str) -> None:
        self.shown.append((channel, message_sid))
        self.was_shown.set()


def text() -> InboundText:
    return InboundText("SM1", "whatsapp", SARAH, "+19375550100", "Hi, my AC died")


async def test_a_reply_that_takes_a_while_is_shown_as_being_written() -> None:
    store, signs = FaultyStore(ManualClock(FRIDAY_NIGHT)), Signs()
    entered, go = store.gate("calls.open")
    async with writing(store) as here:
        hooks = TextHooks(here.desk, store.threads, signs, writes_after_s=0.0)
        reply = asyncio.ensure_future(hooks.inbound_text(text()))
        await entered.wait()
        await signs.was_shown.wait()
        go.set()
        assert await reply
        assert signs.shown == [("whatsapp", "SM1")]


async def test_a_reply_that_is_there_at_once_is_not() -> None:
    store, signs = FaultyStore(ManualClock(FRIDAY_NIGHT)), Signs()
    async with writing(store) as here:
        assert await TextHooks(here.desk, store.threads, signs, 60.0).inbound_text(text())
    assert not signs.shown


@pytest.mark.parametrize(("channel", "shown"), [("whatsapp", ["SM1"]), ("sms", []), ("rcs", [])])
async def test_the_carrier_is_told_by_whatsapp_alone(channel: str, shown: list[str]) -> None:
    clock = ManualClock(FRIDAY_NIGHT)
    async with wired(FaultyStore(clock), clock) as here:
        await here.rest.texts.writes(channel, "SM1")
        assert here.carrier.texts.signs == shown


async def test_a_carrier_that_does_not_answer_costs_nothing() -> None:
    clock = ManualClock(FRIDAY_NIGHT)
    async with wired(FaultyStore(clock), clock) as here:
        await here.rest.texts.writes("whatsapp", "no sid")
        assert not here.carrier.texts.signs
