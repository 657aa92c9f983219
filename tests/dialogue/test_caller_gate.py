"""What is kept of a caller's words does not depend on when the conversation comes to them."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.dialogue.test_loop import Rig
from tests.pipelines.scripted import CALL
from voiceagent.dialogue.acts import CallTool
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.domain.expecting import Expecting
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, tool

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


@pytest.mark.thorough
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


class Number(Arguments):
    phone: str


class Known(Result):
    phone: str


@tool(budget_s=1.0)
async def look_up(args: Number, ctx: ToolContext) -> Known:
    """Says what it was asked."""
    return Known(phone=args.phone)


@tool(budget_s=1.0, side_effects=SideEffects.CHANGES)
async def note(args: Number, ctx: ToolContext) -> Known:
    """Changes the world."""
    return Known(phone=args.phone)


@pytest.mark.parametrize("name", ["look_up", "note"])
@pytest.mark.parametrize(
    ("then", "kept"), [("424242", False), ("yes please, tomorrow", True), (None, True)]
)
async def test_the_audit_of_a_tool_waits_with_the_digits_it_was_asked_with(
    name: str, then: str | None, *, kept: bool
) -> None:
    """They prove to be a card's, or not, or the call ends before anybody knows."""
    number = "4242424242"
    rig = Rig({f"hear {number}": (CallTool(name, {"phone": number}),)}, look_up, note)
    gate = CallerGate(rig.recorder)
    await rig.conversation.answer(gate.words(number, Expecting.PHONE))
    assert not rig.store.kept.audits
    if then is not None:
        await rig.conversation.answer(gate.words(then, Expecting.ANYTHING))
    await rig.written()
    (row,) = rig.store.kept.audits
    rows = row.arguments_json + row.result_json
    assert rows.count(number if kept else "[card number]") == 2
    assert (number in rows) is kept


async def test_an_audit_that_nothing_holds_back_is_there_when_the_tool_has_answered() -> None:
    rig = Rig({"hear yes": (CallTool("look_up", {"phone": "937 555 0161"}),)}, look_up)
    gate = CallerGate(rig.recorder)
    await rig.conversation.answer(gate.words("yes", Expecting.ANYTHING))
    assert len(rig.store.kept.audits) == 1
