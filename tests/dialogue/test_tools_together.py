"""Tools that only read run side by side; what is done in the world is one thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import line
from tests.support.scripted_model import Ear
from tests.support.virtual_time import run as run_in_virtual_time
from voiceagent.dialogue.acts import CallTool, DialogueAct
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.loop import Conversation
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.port import Heard, Hurry, ToolAnswered, WordsHeard
from voiceagent.dialogue.recorder import Recorder
from voiceagent.toolkit.answers import Result, ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox


@dataclass(frozen=True)
class Wish:
    """A tool that is asked for: how long it takes, and whether it changes the world."""

    takes_s: float
    changes: bool


class Asker:
    """Asks for tools at the first words, and remembers whose answers it heard."""

    def __init__(self, wishes: Sequence[Wish]) -> None:
        self._wishes = wishes
        self.answered: list[int] = []

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        if isinstance(heard, WordsHeard):
            for at, wish in enumerate(self._wishes):
                yield CallTool(f"{'change' if wish.changes else 'read'}_{at}", {})
        elif isinstance(heard, ToolAnswered):
            self.answered.append(int(heard.tool.rpartition("_")[2]))

    async def preview(self, heard: WordsHeard) -> str:
        return ""

    def hurry(self, how: Hurry) -> bool:
        del how
        return False

    async def close(self) -> None:
        """Nothing to let go of."""

    def recall(self, replies: Sequence[str]) -> None:
        assert not replies

    def snapshot(self) -> CaseFile:
        return CaseFile(datetime(2025, 8, 29, tzinfo=UTC))

    def take_over(self, case: CaseFile) -> None:
        """Nothing to take over."""


@dataclass
class TimedBox(Toolbox):
    """Tools that take their time, and note who ran when."""

    wishes: Sequence[Wish]
    spans: dict[int, tuple[float, float]] = field(default_factory=dict)
    cancelled: list[int] = field(default_factory=list)

    def filler(self, name: str) -> str:
        return ""

    def has_side_effects(self, name: str) -> bool:
        return name.startswith("change")

    def ends_line(self, name: str) -> bool:
        return False

    async def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        ctx: ToolContext,
    ) -> ToolOutcome:
        at, time = int(name.rpartition("_")[2]), asyncio.get_running_loop().time
        began_s = time()
        try:
            await asyncio.sleep(self.wishes[at].takes_s)
        except asyncio.CancelledError:
            self.cancelled.append(at)
            raise
        self.spans[at] = (began_s, time())
        return ToolOutcome(name, {}, Result(), (time() - began_s) * 1000)


def conversation(wishes: Sequence[Wish]) -> tuple[Conversation, Asker, TimedBox, Ear]:
    on, asker, box, ear = line(), Asker(wishes), TimedBox(wishes), Ear()
    talk = Conversation(asker, box, on.call(), ear, Recorder(), on.clock)
    return talk, asker, box, ear


WISHES = st.lists(st.builds(Wish, st.sampled_from([0.0, 0.1, 0.2, 0.5]), st.booleans()), max_size=6)


def groups(wishes: Sequence[Wish]) -> list[list[int]]:
    """What should run together: neighbours that only read."""
    found: list[list[int]] = []
    for at, wish in enumerate(wishes):
        if found and not wish.changes and not wishes[at - 1].changes:
            found[-1].append(at)
        else:
            found.append([at])
    return found


@given(WISHES)
def test_order_is_kept_reading_overlaps_and_changing_never_does(wishes: list[Wish]) -> None:
    talk, asker, box, ear = conversation(wishes)

    async def hears() -> float:
        began_s = asyncio.get_running_loop().time()
        await talk.answer(Input(InputKind.HEARD, "go"))
        return asyncio.get_running_loop().time() - began_s

    took_s = run_in_virtual_time(hears())
    assert asker.answered == list(range(len(wishes)))
    longest = [max(wishes[at].takes_s for at in group) for group in groups(wishes)]
    assert took_s == pytest.approx(sum(longest), abs=0.01)
    assert sum(one.elapsed_ms for one in ear.done) == pytest.approx(took_s * 1000, abs=10)
    for at, (began_s, ended_s) in box.spans.items():
        if wishes[at].changes:
            others = [span for other, span in box.spans.items() if other != at]
            assert all(end <= began_s or ended_s <= begin for begin, end in others)


def test_a_line_that_ends_stops_all_that_only_reads() -> None:
    talk, asker, box, _ = conversation([Wish(5.0, changes=False), Wish(9.0, changes=False)])

    async def hears() -> None:
        async with asyncio.TaskGroup() as group:
            answering = group.create_task(talk.answer(Input(InputKind.HEARD, "go")))
            await asyncio.sleep(1.0)
            answering.cancel()

    run_in_virtual_time(hears())
    assert sorted(box.cancelled) == [0, 1]
    assert not asker.answered
