"""The toolkit: what goes wrong first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from pydantic import Field

from tests.support.rooms import Line, line
from voiceagent.domain.records import JobId, Outcome
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.toolkit import running
from voiceagent.toolkit.answers import Arguments, Result, ToolOutcome
from voiceagent.toolkit.context import Signals, ToolContext
from voiceagent.toolkit.spec import SideEffects, Tool, tool
from voiceagent.toolkit.toolbox import MAX_TOOL_CALLS, Toolbox

CHANGES, READ_ONLY = SideEffects.CHANGES, SideEffects.READ_ONLY


class PaintArgs(Arguments):
    colour: str = Field(max_length=20)
    coats: int = Field(default=1, ge=1)


class Painted(Result):
    colour: str
    number: int


Body = Callable[[], Awaitable[None]]


class Workshop:
    """Two tools that count how often they begin and finish, around a body the test gives."""

    def __init__(self, body: Body | None = None) -> None:
        self.begun = 0
        self.finished = 0
        self.body = body

    def tool(self, *, side_effects: SideEffects, budget_s: float = 5.0) -> Tool:
        @tool(budget_s=budget_s, filler="Painting.", side_effects=side_effects)
        async def paint(args: PaintArgs, ctx: ToolContext) -> Painted:
            """Paint it."""
            self.begun += 1
            number = self.begun
            if self.body is not None:
                await self.body()
            self.finished += 1
            return Painted(colour=args.colour, number=number)

        return paint


def code(outcome: ToolOutcome) -> str:
    if outcome.error_code:
        failure = outcome.failure
        assert failure is not None
        assert failure.code == outcome.error_code
        assert failure.message
        assert failure.say
    return outcome.error_code


def raising(*errors: BaseException) -> Body:
    left = list(errors)

    async def body() -> None:
        if left:
            raise left.pop(0)

    return body


async def forever() -> None:
    await asyncio.Event().wait()


def audits(phone: Line) -> list[tuple[int, str, str]]:
    return [(a.index, a.name, a.error_code) for a in phone.store.kept.audits]


@pytest.mark.parametrize("side_effects", SideEffects)
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CallerFixable("slot.taken", "Taken.", say="That one has gone."), "slot.taken"),
        (Unavailable("db.down", "Down."), "db.down"),
        (ZeroDivisionError("a defect"), "tool.failed"),
        (TimeoutError(), "tool.slow"),
    ],
)
async def test_an_error_becomes_something_to_say(
    error: Exception, expected: str, side_effects: SideEffects
) -> None:
    phone = line()
    box = Toolbox([Workshop(raising(error)).tool(side_effects=side_effects)])
    outcome = await box.call("paint", {"colour": "red"}, phone.call())
    assert code(outcome) == expected
    assert audits(phone) == [(0, "paint", expected)]
    if isinstance(error, CallerFixable):
        assert outcome.wire["error"] == {
            "code": "slot.taken",
            "message": "Taken.",
            "say": "That one has gone.",
        }
    else:
        assert "defect" not in json.dumps(outcome.wire)


@pytest.mark.parametrize(
    ("name", "arguments", "expected", "field"),
    [
        ("sculpt", {}, "tool.unknown", "no such tool"),
        ("paint", {}, "tool.arguments", "colour"),
        ("paint", {"colour": "red", "size": 3}, "tool.arguments", "size"),
        ("paint", {"colour": "red", "coats": "many"}, "tool.arguments", "coats"),
        ("paint", {"colour": "red" * 9}, "tool.arguments", "colour"),
        ("paint", {"colour": "4242 4242 4242 4242"}, "card.refused", "card"),
        ("paint", {"colour": "red", "coats": 4242424242424242}, "card.refused", "card"),
        ("sculpt", {"deep": [{"x": "5555555555554444"}]}, "tool.unknown", "tool"),
    ],
)
async def test_a_bad_request_never_reaches_the_tool(
    name: str, arguments: dict[str, object], expected: str, field: str
) -> None:
    phone, shop = line(), Workshop()
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    outcome = await box.call(name, arguments, phone.call())
    assert code(outcome) == expected
    assert field in json.dumps(outcome.wire).lower()
    assert shop.begun == 0
    assert audits(phone) == [(0, name, expected)]
    kept = phone.store.kept.audits[0]
    for text in (kept.arguments_json, kept.result_json, json.dumps(outcome.arguments)):
        assert "4242" not in text
        assert "5555" not in text


async def test_a_slow_tool_without_side_effects_is_stopped_at_its_budget() -> None:
    phone, shop = line(), Workshop(forever)
    box = Toolbox([shop.tool(side_effects=READ_ONLY, budget_s=0.01)])
    assert code(await box.call("paint", {"colour": "red"}, phone.call())) == "tool.slow"
    assert (shop.begun, shop.finished) == (1, 0)


async def test_a_slow_tool_with_side_effects_goes_on_and_is_joined() -> None:
    go = asyncio.Event()
    phone, shop = line(), Workshop(lambda: wait(go))
    ctx = phone.call()
    box = Toolbox([shop.tool(side_effects=CHANGES, budget_s=0.01)])
    first = await box.call("paint", {"colour": "red"}, ctx)
    assert code(first) == "tool.working"
    assert audits(phone) == []
    second = asyncio.ensure_future(box.call("paint", {"colour": "red", "coats": 1}, ctx))
    await asyncio.sleep(0)
    go.set()
    outcome = await second
    assert (outcome.error_code, outcome.wire) == ("", {"colour": "red", "number": 1})
    assert (shop.begun, shop.finished) == (1, 1)
    assert audits(phone) == [(0, "paint", "")]


async def test_cancelling_the_caller_lets_side_effects_finish_and_stops_the_rest() -> None:
    go = asyncio.Event()
    phone, ctx_of = line(), {}
    shops = {side: Workshop(lambda: wait(go)) for side in (CHANGES, READ_ONLY)}
    for side, shop in shops.items():
        ctx_of[side] = phone.call(str(side))
        box = Toolbox([shop.tool(side_effects=side)])
        request = asyncio.ensure_future(box.call("paint", {"colour": "red"}, ctx_of[side]))
        await until(partial(has_begun, shop))
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
    go.set()
    await asyncio.gather(*ctx_of[CHANGES].runs.values())
    assert shops[CHANGES].finished == 1
    assert shops[READ_ONLY].finished == 0
    repeated = await Toolbox([shops[CHANGES].tool(side_effects=CHANGES)]).call(
        "paint", {"colour": "red"}, ctx_of[CHANGES]
    )
    assert repeated.wire == {"colour": "red", "number": 1}
    assert shops[CHANGES].begun == 1


async def test_the_same_request_has_its_effect_once_whatever_its_spelling() -> None:
    phone, shop = line(), Workshop()
    ctx = phone.call()
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    requests: list[dict[str, object]] = [
        {"colour": "red", "coats": 1},
        {"coats": "1", "colour": " red "},
        {"colour": "red"},
    ]
    outcomes = await asyncio.gather(*(box.call("paint", r, ctx) for r in requests))
    outcomes.append(await box.call("paint", requests[0], ctx))
    assert shop.begun == 1
    assert {json.dumps(o.wire) for o in outcomes} == {'{"colour": "red", "number": 1}'}


async def test_another_effect_in_between_makes_it_a_new_request() -> None:
    phone, shop = line(), Workshop()
    ctx = phone.call()
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    for colour in ("red", "blue", "red"):
        await box.call("paint", {"colour": colour}, ctx)
    assert shop.begun == 3
    assert len(ctx.runs) == 1


async def test_a_failed_effect_may_be_tried_again_and_does_not_forget_the_last_one() -> None:
    phone, shop = line(), Workshop(raising(Unavailable("db.down", "Down.")))
    ctx = phone.call()
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    assert code(await box.call("paint", {"colour": "red"}, ctx)) == "db.down"
    assert code(await box.call("paint", {"colour": "red"}, ctx)) == ""
    shop.body = raising(Unavailable("db.down", "Down."))
    assert code(await box.call("paint", {"colour": "blue"}, ctx)) == "db.down"
    assert (await box.call("paint", {"colour": "red"}, ctx)).wire["number"] == 2


async def test_two_calls_share_nothing() -> None:
    phone, shop = line(), Workshop()
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    numbers = [
        (await box.call("paint", {"colour": "red"}, phone.call(n))).wire["number"] for n in "12"
    ]
    assert numbers == [1, 2]


async def test_a_call_that_is_ending_takes_no_new_work() -> None:
    phone, shop = line(), Workshop()
    async with asyncio.TaskGroup() as tasks:
        ctx = phone.call(spawn=tasks.create_task)
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    assert code(await box.call("paint", {"colour": "red"}, ctx)) == "call.ending"
    assert shop.begun == 0


async def test_a_task_group_waits_for_effects_and_survives_their_errors() -> None:
    phone, shop = line(), Workshop(raising(ZeroDivisionError()))
    async with asyncio.TaskGroup() as tasks:
        ctx = phone.call(spawn=tasks.create_task)
        box = Toolbox([shop.tool(side_effects=CHANGES)])
        assert code(await box.call("paint", {"colour": "red"}, ctx)) == "tool.failed"
        assert code(await box.call("paint", {"colour": "red"}, ctx)) == ""


async def test_a_run_cut_off_with_its_call_is_reported_not_raised() -> None:
    phone, shop = line(), Workshop(forever)
    ctx = phone.call()
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    request = asyncio.ensure_future(box.call("paint", {"colour": "red"}, ctx))
    await until(lambda: shop.begun == 1)
    for run in ctx.runs.values():
        run.cancel()
    assert code(await request) == "tool.working"


async def test_side_effects_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SIDE_EFFECT_LIMIT_S", 0.01)
    phone, shop = line(), Workshop(forever)
    box = Toolbox([shop.tool(side_effects=CHANGES)])
    assert code(await box.call("paint", {"colour": "red"}, phone.call())) == "tool.slow"


async def test_a_lost_audit_does_not_undo_what_was_done() -> None:
    phone, shop = line(), Workshop()
    phone.store.fail("journal.audit", Unavailable("db.down", "Down."))
    ctx = phone.call()
    outcome = await Toolbox([shop.tool(side_effects=CHANGES)]).call("paint", {"colour": "red"}, ctx)
    assert outcome.error_code == ""
    assert ctx.signals.audits_lost == 1


async def test_a_conversation_cannot_call_tools_without_end() -> None:
    phone, shop = line(), Workshop()
    ctx = phone.call()
    box = Toolbox([shop.tool(side_effects=READ_ONLY)])
    for _ in range(MAX_TOOL_CALLS):
        await box.call("paint", {"colour": "red"}, ctx)
    assert code(await box.call("paint", {"colour": "red"}, ctx)) == "tool.limit"
    assert shop.begun == MAX_TOOL_CALLS


async def test_a_success_is_validated_audited_and_timed() -> None:
    phone = line()

    async def slow() -> None:
        phone.clock.advance(0.25)

    box = Toolbox([Workshop(slow).tool(side_effects=READ_ONLY)])
    outcome = await box.call("paint", {"colour": " red "}, phone.call())
    assert outcome == ToolOutcome(
        "paint", {"colour": "red", "coats": 1}, Painted(colour="red", number=1), 250.0
    )
    (kept,) = phone.store.kept.audits
    assert json.loads(kept.arguments_json) == {"colour": "red", "coats": 1}
    assert json.loads(kept.result_json) == {"colour": "red", "number": 1}


def test_a_specification_is_what_a_model_needs() -> None:
    box = Toolbox([Workshop().tool(side_effects=CHANGES)])
    (spec,) = box.specs()
    assert (spec.name, spec.description, spec.filler) == ("paint", "Paint it.", "Painting.")
    assert spec.side_effects is CHANGES
    assert spec.result_type is Painted
    assert spec.parameters["required"] == ["colour"]
    assert spec.parameters["additionalProperties"] is False
    assert box.filler("paint") == "Painting."
    assert box.filler("sculpt") == ""


def test_two_tools_of_one_name_are_a_mistake() -> None:
    paint = Workshop().tool(side_effects=READ_ONLY)
    with pytest.raises(ValueError, match="same name"):
        Toolbox([paint, paint])


def test_the_weightiest_outcome_stands() -> None:
    signals = Signals()
    assert signals.outcome is None
    signals.changed(JobId("one"), Outcome.BOOKED)
    for outcome in (Outcome.QUOTED, Outcome.ANSWERED, Outcome.TRANSFERRED):
        signals.propose(outcome)
    assert signals.outcome is Outcome.BOOKED
    signals.changed(JobId("one"), Outcome.CANCELLED)
    assert signals.outcome is Outcome.CANCELLED
    signals.propose(Outcome.EMERGENCY)
    signals.propose(Outcome.ABANDONED)
    assert signals == Signals(evidence=signals.evidence)
    assert signals.outcome is Outcome.EMERGENCY


async def test_what_was_proposed_is_audited_once_and_again_when_that_failed() -> None:
    phone = line()
    ctx = phone.call()

    @tool(budget_s=1.0, proposes=Outcome.ANSWERED)
    async def answer(args: PaintArgs, ctx: ToolContext) -> Painted:
        """Answer."""
        return Painted(colour=args.colour, number=1)

    box = Toolbox([answer])
    phone.store.fail("journal.audit", Unavailable("db.down", "Down."))
    for colour in ("red", "green", "blue"):
        await box.call("answer", {"colour": colour}, ctx)
    assert [a.proposed for a in phone.store.kept.audits] == [(Outcome.ANSWERED,), ()]


async def wait(event: asyncio.Event) -> None:
    await event.wait()


def has_begun(shop: Workshop) -> bool:
    return shop.begun == 1


async def until(true: Callable[[], bool]) -> None:
    """Let other tasks run until something holds."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never happened")
