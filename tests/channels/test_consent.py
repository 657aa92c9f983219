"""STOP, START, HELP: in words, in sentences, in Spanish, on every channel, before the next send."""

from __future__ import annotations

from typing import cast

import pytest

from channels.consent import ConsentWish, Tongue, consent_wish
from channels.registry import CHANNELS
from tests.channels.rig import REFERENCE, Writing, writing
from tests.support.faults import FaultyStore
from tests.support.rooms import SARAH
from voiceagent.domain.records import OutboundMessage

EN, ES = Tongue.ENGLISH, Tongue.SPANISH


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("STOP", (ConsentWish.STOP, EN)),
        (" stop. ", (ConsentWish.STOP, EN)),
        ("Stop!!", (ConsentWish.STOP, EN)),
        ("STOPALL", (ConsentWish.STOP, EN)),
        ("Unsubscribe", (ConsentWish.STOP, EN)),
        ("quit", (ConsentWish.STOP, EN)),
        ("END", (ConsentWish.STOP, EN)),
        ("cancel", (ConsentWish.STOP, EN)),
        ("revoke", (ConsentWish.STOP, EN)),
        ("opt out", (ConsentWish.STOP, EN)),
        ("please stop texting me", (ConsentWish.STOP, EN)),
        ("take me off your list", (ConsentWish.STOP, EN)),
        ("I don't want any more texts from you", (ConsentWish.STOP, EN)),
        ("ALTO", (ConsentWish.STOP, ES)),
        ("Parar", (ConsentWish.STOP, ES)),
        ("Baja", (ConsentWish.STOP, ES)),
        ("No más", (ConsentWish.STOP, ES)),
        ("Por favor dejen de mandarme mensajes", (ConsentWish.STOP, ES)),
        ("no me escriban más", (ConsentWish.STOP, ES)),
        ("no quiero recibir más mensajes", (ConsentWish.STOP, ES)),
        ("START", (ConsentWish.START, EN)),
        ("unstop", (ConsentWish.START, EN)),
        ("Comenzar", (ConsentWish.START, ES)),
        ("HELP", (ConsentWish.HELP, EN)),
        ("info", (ConsentWish.HELP, EN)),
        ("Ayuda", (ConsentWish.HELP, ES)),
        ("Yes", None),
        ("sí", None),
        ("I want to cancel my appointment", None),
        ("Help, my AC died", None),
        ("Stop by at nine", None),
        ("Don't text me before nine", None),
        ("no me llamen antes de las nueve", None),
        ("It won't stop leaking", None),
        ("My AC stopped cooling", None),
    ],
)
def test_what_a_message_asks_for(text: str, wish: tuple[ConsentWish, Tongue] | None) -> None:
    assert consent_wish(text, stopped=False) == wish


@pytest.mark.parametrize("text", ["Yes", "start", "you can text me again", "opt me back in", "Sí"])
def test_who_has_stopped_them_can_have_them_again(text: str) -> None:
    found = consent_wish(text, stopped=True)
    assert found is not None
    assert found[0] is ConsentWish.START


@pytest.mark.parametrize("channel", [one.name for one in CHANNELS])
async def test_it_is_confirmed_once_and_then_there_is_silence(channel: str) -> None:
    async with writing() as here:
        await here.says(REFERENCE[0], channel=channel)
        first = await here.says("STOP", channel=channel)
        assert "no more messages" in first
        assert await here.says("stop texting me", channel=channel) == ""
        assert await here.says("My AC died", channel=channel) == ""
        assert "Type 0" in await here.says("HELP", channel=channel)
        assert "again" in await here.says("START", channel=channel)
        assert await here.says("My AC died", channel=channel) != ""


async def test_it_is_said_in_the_language_it_was_asked_in() -> None:
    async with writing() as here:
        assert "no le enviaremos más" in await here.says("ALTO")
        assert "Responda STOP" in await here.says("ayuda")


async def test_a_stop_counts_before_the_next_send_of_anybody_and_on_every_channel() -> None:
    async with writing() as here:
        store = cast("FaultyStore", here.store)
        await _book(here)
        assert store.kept.queued, "the confirmation waits to be sent"
        await here.says("STOP", channel="whatsapp")
        await store.outbox.put(OutboundMessage("reminder:1", "sms", SARAH, "Your deposit is open."))
        assert await store.deliver() == []


async def test_what_else_is_wished_beside_a_stop_is_passed_on() -> None:
    async with writing() as here:
        reply = await here.says("Stop texting me and delete all my data")
        assert "you will get no more messages" in reply
        assert "I can't settle that myself, but our team can." in reply


async def test_a_stop_for_somebody_elses_number_stops_nothing_here() -> None:
    async with writing() as here:
        reply = await here.says("stop texting my wife's number")
        assert "you will get no more messages" not in reply
        assert "our team can" in reply
        assert await here.says("My AC died")


async def _book(here: Writing) -> None:
    for text in REFERENCE:
        await here.says(text)
