"""Who scans a sticker has the words in the chat; what comes of them is what comes of anybody's."""

from __future__ import annotations

import json
from html import escape

import pytest

from tests.channels.rig import writing
from tests.channels.wire import wired
from tests.support.faults import FaultyStore
from tests.support.rooms import FRIDAY_NIGHT, coolcare
from voiceagent.app.deep_links import FirstWords
from voiceagent.core.clock import ManualClock
from voiceagent.domain.assets import AssetDraft, NewOwner
from voiceagent.errors import Unavailable

OWNER = NewOwner("Sarah Miller", "+15551230000", None, "123 Oak Street, Springfield, Ohio")
ASSET = "I need a repair for my ac, tag unit-1."
OFFER = "I have the $0 trip fee for the Home Advantage QR tag."


async def kept() -> FaultyStore:
    store = FaultyStore(ManualClock(FRIDAY_NIGHT))
    await store.assets.keep(AssetDraft("unit-1", OWNER, "repair", "ac", "Acme 3000"))
    return store


@pytest.mark.parametrize(
    ("asset", "offer", "words"),
    [
        ("unit-1", "home-advantage-tag", f"{ASSET} {OFFER}"),
        ("unit-1", "", ASSET),
        ("unit-1", "half-price", ASSET),
        ("", "home-advantage-tag", OFFER),
        ("unit-2", "", ""),
    ],
)
async def test_what_a_link_writes_down(asset: str, offer: str, words: str) -> None:
    said = await FirstWords(coolcare(), (await kept()).assets).of(asset, offer)
    assert said == words
    assert not [part for part in ("Sarah", "Oak", "555") if part in said], "nothing of its owner"


async def test_a_store_that_is_away_takes_the_asset_off_and_not_the_chat() -> None:
    store = await kept()
    store.fail("assets.find", Unavailable("store.slow", "Slow."))
    assert await FirstWords(coolcare(), store.assets).of("unit-1", "home-advantage-tag") == OFFER


async def test_the_page_has_them_and_no_markup_of_a_link() -> None:
    async with wired(await kept(), ManualClock(FRIDAY_NIGHT)) as here:

        async def page(query: str) -> str:
            async with here.http.get(f"{here.url}/chat{query}") as answer:
                return await answer.text()

        shown = await page("?asset=unit-1&offer=home-advantage-tag")
        assert f'data-words="{escape(f"{ASSET} {OFFER}")}"' in shown
        for query in ("", "?asset=%22%3E%3Cscript%3E", "?offer=nope", f"?asset={'x' * 65}"):
            assert 'data-words=""' in await page(query)


async def test_sent_they_claim_the_offer_and_begin_the_errand() -> None:
    store = await kept()
    async with writing(store) as here:
        reply = await here.says(f"{ASSET} {OFFER}", channel="webchat", sender="k" * 32)
        asked = {one.name: json.loads(one.arguments_json) for one in store.kept.audits}
    assert "You have the $0 trip fee" in reply
    assert asked["create_offer"]["offer_type"] == "home-advantage-tag"
    assert asked["get_pricing_quote"]["service_type"] == "repair"
