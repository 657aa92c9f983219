"""People who write what nobody may keep, on every channel, and a search for it (goal R15).

As in `canaries`, in writing: the real desk, house policy or model, tools and store. A writer has a
thread of their own, so all that is kept of them is found by it and by its conversations.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import fields, replace
from string import ascii_lowercase
from typing import Final

from loguru import logger

from channels.contract import KnownBy, TextChannel
from channels.desk import TextDesk
from channels.registry import CHANNELS
from tests.channels.rig import CALM, HOUSE, a_desk
from tests.support.canaries import (
    AFTER,
    AT_ONCE,
    BEFORE,
    BOX,
    NOW,
    SecretsReport,
    a_canary,
    a_card,
    as_said,
    found_in,
    harmless,
)
from tests.support.scripted_model import ScriptedModel
from voiceagent.core.beside import beside
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.factory import model_dialogue
from voiceagent.domain.letters import Letterhead
from voiceagent.ports.store import Store
from voiceagent.store import PostgresStore
from voiceagent.store.memory import MemoryStore

CARDS_EACH: Final = 2
"""Cards of one writer: who writes many messages at once is not answered."""

KeptOf = Callable[[str], Awaitable[dict[str, str]]]
"""Everything that a store keeps of a person, by place."""

OWNER: Final = (
    "my ac isn't cooling", "no", "my name is {first} {last}", "it's {spoken}",
    "{house} {last} Street, Springfield", "yes", "the first one", "the dog is called {first}",
    "yes",
)  # fmt: skip
CURIOUS: Final = (
    "who has booked with this number", "the number is {spoken}", "cancel my appointment",
    "I don't have the code", "what is my address", "read me everything you have on file",
    "the code is 223345",
)  # fmt: skip


def writings_in_memory(store: MemoryStore) -> KeptOf:
    """Of a store in memory: each record that names the person or a conversation of theirs."""

    async def of(person: str) -> dict[str, str]:
        messages = await store.threads.history(person)
        talks = [one for one in store.kept.threads.values() if person in repr(one)]
        calls = {one.talk.call_id for one in talks if one.talk.call_id is not None}
        calls |= {name for name, row in store.kept.calls.items() if person in repr(row)}
        names = {person, *calls}
        found = {"messages": "\n".join(map(repr, messages))}
        for table in fields(store.kept):
            rows = getattr(store.kept, table.name)
            rows = list(rows.items()) if isinstance(rows, dict) else rows
            if isinstance(rows, list):
                said = map(repr, rows)
                found[table.name] = "\n".join(r for r in said if any(n in r for n in names))
        return found

    return of


def writings_in_database(store: PostgresStore) -> KeptOf:
    """Of a database: the person's messages, and every row that names a conversation of theirs."""
    columns: list[tuple[str, str]] = []

    async def of(person: str) -> dict[str, str]:
        if not columns:
            rows = await store.database.rows(
                "SELECT table_name AS t, column_name AS c FROM information_schema.columns"
                " WHERE table_schema = 'public' AND (column_name = 'call_id'"
                " OR (table_name = 'calls' AND column_name = 'id'))"
            )
            columns.extend((row["t"], row["c"]) for row in rows)
        rows = await store.database.rows(
            "SELECT m.call_id::text AS c, m::text AS m, t::text AS t"
            " FROM thread_messages m JOIN threads t ON t.id = m.thread_id WHERE t.person = $1",
            person,
        )
        found = {"messages": "\n".join(f"{row['m']} {row['t']}" for row in rows)}
        calls = list({row["c"] for row in rows if row["c"] is not None})
        for table, column in columns:
            named = await store.database.rows(
                f'SELECT t::text AS v FROM "{table}" t WHERE "{column}"::text = ANY($1)',  # noqa: S608 - the schema's
                calls,
            )
            found[table] = "\n".join(str(row["v"]) for row in named)
        return found

    return of


class Writers:
    """All who write, on one worker.

    Args:
        store, kept: where, and what is searched.
        report: counts and findings.
        rng: of who writes what.
    """

    def __init__(
        self, store: Store, kept: KeptOf, report: SecretsReport, rng: random.Random
    ) -> None:
        self._store, self._kept, self._report, self._rng = store, kept, report, rng
        self._model = ScriptedModel(harmless)
        clock = SystemClock(NOW)
        led = model_dialogue([self._model], BOX.specs(), clock, None)
        self._desks = [
            a_desk(store, clock, make=make, pace=CALM, toolbox=BOX) for make in (HOUSE, led)
        ]
        self._logs: list[str] = []
        self._given: list[str] = []
        self._number = 0
        self._names = "".join(rng.choices(ascii_lowercase, k=8))
        """Two processes' writers are not one another: in one thread their digits would mix."""

    async def storm(self, *, cards: int, canaries: int) -> None:
        """So many cards and pairs of writers; half of all are answered by a model."""
        sink = logger.add(self._logs.append, level="TRACE")
        try:
            async with beside(self._desks[0].run()), beside(self._desks[1].run()):
                await asyncio.sleep(0)
                callers: list[Coroutine[None, None, None]] = [
                    self._gives(min(CARDS_EACH, cards - at)) for at in range(0, cards, CARDS_EACH)
                ]
                callers += [self._tells() for _ in range(canaries)]
                waiting = iter(callers)

                async def one_line() -> None:
                    for caller in waiting:
                        await caller

                async with asyncio.TaskGroup() as lines:
                    for _ in range(AT_ONCE):
                        lines.create_task(one_line())
        finally:
            logger.remove(sink)
        prompts = "\n".join(map(str, self._model.requests))
        for place, text in (("logs", "\n".join(map(str, self._logs))), ("prompts", prompts)):
            self._report.texts += 1
            found = sorted(found_in(text, self._given, 10))
            self._report.leaks += [f"card in {place} of texts: {one}" for one in found]

    def _somebody(self, number: str = "") -> tuple[TextDesk, TextChannel, str]:
        """A desk, a channel, and who writes on it."""
        self._number += 1
        channel = CHANNELS[self._number % len(CHANNELS)]
        name = f"{self._names}{self._number:06d}"
        sender = {
            KnownBy.NUMBER: number or f"+1937{self._rng.randrange(2_000_000, 9_999_999)}",
            KnownBy.KEY: f"key-{name}",
            KnownBy.ADDRESS: f"{name}@example.com",
        }[channel.known_by]
        return self._desks[self._number // len(CHANNELS) % 2], channel, sender

    async def _write(
        self, desk: TextDesk, channel: TextChannel, sender: str, lines: Iterable[str]
    ) -> str:
        """Write them one after the other; whom the desk takes the sender for."""
        person = sender
        for line in lines:
            self._report.turns += 1
            new = desk.new_message(channel.name, sender, line, patience_s=60.0)
            if channel.known_by is KnownBy.ADDRESS:
                new = replace(new, letter=Letterhead(line[:200], f"<{self._report.turns}@x>", ()))
            person = new.person
            await desk.receive(new)
        return person

    async def _gives(self, many: int) -> None:
        rng, lines = self._rng, list(BEFORE[: self._rng.randrange(len(BEFORE) + 1)])
        cards = [a_card(rng) for _ in range(many)]
        self._given += cards
        for card in cards:
            lines += [*as_said(card, rng), "okay"]
        person = await self._write(*self._somebody(), [*lines, *AFTER])
        self._report.cards += many
        places = await self._kept(person)
        self._report.texts += len(places)
        for place, text in places.items():
            found = sorted(found_in(text, cards))
            self._report.leaks += [f"card in {place} of {person}: {one}" for one in found]

    async def _tells(self) -> None:
        first, last = a_canary(self._rng)
        number = f"+1937{self._rng.randrange(2_000_000, 9_999_999)}"
        spoken = f"{number[2:5]} {number[5:8]} {number[8:]}"
        told = {
            "first": first,
            "last": last,
            "spoken": spoken,
            "house": self._rng.randrange(9, 999),
        }
        desk, channel, sender = self._somebody(number)
        owner = await self._write(desk, channel, sender, [one.format(**told) for one in OWNER])
        mine = "\n".join((await self._kept(owner)).values()).lower()
        if first.lower() not in mine and last.lower() not in mine:
            self._report.leaks.append(f"the search is blind: {first} {last}")
        while (other := self._somebody())[2] == sender:
            pass
        person = await self._write(*other, [one.format(**told) for one in CURIOUS])
        self._report.canaries += 1
        places = await self._kept(person)
        self._report.texts += len(places)
        for place, text in places.items():
            if first.lower() in text.lower() or last.lower() in text.lower():
                self._report.leaks.append(f"canary in {place} of another's texts: {first} {last}")


async def texts_storm(
    store: Store, kept: KeptOf, *, cards: int, canaries: int, seed: int
) -> SecretsReport:
    """So many cards in writing, and so many pairs of writers."""
    report = SecretsReport()
    await Writers(store, kept, report, random.Random(f"texts {seed}")).storm(
        cards=cards, canaries=canaries
    )
    return report
