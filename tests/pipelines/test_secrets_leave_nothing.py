"""A small storm of cards and canaries; ./run soak-secrets is the whole of it (goal R15)."""

from __future__ import annotations

import random

import pytest

from tests.support.canaries import (
    NOW,
    SecretCall,
    SecretsReport,
    a_card,
    found_in,
    kept_in_memory,
    on_the_line,
    storm,
)
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.domain.cards import is_card
from voiceagent.store.memory import MemoryStore


async def stormed(seed: int, *, cards: int, canaries: int) -> SecretsReport:
    store = MemoryStore(SystemClock(NOW))
    return await storm(store, kept_in_memory(store), cards=cards, canaries=canaries, seed=seed)


async def test_no_card_and_no_canary_is_found_anywhere() -> None:
    report = await stormed(1, cards=24, canaries=2)
    assert report.leaks == []
    assert (report.cards, report.canaries) == (24, 2)


def test_the_cards_are_cards() -> None:
    rng = random.Random(1)
    assert all(is_card(a_card(rng)) for _ in range(200))


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "so 4242-4242 4242 then",
        "four two four two four two four two",
        '{"text": "4"}, {"text": "2"}, ' * 4,
        "(424) 242-42",
    ],
)
def test_a_card_is_found_however_it_stands(text: str) -> None:
    assert found_in(text, ["4242424242424242"]) == {"4242424242424242"}


@pytest.mark.parametrize(
    "text",
    [
        "424242",
        "(937) 555-0161",
        '"at": "2025-08-27T10:10:42.424242+00:00"',
        "2025-08-27 14:10:42.424242+00",
        "NOW {'what': '2025-08-27T10:10:42.424242-04:00 key 5'}",
        "datetime.datetime(2025, 8, 27, 14, 10, 42, 424242, tzinfo=datetime.timezone.utc)",
    ],
)
def test_what_is_none_is_not(text: str) -> None:
    assert found_in(text, ["4242424242424242"]) == set()


@pytest.mark.parametrize("moment", ["2025-08-27T10:10:42.424242+00:00 ", "2025-08-27 14:10:42 "])
def test_a_card_is_found_beside_a_moment(moment: str) -> None:
    """What is left out of the search is the moment, and nothing that stands around it."""
    assert found_in(f"{moment}4242424242424242 {moment}", ["4242424242424242"])
    assert found_in(f"{moment}{moment}42424242", ["4242424242424242"])


async def test_without_the_gate_it_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search can fail: a gate that lets everything through is seen at once."""

    def open_gate(_gate: CallerGate, text: str, _expecting: object) -> Input:
        return Input(InputKind.HEARD, text)

    monkeypatch.setattr(CallerGate, "words", open_gate)
    report = await stormed(1, cards=4, canaries=0)
    assert report.leaks


@pytest.mark.parametrize("card", ["5143972981506162", "5591417776317067", "2221420796043494"])
async def test_a_zero_among_the_keys_of_a_card_does_not_make_its_beginning_stay(card: str) -> None:
    """The key for a person works among them, and what was done for it cannot be taken back."""
    store = MemoryStore(SystemClock(NOW))
    call = SecretCall(store, "+19375554096", SecretsReport(), model=False)
    async with on_the_line(call):
        for words in ("my ac isn't cooling", "no, nothing like that"):
            await call.hear(words)
        await call.press(card)
        await call.hear("I want to talk to a person")
    kept = await kept_in_memory(store)(call.call.call_id)
    assert not [place for place, text in kept.items() if found_in(text, [card])]
