"""Pages: PagerDuty over a real socket, a text where there is none, and one a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, time

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.by_channel import TextsByChannel
from connectors.local.pager import PageMessages, TextPager
from connectors.pagerduty.pager import PagerDutyPager
from tests.support.act_model import ACT_MODEL
from tests.support.pagerduty import KEY, PagerDuty
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare, line
from tools import TOOLS
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import TextSession
from voiceagent.domain.business import OnCallShift, Weekday
from voiceagent.domain.outcomes import PAGED
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.pager import ON_CALL, PAGER, Page
from voiceagent.toolkit.toolbox import Toolbox

PAGE = Page("pager:1", "CoolCare: an angry caller is on the line, call CA1.", "CoolCare")


@asynccontextmanager
async def pagerduty(*, key: str = KEY) -> AsyncIterator[tuple[PagerDuty, PagerDutyPager]]:
    async with PagerDuty().running() as other, aiohttp.ClientSession() as http:
        yield other, PagerDutyPager(http, key, base_url=other.url, timeout_s=0.3)


async def test_a_page_is_an_alert_however_often_it_is_told() -> None:
    async with pagerduty() as (other, pager):
        for _ in range(3):
            assert await pager.page(PAGE) == PAGE.key
        assert list(other.alerts) == [PAGE.key]
        alert = other.alerts[PAGE.key]
        assert (alert["summary"], alert["source"], alert["severity"]) == (
            PAGE.summary,
            "CoolCare",
            "critical",
        )


@pytest.mark.parametrize("fault", [429, 500, 503, 1.0], ids=str)
async def test_an_answer_that_is_lost_makes_no_second_alert(fault: float) -> None:
    async with pagerduty() as (other, pager):
        other.faults.append(fault)
        with pytest.raises(Unavailable, match=r"pager\."):
            await pager.page(PAGE)
        await pager.page(PAGE)
        assert list(other.alerts) == [PAGE.key]


async def test_a_wrong_key_and_an_odd_page_are_refused_for_good() -> None:
    async with pagerduty(key="x" * 32) as (other, pager):
        with pytest.raises(PeerMisbehaved, match=r"pager\.refused"):
            await pager.page(PAGE)
        with pytest.raises(PeerMisbehaved, match=r"pager\.refused"):
            await pager.check()
        assert other.events == []
    async with pagerduty() as (other, pager):
        await pager.page(Page("k" * 400, "s" * 5000, "CoolCare"))
        assert len(other.alerts) == 1


async def test_nobody_is_rung_by_a_check() -> None:
    async with pagerduty() as (other, pager):
        await pager.check()
        assert other.alerts == {}
        assert [event["event_action"] for event in other.events] == ["resolve"]


async def test_nobody_there_may_be_tried_again() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unavailable, match=r"pager\.down"):
            await PagerDutyPager(http, KEY, base_url="http://127.0.0.1:9").page(PAGE)


class Sent:
    def __init__(self) -> None:
        self.texts: list[OutboundMessage] = []

    async def send(self, message: OutboundMessage) -> str:
        self.texts.append(message)
        return "SM1"

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        return None if since > FRIDAY_NIGHT or message.key in but_not else "SM1"


async def test_without_a_paging_service_the_lead_on_call_is_texted() -> None:
    sent, business = Sent(), coolcare()
    pages = PageMessages(TextPager(sent, business, ManualClock(FRIDAY_NIGHT)), business.name)
    outgoing = TextsByChannel(sent, {PAGER: pages.send})
    await outgoing.send(OutboundMessage("pager:1", PAGER, ON_CALL, PAGE.summary))
    await outgoing.send(OutboundMessage("k", "sms", SARAH, "Booked."))
    for channel, found in ((PAGER, None), ("sms", "SM1")):
        text = OutboundMessage("k", channel, SARAH, "Booked.")
        assert await outgoing.find(text, since=FRIDAY_NIGHT, but_not=()) == found
    on_call = next(lead for lead in business.escalation.leads if lead.role == "on_call")
    assert [(one.to, one.channel, one.body) for one in sent.texts] == [
        (on_call.phone, "sms", PAGE.summary),
        (SARAH, "sms", "Booked."),
    ]


@pytest.mark.parametrize(
    ("rota", "texted"),
    [
        ((), "on-call"),
        ((("on-call", "sat"),), "office"),  # who is on call is not on duty tonight
        ((("on-call", "sat"), ("office", "sat")), "on-call"),  # nobody is: whoever takes messages
    ],
)
async def test_a_text_of_a_page_goes_by_the_rota(
    rota: Sequence[tuple[str, Weekday]], texted: str
) -> None:
    sent = Sent()
    shifts = tuple(
        OnCallShift(who=(who,), days=(day,), starts=time(0), ends=time(0)) for who, day in rota
    )
    business = coolcare().model_copy(update={"rota": shifts})
    await TextPager(sent, business, ManualClock(FRIDAY_NIGHT)).page(PAGE)
    phones = {lead.id: lead.phone for lead in business.escalation.leads}
    assert [one.to for one in sent.texts] == [phones[texted]]


RAGE = "this is bullshit, I am really furious with you people"
TURNS = st.lists(
    st.sampled_from(
        [
            RAGE,
            "you people are idiots",
            "my ac died",
            "no",
            "I want a person",
            "123 oak street",
            "0",
        ]
    ),
    max_size=7,
)


@settings(max_examples=12, deadline=None)
@given(TURNS, st.integers(0, 6))
def test_a_conversation_pages_once_whatever_is_said_and_wherever_it_was_resumed(
    turns: Sequence[str], cut: int
) -> None:
    asyncio.run(paged_at_most_once(turns, cut))


async def paged_at_most_once(turns: Sequence[str], cut: int) -> None:
    at = line()
    ctx = at.call()

    def conversation(recorder: Recorder) -> Conversation:
        mouth = TextSession(ctx.call.call_id, at.store, at.clock, recorder, lambda _: None)
        dialogue = HouseDialogue(at.business, SARAH, "text", at.clock.now(), ACT_MODEL)
        return Conversation(dialogue, Toolbox(TOOLS), ctx, mouth, recorder, at.clock)

    recorder = Recorder()
    writing = asyncio.create_task(recorder.run())
    talk = conversation(recorder)
    await talk.answer(Input(InputKind.BEGIN))
    for number, words in enumerate(turns):
        if number == cut:
            await recorder.drained()
            talk = conversation(recorder)
            await talk.restore()
        if await talk.answer(Input(InputKind.HEARD, words)):
            break
    await recorder.drained()
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    pages = [row.message for row in at.store.kept.outbox.values() if row.key.startswith(PAGER)]
    raged = any(words in {RAGE, "you people are idiots"} for words in turns)
    assert len(pages) <= 1
    if turns and turns[0] == RAGE:
        assert len(pages) == 1
    if not raged:
        assert not pages
    for page in pages:
        assert page is not None
        assert (page.channel, page.to) == (PAGER, ON_CALL)
        assert "bullshit" not in page.body
        assert SARAH not in page.body
    kinds = [event.kind for _, event in at.store.kept.events]
    assert (PAGED in kinds) == bool(pages)
