"""A small storm of cards and canaries in messages; ./run soak-secrets --texts is all of it."""

from __future__ import annotations

from tests.support.canaries import NOW
from tests.support.secret_writers import texts_storm, writings_in_memory
from voiceagent.core.clock import SystemClock
from voiceagent.store.memory import MemoryStore


async def test_no_card_and_no_canary_is_found_in_any_channels_texts() -> None:
    store = MemoryStore(SystemClock(NOW))
    report = await texts_storm(store, writings_in_memory(store), cards=20, canaries=5, seed=1)
    assert report.leaks == []
    assert (report.cards, report.canaries) == (20, 5)
