"""Answers that are the same for whoever asks are given again for five minutes; no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.faults import FaultyStore
from tests.support.rooms import Line, line
from tools import TOOLS
from voiceagent.core.clock import ManualClock
from voiceagent.domain.outcomes import Evidence
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.parts_desk import PartAsked, PartEta
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.kept import KEPT_S, MOST_KEPT, KeptAnswers
from voiceagent.toolkit.spec import SideEffects, tool
from voiceagent.toolkit.toolbox import Toolbox


class PartsCounted:
    """A desk for parts that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.known = True

    async def eta(self, part: PartAsked) -> PartEta:
        self.asked += 1
        return PartEta(part.part, known=self.known, in_stock=True)


class Room:
    """Calls of one engine, over one toolbox."""

    def __init__(self) -> None:
        self.line: Line = line()
        self.parts = PartsCounted()
        self.agents = replace(OutsideAgents.of_file(self.line.business), parts=self.parts)
        self.toolbox = Toolbox(TOOLS)

    @property
    def clock(self) -> ManualClock:
        return self.line.clock

    async def eta(self, part: str = "fan", phone: str = "+15551230000") -> Result:
        ctx = replace(self.line.call(phone[1:], phone=phone), agents=self.agents)
        outcome = await self.toolbox.call("part_eta_query", {"part": part}, ctx)
        assert isinstance(outcome.result, Result)
        assert ctx.signals.evidence is not None
        return outcome.result


async def test_it_is_asked_once_in_five_minutes_whoever_asks() -> None:
    room = Room()
    first = await room.eta()
    assert await room.eta(phone="+15559990000") == first
    assert room.parts.asked == 1
    await room.eta("compressor")
    assert room.parts.asked == 2
    room.clock.advance(KEPT_S)
    await room.eta()
    assert room.parts.asked == 3


async def test_each_call_has_its_own_audit_and_outcome_of_it() -> None:
    room = Room()
    await room.eta()
    await room.eta(phone="+15559990000")
    store = room.line.store
    assert isinstance(store, FaultyStore)
    assert len(store.kept.audits) == 2
    assert len({one.call_id for one in store.kept.audits}) == 2


async def test_what_is_not_known_is_asked_again() -> None:
    room = Room()
    room.parts.known = False
    await room.eta()
    await room.eta()
    assert room.parts.asked == 2


async def test_another_day_is_another_question() -> None:
    room = Room()
    room.clock.advance(timedelta(hours=3, minutes=54).total_seconds())  # a minute before midnight
    await room.eta()
    room.clock.advance(61.0)
    await room.eta()
    assert room.parts.asked == 2


async def test_no_more_than_a_bound_is_kept() -> None:
    ctx, kept = line().call("+15551230000"), KeptAnswers()
    found = next(one for one in TOOLS if one.spec.name == "answer_from_knowledge")
    result = await found.run(found.arguments.model_validate({"question": "hours?"}), ctx)
    for number in range(MOST_KEPT + 10):
        args = found.arguments.model_validate({"question": f"hours {number}?"})
        kept.keep(found, args, ctx, result)
    assert len(kept) == MOST_KEPT


def test_what_is_kept_is_nobodys_and_of_no_moment() -> None:
    """Prices, free windows and people are told for the call that asks."""
    names = {tool.spec.name for tool in TOOLS if tool.kept is not None}
    assert names == {"answer_from_knowledge", "part_eta_query"}


class Nothing(Arguments):
    pass


class Done(Result):
    ok: bool


def _nothing(done: Done) -> Evidence:
    return Evidence()


def _always(done: Done) -> bool:
    return done.ok


def test_what_changes_something_cannot_be_kept() -> None:
    async def change(args: Nothing, ctx: ToolContext) -> Done:
        return Done(ok=True)

    with pytest.raises(TypeError):
        tool(
            side_effects=SideEffects.CHANGES,
            proposes=_nothing,
            kept=_always,
        )(change)
