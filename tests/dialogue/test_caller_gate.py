"""What is kept of a caller's words does not depend on when the conversation comes to them."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.dialogue.test_loop import Rig
from tests.pipelines.scripted import CALL
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.domain.expecting import Expecting

SAID = (
    "4242424242",
    "424242",
    "4242 4",
    "call me at 937 555 0161",
    "yes please",
    "my card is 4242 4242 4242 4242",
    "5",
    "#4",
    "#2",
)
"""A caller's turns, and keys after a ``#``."""

CARD_THEN_A_PHONE = ["4242424242", "424242", *["yes please"] * 3, "937 555 0161"]
"""The last may be the beginning of another card, so there is another hold."""


async def journal(said: list[str], answered_after: list[int]) -> list[tuple[str, str]]:
    """What is journalled when input `n` is answered once `answered_after[n]` more have come."""
    rig = Rig({})
    gate, waiting = CallerGate(rig.recorder), []
    for position, text in enumerate(said):
        key = gate.key(text[1:], Expecting.ANYTHING) if text.startswith("#") else None
        item = key if text.startswith("#") else gate.words(text, Expecting.ANYTHING)
        if item is not None:
            waiting.append((position + answered_after[position], item))
        while waiting and waiting[0][0] <= position:
            await rig.conversation.answer(waiting.pop(0)[1])
    for _, item in waiting:
        await rig.conversation.answer(item)
    await rig.written()
    steps = await rig.store.journal.read(CALL.call_id)
    return [(kind, json.loads(body)["text"]) for _, kind, body in steps]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(SAID), st.integers(min_value=0, max_value=6)), max_size=10)
)
@example([(text, 6) for text in CARD_THEN_A_PHONE])
def test_an_answer_that_comes_late_leaves_the_same_journal(said: list[tuple[str, int]]) -> None:
    texts, late = [text for text, _ in said], [after for _, after in said]
    at_once = asyncio.run(journal(texts, [0] * len(texts)))
    assert asyncio.run(journal(texts, late)) == at_once


@pytest.mark.parametrize("late", [0, 2, 6])
async def test_digits_found_to_be_a_cards_are_kept_nowhere(late: int) -> None:
    kept = await journal(CARD_THEN_A_PHONE, [late] * len(CARD_THEN_A_PHONE))
    assert "4242424242" not in json.dumps(kept)
