"""A tool's answer and its form on the wire: there and back, and what cannot be read."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime

from tests.support.rooms import line
from tools import TOOLS
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import JobId, Outcome
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable
from voiceagent.toolkit.answers import (
    Arguments,
    Result,
    ToolAnswer,
    ToolFailure,
    from_the_wire,
    on_the_wire,
    without_cards,
)
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, tool
from voiceagent.toolkit.toolbox import Toolbox, tool_in

BOX = Toolbox(TOOLS)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


class Inner(Result):
    at: AwareDatetime
    day: date | None


class Every(Result):
    text: str
    number: int
    yes: bool
    maybe: str | None
    inner: tuple[Inner, ...]
    message: str = ""


INNER = st.builds(
    Inner,
    at=st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.timezones()).map(  # noqa: DTZ001
        lambda at: datetime.fromisoformat(at.isoformat(timespec="seconds"))
    ),
    day=st.none() | st.dates(),
)
RESULTS = st.builds(
    Every,
    text=WORDS,
    number=st.integers(0, 10_000),
    yes=st.booleans(),
    maybe=st.none() | WORDS,
    inner=st.lists(INNER, max_size=3).map(tuple),
)
FAILURES = st.builds(ToolFailure, WORDS, WORDS, WORDS, WORDS, st.booleans())


@given(RESULTS.map(without_cards) | FAILURES)
def test_an_answer_comes_back_from_the_wire_as_it_was(answer: ToolAnswer) -> None:
    body = json.loads(json.dumps(on_the_wire(answer)))
    assert from_the_wire(body, Every) == answer


@given(st.dictionaries(WORDS, st.none() | st.booleans() | st.integers() | WORDS, max_size=4))
def test_what_is_no_answer_is_a_failure_and_never_an_error(body: dict[str, Any]) -> None:
    for spec in BOX.specs():
        read = BOX.read(spec.name, body)
        assert isinstance(read, spec.result_type | ToolFailure)
    assert isinstance(BOX.read("no_such_tool", body), Result | ToolFailure)


def test_a_card_number_in_a_result_is_taken_out() -> None:
    clean = without_cards(
        Every(text="pay 4242 4242 4242 4242", number=1, yes=True, maybe=None, inner=())
    )
    assert "4242" not in clean.model_dump_json()
    assert isinstance(clean, Every)


@pytest.mark.parametrize(
    ("error", "fixable"),
    [
        (CallerFixable("a.b", "Bad.", say="Again?", field="x.0"), True),
        (Unavailable("a.b", "Down."), False),
        (Unavailable("tool.working", "It is still being done."), False),
        (PeerMisbehaved("a.b", "What?"), False),
    ],
)
def test_a_failure_has_something_to_say(error: Any, fixable: bool) -> None:
    failure = ToolFailure.of(error)
    assert (failure.code, failure.message) == (error.code, error.message)
    assert failure.say
    assert failure.fixable is fixable


class Nothing(Arguments):
    pass


class WithError(Result):
    error: str


class Changed(Result):
    job_id: str


def test_what_is_no_tool_is_refused_when_it_is_made() -> None:
    async def no_arguments(ctx: ToolContext) -> Changed:
        raise AssertionError

    async def no_result(args: Nothing, ctx: ToolContext) -> str:
        raise AssertionError

    async def reserved(args: Nothing, ctx: ToolContext) -> WithError:
        raise AssertionError

    for function in (no_arguments, no_result, reserved):
        with pytest.raises(TypeError):
            tool(budget_s=1.0)(function)  # type: ignore[arg-type, type-var]  # what is refused


def test_a_file_without_its_tool_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="holds no tool named"):
        tool_in("tools", "_booking")


async def test_a_tool_that_answers_another_kind_has_failed() -> None:
    @tool(budget_s=1.0)
    async def wrong(args: Nothing, ctx: ToolContext) -> Changed:
        """Answers something else."""
        return WithError(error="")  # type: ignore[return-value]  # the mistake

    phone = line()
    outcome = await Toolbox([wrong]).call("wrong", {}, phone.call())
    assert outcome.error_code == "tool.failed"


@pytest.mark.parametrize("side_effects", SideEffects)
async def test_what_a_success_proposes_is_noted_and_a_failure_proposes_nothing(
    side_effects: SideEffects,
) -> None:
    def booked(result: Changed) -> Evidence:
        return Evidence.of_job(JobId(result.job_id), Outcome.BOOKED)

    fails = True

    @tool(budget_s=1.0, side_effects=side_effects, proposes=booked)
    async def book(args: Nothing, ctx: ToolContext) -> Changed:
        """Book."""
        if fails:
            raise Unavailable("db.down", "Down.")
        return Changed(job_id="one")

    phone = line()
    ctx, box = phone.call(), Toolbox([book])
    await box.call("book", {}, ctx)
    assert ctx.signals.evidence == Evidence()
    fails = False
    outcome = await box.call("book", {}, ctx)
    assert ctx.signals.evidence == Evidence.of_job(JobId("one"), Outcome.BOOKED)
    assert box.evidence("book", box.read("book", outcome.wire)) == ctx.signals.evidence
    assert box.evidence("book", ToolFailure("a.b", "", "")) == Evidence()


async def test_a_defect_in_what_is_proposed_undoes_nothing() -> None:
    def broken(result: Changed) -> Evidence:
        raise ZeroDivisionError(result.job_id)

    @tool(budget_s=1.0, proposes=broken)
    async def book(args: Nothing, ctx: ToolContext) -> Changed:
        """Book."""
        return Changed(job_id="one")

    phone = line()
    outcome = await Toolbox([book]).call("book", {}, phone.call())
    assert outcome.result == Changed(job_id="one")
    assert [a.error_code for a in phone.store.kept.audits] == [""]
