"""What a channel does to words on their way in and out; and how little a new one takes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import sms
from channels.contract import KnownBy, TextChannel, TextIn
from channels.outgoing import OutgoingTexts
from channels.registry import CHANNELS
from channels.segments import plainer, segments
from tests.channels.rig import REFERENCE, writing
from tests.support.faults import FaultyStore
from tests.support.rooms import FRIDAY_NIGHT, SARAH
from voiceagent.core.clock import ManualClock
from voiceagent.domain.records import OutboundMessage


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("GSM-7", 0, 0)),
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("a" * 306, ("GSM-7", 306, 2)),
        ("a" * 307, ("GSM-7", 307, 3)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("€" * 81, ("GSM-7", 162, 2)),
        ("a" * 152 + "€" + "a" * 10, ("GSM-7", 164, 2)),
        ("é" * 160, ("GSM-7", 160, 1)),
        ("í" * 70, ("UCS-2", 70, 1)),
        ("í" * 71, ("UCS-2", 71, 2)),
        ("😀" * 35, ("UCS-2", 70, 1)),
        ("😀" * 36, ("UCS-2", 72, 2)),
        ("í" * 66 + "😀" * 3, ("UCS-2", 72, 2)),
    ],
)
def test_how_long_a_text_is_on_the_air(text: str, wanted: tuple[str, int, int]) -> None:
    found = segments(text)
    assert (found.alphabet, found.places, found.count) == wanted


@given(st.text(max_size=2000).filter(lambda reply: "?" not in plainer(reply)))
def test_a_reply_that_asks_nothing_is_never_longer_than_anybody_reads(reply: str) -> None:
    assert segments(sms.written(reply)).count <= sms.MOST_SEGMENTS


@given(st.text(alphabet="ab áíñé¿.$ 1\u2013", max_size=1500))
def test_what_a_question_asks_to_be_agreed_to_is_sent_to_its_last_word(terms: str) -> None:
    reply = f"{terms} Un depósito de $43 asegura la cita. ¿Quiere seguir adelante?".strip()
    sent = sms.written(reply)
    assert sent.endswith("sito de $43 asegura la cita. ¿Quiere seguir adelante?")
    assert len(sent) == len(plainer(reply))
    assert segments(sent).count <= segments(plainer(reply)).count


def test_a_long_spanish_reply_gives_up_accents_before_words() -> None:
    reply = "La visita cuesta $95 según su día. ¿Qué ventana prefiere, señor Díaz? " * 7
    sent = sms.written(reply)
    assert sent.startswith("La visita cuesta $95 segun su dia. ¿Qué ventana prefiere, señor Diaz?")
    assert segments(sent).alphabet == "GSM-7"
    assert sms.written("Hasta el lunes, señor Díaz.") == "Hasta el lunes, señor Díaz."


def test_typography_costs_no_segments() -> None:
    text = plainer("It\u2019s $248 \u2013 9\u202fPM \u201ctonight\u201d\u2026")
    assert segments(text).alphabet == "GSM-7"
    assert text == 'It\'s $248 - 9 PM "tonight"...'


@pytest.mark.parametrize(
    ("came", "words"),
    [
        (TextIn(" Hi "), "Hi"),
        (TextIn("", attachments=1), "[attachment]"),
        (TextIn("Look", attachments=2), "[attachment] Look"),
        (TextIn("Tonight at nine", button="Tonight at nine"), "Tonight at nine"),
        (TextIn("", place="12 Oak St", located=True), "The address is 12 Oak St."),
        (TextIn("", located=True), "[location]"),
    ],
)
def test_what_a_message_says(came: TextIn, words: str) -> None:
    assert {one.heard(came) for one in CHANNELS} == {words}


class Carrier:
    """Notes what it was to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, message: OutboundMessage) -> str:
        self.sent.append((message.channel, ""))
        return "SM1"

    async def send_template(self, message: OutboundMessage, template: str) -> str:
        self.sent.append((message.channel, template))
        return "SM2"

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        del since, but_not
        return "SM3" if (message.channel, "") in self.sent else None


@pytest.mark.parametrize(
    ("hours", "template", "went"),
    [
        (1, "", ("whatsapp", "")),
        (23.9, "HX1", ("whatsapp", "")),
        (24, "HX1", ("whatsapp", "HX1")),
        (30, "", ("sms", "")),
        (None, "HX1", ("whatsapp", "HX1")),
    ],
)
async def test_whatsapp_outside_its_window(
    hours: float | None, template: str, went: tuple[str, str]
) -> None:
    clock, carrier = ManualClock(FRIDAY_NIGHT), Carrier()
    async with writing(clock=clock) as here:
        if hours is not None:
            await here.says("Hello", channel="whatsapp")
            clock.advance(hours * 3600)
        texts = OutgoingTexts(carrier, here.store.threads, clock, template)
        await texts.send(OutboundMessage("k", "whatsapp", SARAH, "Your visit is tomorrow."))
    assert carrier.sent == [went]


@pytest.mark.parametrize(("by_rcs", "went"), [(True, "rcs"), (False, "sms")])
async def test_rcs_goes_by_sms_where_the_carrier_sends_none_for_us(by_rcs: bool, went: str) -> None:
    clock, carrier = ManualClock(FRIDAY_NIGHT), Carrier()
    async with writing(clock=clock) as here:
        texts = OutgoingTexts(carrier, here.store.threads, clock, "", by_rcs=by_rcs)
        text = OutboundMessage("k", "rcs", SARAH, "Your visit is tomorrow.")
        await texts.send(text)
        assert carrier.sent == [(went, "")]
        assert await texts.find(text, since=FRIDAY_NIGHT, but_not=()) == "SM3"


@pytest.mark.parametrize(
    ("went", "channel", "template", "found"),
    [
        ("whatsapp", "whatsapp", "", "SM3"),
        ("whatsapp", "whatsapp", "HX1", "SM3"),
        ("sms", "whatsapp", "", "SM3"),
        ("sms", "whatsapp", "HX1", None),
        ("sms", "sms", "", "SM3"),
        ("sms", "webchat", "", None),
    ],
)
async def test_what_may_have_left_is_looked_for_by_each_way(
    went: str, channel: str, template: str, found: str | None
) -> None:
    clock, carrier = ManualClock(FRIDAY_NIGHT), Carrier()
    await carrier.send(OutboundMessage("k", went, SARAH, "Your visit is tomorrow."))
    async with writing(clock=clock) as here:
        texts = OutgoingTexts(carrier, here.store.threads, clock, template)
        text = OutboundMessage("k", channel, SARAH, "Your visit is tomorrow.")
        assert await texts.find(text, since=FRIDAY_NIGHT, but_not=()) == found


TELEGRAM = TextChannel(
    "pigeon",
    is_on=lambda flags: flags.sms,
    heard=lambda came: came.body.replace(" STOP ", ". "),
    written=lambda reply: reply.upper(),
    known_by=KnownBy.NUMBER,
)


async def test_a_new_channel_is_one_record() -> None:
    async with writing(channels=(*CHANNELS, TELEGRAM)) as here:
        for text in REFERENCE:
            heard = TELEGRAM.heard(TextIn(text))
            reply = await here.says(heard, channel="pigeon")
            assert reply == reply.upper() != ""
        store = cast("FaultyStore", here.store)
        assert len(store.kept.jobs) == 1
        assert [row.call.channel for row in store.kept.calls.values()] == ["pigeon"]
