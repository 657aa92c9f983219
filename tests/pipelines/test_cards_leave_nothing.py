"""A card given by text, by voice and by keys, over a real database: no column of it knows any.

Whatever tables there are, every column of every one is searched, so a new place to write is found.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

import pytest

from tests.pipelines.rig import paper_call
from tests.support.act_model import ACT_MODEL
from tests.support.faults import MemoryCallControl
from tests.support.postgres import a_call
from tools import TOOLS
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.acts import Say
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import Said, TextEvent, TextSession, converse
from voiceagent.domain.business_file import load_business
from voiceagent.domain.records import CallId, CallStart
from voiceagent.store import PostgresStore
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

NOW = datetime.fromisoformat("2025-08-27T10:10:00-04:00")
BUSINESS = load_business("business/coolcare.toml")
BEFORE = ("my ac isn't cooling", "no, nothing like that")
WHO, WHERE = "Pat Nolan, 937 555 0161", "14 Elm Street, Springfield"
ROW = 6


class Chat:
    """One conversation of the real policy and tools over a store."""

    def __init__(self, store: PostgresStore, call: CallStart | None = None) -> None:
        self.store = store
        self.call = call or a_call("+19375550161")
        self.clock = SystemClock(NOW)
        self.recorder = Recorder()
        self.said: list[str] = []
        session = TextSession(self.call.call_id, store, self.clock, self.recorder, self.show)
        self.dialogue = HouseDialogue(BUSINESS, self.call.from_number, "voice", NOW, ACT_MODEL)
        self.conversation = Conversation(
            self.dialogue,
            Toolbox(TOOLS),
            ToolContext(
                call=self.call,
                business=BUSINESS,
                clock=self.clock,
                store=store,
                call_control=MemoryCallControl(),
                spawn=asyncio.ensure_future,
            ),
            session,
            self.recorder,
            self.clock,
        )

    def show(self, event: TextEvent) -> None:
        self.said.append(event.text if isinstance(event, Said) else str(event.outcome))

    async def text(self, *lines: str) -> None:
        """By text, to the end."""
        await self.store.calls.open(self.call)
        waiting: Iterator[str] = iter(lines)

        async def next_line() -> str | None:
            return next(waiting, None)

        await converse(self.conversation, self.recorder, next_line)

    async def keys(self, before: tuple[str, ...], keys: str) -> None:
        """Words first, then keys, then the end."""
        await self.store.calls.open(self.call)
        gate = CallerGate(self.recorder)
        writing = asyncio.ensure_future(self.recorder.run())
        await self.conversation.answer(Input(InputKind.BEGIN))
        for line in before:
            await self.conversation.answer(gate.words(line, self.conversation.expecting))
        for key in keys:
            pressed = gate.key(key, self.conversation.expecting)
            if pressed is not None:
                await self.conversation.answer(pressed)
        await self.recorder.drained()
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing

    @property
    def everything_said(self) -> str:
        return " ".join(self.said)


async def every_text(store: PostgresStore) -> dict[str, str]:
    """All that stands in the database, a column's rows joined in the order they were written."""
    columns = await store.database.rows(
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type NOT LIKE 'timestamp%'"
    )
    found = {}
    for column in columns:
        rows = await store.database.rows(
            f'SELECT "{column["c"]}"::text AS v FROM "{column["t"]}"'  # noqa: S608 - from the schema
        )
        found[f"{column['t']}.{column['c']}"] = "\n".join(str(row["v"]) for row in rows)
    return found


def rows_of(card: str) -> set[str]:
    words = "zero one two three four five six seven eight nine".split()  # noqa: SIM905
    digits = {card[i : i + ROW] for i in range(len(card) - ROW + 1)}
    return digits | {"".join(words[int(d)] for d in row) for row in digits}


def untimed(text: str) -> str:
    """Without the times of a journal: any digits stand in a microsecond."""
    return re.sub(r'"at": "[^"]*"', "", text)


async def assert_clean(store: PostgresStore, card: str, said: str = "") -> None:
    places = await every_text(store)
    assert any("Pat" in text for text in places.values())  # the search finds what is there
    for place, text in {**places, "said": said}.items():
        if place.endswith(".from_number"):
            continue
        squeezed = re.sub(r"[^0-9a-z]", "", untimed(text).lower())
        assert not [row for row in rows_of(card) if row in squeezed], (place, text)
    keys = "".join(re.findall(r'"text": "(\d)"', places["turn_journal.body"]))
    assert not [row for row in rows_of(card) if row in keys]


@pytest.mark.parametrize(
    ("card", "lines"),
    [
        ("4111111111111111", (*BEFORE, WHO, WHERE, "4111 1111 1111 1111, expires 09/28, code 123")),
        (
            "4111111111111111",
            (
                *BEFORE,
                WHO,
                WHERE,
                "four one one one one one one one one one one one one one one one",
            ),
        ),
        ("378282246310005", (*BEFORE, WHO, WHERE, "put it on my amex 3782 822463 10005")),
        ("378282246310005", (*BEFORE, WHO, "my card is 3782 8224", "63 10005", WHERE)),
        ("4242424242424242", (*BEFORE, "Pat Nolan, 4242424242", "424242", WHO, WHERE)),
        (
            "4242424242424242",
            (*BEFORE, "Pat Nolan", "4242 4", "242 4242", "4242 42", "424242", WHO),
        ),
        ("5555555555554444", (*BEFORE, "Pat Nolan", "5555555555", "554444", WHO, WHERE, "yes")),
    ],
)
async def test_by_text(store: PostgresStore, card: str, lines: tuple[str, ...]) -> None:
    chat = Chat(store)
    await chat.text(*lines, "okay")
    await assert_clean(store, card)
    assert "can't take card numbers" in chat.everything_said


async def test_nobody_asks_for_the_rest_of_a_card(store: PostgresStore) -> None:
    chat = Chat(store)
    await chat.text(*BEFORE, "my card number is 4111 1111", "1111", "1111")
    assert "remaining" not in chat.everything_said
    assert chat.everything_said.count("can't take card numbers") == 3


@pytest.mark.parametrize("asked", [(*BEFORE,), (*BEFORE, WHO)])
async def test_by_keys(store: PostgresStore, asked: tuple[str, ...]) -> None:
    chat = Chat(store)
    await chat.keys((*asked,), "4242424242424242")
    journal = (await every_text(store))["turn_journal.body"]
    assert "[card number]" in journal
    assert not re.findall(r'"text": "\d"', journal)
    assert "can't take card numbers" in chat.everything_said
    assert chat.dialogue.state.facts.phone != "+14242424242"


async def test_what_was_taken_for_a_phone_number_is_forgotten(store: PostgresStore) -> None:
    """Live and after a crash alike; the rest of what was said before is still known."""
    chat = Chat(store)
    await chat.text(*BEFORE, "Pat Nolan", "4242424242", "424242", "okay")
    live = chat.dialogue.state.facts
    assert live.phone is None
    assert live.name == "Pat Nolan"
    successor = Chat(store, chat.call)
    assert await successor.conversation.restore()
    assert successor.dialogue.state.facts == live


async def test_a_phone_number_is_kept_whole(store: PostgresStore) -> None:
    chat = Chat(store)
    await chat.text(*BEFORE, "Pat Nolan", "424 242 4242", WHERE)
    assert chat.dialogue.state.facts.phone == "+14242424242"
    assert "424 242 4242" in (await every_text(store))["agent_turns.text"]


async def test_by_voice() -> None:
    """Through the real pipeline: the transcript, the journal and the model's context."""
    steps = {
        "greet": (Say("Hello."),),
        "hear 4242424242": (Say("I have (424) 242-4242. Anything else?"),),
        "hear [card number], expires [card details]": (Say("No cards, please."),),
    }
    turns = ("4242424242", "424242, expires oh nine twenty eight")
    async with paper_call(steps, *turns) as call:
        await call.hear(1)
        call.speak()
        await call.hear(2)
        assert len(await call.turns()) == 1  # the digits may be a card's: nothing is written yet
        call.speak()
        await call.hear(3)
        kept = [text for turn in await call.turns() for text in turn]
        journal = await call.store.journal.read(CallId("00000000-0000-4000-8000-000000000001"))
        everything = untimed(f"{kept} {journal} {call.session.context.messages}")
    assert "No cards, please." in kept
    assert not re.search(r"424|oh nine", everything), everything
    assert everything.count("[card number]") >= 4
