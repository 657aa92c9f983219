"""A context card is seen by who has its link, while the link is good, and never unnoticed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.support.faults import FaultyStore
from tests.support.rooms import coolcare
from voiceagent.app.web.hand_off_card import CARD_S, CardLinks, add_hand_off_card
from voiceagent.core.clock import ManualClock
from voiceagent.core.hand_off import HandOff
from voiceagent.domain.records import CallId, CallStart, Speaker, Turn
from voiceagent.errors import Unavailable

pytestmark = pytest.mark.asyncio

NOW = datetime(2025, 8, 30, tzinfo=UTC)
CALL_ID = CallId("00000000-0000-0000-0000-000000000001")
ROW = HandOff(
    key="room-of_ours",
    call_id=CALL_ID,
    call_sid="CA1",
    leads=("on-call", "office"),
    legs=("one-of_ours1", "another_leg2"),
    reason="asked",
    summary="AC is out.",
    call_back="+15551230000",
    due_at=NOW,
)


class Desk:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.store = FaultyStore(self.clock)
        self.links = CardLinks("s3cret", self.clock.now, "")
        app = web.Application()
        add_hand_off_card(app, self.store, self.links, coolcare())
        self.client = TestClient(TestServer(app))

    async def get(self, link: str) -> tuple[int, str]:
        async with self.client.get(link) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    store = made.store
    await store.calls.open(CallStart(CALL_ID, "CA1", "voice", "+15551230000", "+19375550100"))
    said = "My <AC> is out & it is hot."
    await store.calls.add_turn(Turn(CALL_ID, 0, Speaker.CALLER, said, said, NOW))
    await store.calls.add_turn(Turn(CALL_ID, 1, Speaker.AGENT, "All of it.", "All", NOW))
    await store.hand_offs.open(ROW)
    async with made.client:
        yield made


async def test_it_shows_what_was_heard_and_who_looked_is_written_first() -> None:
    async with desk() as at:
        status, shown = await at.get(at.links.link(ROW, 1))
        assert status == 200
        for text in ("AC is out.", "+15551230000", "My &lt;AC&gt; is out &amp; it is hot.", "All"):
            assert text in shown
        assert "All of it." not in shown, "as heard, not as meant"
        (look,) = await at.store.looks.recent(9)
        assert look.look.visitor.name == "office by link"
        assert look.look.about == "CA1"
        at.store.fail("looks.add", Unavailable("db.down", "Down."))
        status, shown = await at.get(at.links.link(ROW, 1))
        assert status == 503
        assert "AC is out." not in shown


async def test_no_other_link_shows_anything_and_none_for_ever() -> None:
    async with desk() as at:
        good = at.links.link(ROW, 0)
        query = dict(parse_qsl(urlsplit(good).query))
        wrong = [
            {**query, "lead": "1"},
            {**query, "until": str(int(query["until"]) + 1)},
            {**query, "seal": "0" * 64},
            {**query, "seal": "é"},
            {**query, "lead": "-1"},
            {**query, "until": "٣"},
            {},
        ]
        paths = ["/handoff/x", f"/handoff/{ROW.legs[0]}"]
        for one in wrong:
            pairs = "&".join(f"{name}={value}" for name, value in one.items())
            assert (await at.get(f"/handoff/{ROW.key}?{pairs}"))[0] == 403
        for path in paths:
            assert (await at.get(f"{path}?{urlsplit(good).query}"))[0] == 403
        other = CardLinks("another", at.clock.now, "").link(ROW, 0)
        assert (await at.get(other))[0] == 403
        assert await at.store.looks.recent(9) == []
        at.clock.advance(timedelta(seconds=CARD_S).total_seconds())
        assert (await at.get(good))[0] == 403


async def test_what_is_not_kept_any_more_is_not_shown() -> None:
    async with desk() as at:
        gone = replace(ROW, key="gone-of_ours")
        assert (await at.get(at.links.link(gone, 0)))[0] == 404
        assert (await at.get(at.links.link(ROW, 7)))[0] == 404
