"""The policy: every tool has its rule, each refusal its code, and nothing gets round it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import SARAH
from tests.tools.desk import Desk, desk
from tools import NAMES, TOOLS
from voiceagent.domain.identity import FACT_NEEDS, PersonalFact, may_tell
from voiceagent.domain.records import IdentityLevel, JobStatus
from voiceagent.domain.request_basis import Asker, RequestBasis
from voiceagent.toolkit.policy import (
    DANGER_OPEN,
    NOT_AGREED,
    TOO_OFTEN,
    UNSOURCED,
    Condition,
    PolicyRefusal,
    ToolRule,
    refusal,
)
from voiceagent.toolkit.spec import Tool

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/identity.md").read_text("utf-8")
CHANGING = [tool for tool in TOOLS if tool.spec.changes_the_world]


def row_of(tool: Tool) -> str:
    """The tool's row of the table that is printed for the owner."""
    rule = tool.spec.rule
    needs = ", ".join(one.value for one in Condition if one in rule.conditions) or "-"
    return f"| `{tool.spec.name}` | {rule.level.name} | {needs} | {rule.most} |"


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_every_tool_says_what_it_needs_in_its_own_file(tool: Tool) -> None:
    text = (ROOT / f"tools/{tool.spec.name}.py").read_text("utf-8")
    assert "rule=" in text


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_the_table_that_is_printed_is_the_one_in_force(tool: Tool) -> None:
    assert row_of(tool) in PAGE


def test_no_other_tool_is_in_the_table() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `") and "| -" not in line[:3]]
    named = [line.split("`")[1] for line in rows]
    assert sorted(set(named) & set(NAMES)) == sorted(NAMES)


@pytest.mark.parametrize("fact", PersonalFact)
def test_the_levels_of_facts_that_are_printed_are_those_in_force(fact: PersonalFact) -> None:
    assert f"| {fact.value} | {FACT_NEEDS[fact].name} |" in PAGE


@pytest.mark.parametrize("fact", PersonalFact)
def test_a_fact_is_told_from_its_level_on(fact: PersonalFact) -> None:
    assert [level for level in IdentityLevel if may_tell(fact, level)] == [
        level for level in IdentityLevel if level >= FACT_NEEDS[fact]
    ]
    assert not may_tell(fact, IdentityLevel.ANONYMOUS)


def test_a_bookings_owner_is_proven_to_whatever_changes_it() -> None:
    """Of the tools that change what is booked only the booking itself needs no proof."""
    unproven = {t.spec.name for t in CHANGING if t.spec.rule.proof is None}
    of_no_booking = {"send_one_time_code", "escalate_to_human", "join_customer_call"}
    of_no_booking |= {"create_offer", "request_callback", "remember", "join_waiting_list"}
    assert unproven - of_no_booking == {"book_appointment"}


BASES = st.builds(
    RequestBasis,
    asker=st.sampled_from([Asker.HOUSE, Asker.MODEL]),
    agreed=st.booleans(),
    danger_open=st.booleans(),
    unsourced=st.sampled_from(["", "No tool gave $99"]),
)


@given(BASES, st.frozensets(st.sampled_from(Condition)), st.integers(0, 5))
def test_a_request_is_granted_exactly_when_all_its_tool_needs_is_so(
    basis: RequestBasis, conditions: frozenset[Condition], used: int
) -> None:
    found = refusal(ToolRule(conditions, most=3), basis, used)
    lacking = {
        Condition.DANGER_SETTLED: basis.danger_open,
        Condition.SOURCED: bool(basis.unsourced),
        Condition.AGREED: not basis.agreed,
    }
    refused = used >= 3 or any(lacking[one] for one in conditions)
    assert (found is not None) is refused
    if found is not None:
        assert found.code in {TOO_OFTEN, DANGER_OPEN, UNSOURCED, NOT_AGREED}
        assert found.why
        assert found.say or found.code == TOO_OFTEN


def test_a_rule_that_nobody_could_pass_is_refused() -> None:
    with pytest.raises(ValueError, match="proof"):
        ToolRule(level=IdentityLevel.CODE)


def asking(at: Desk, **basis: object) -> Desk:
    given: dict[str, object] = {"asker": Asker.MODEL, "agreed": True, **basis}
    at.ctx = replace(at.ctx, basis=RequestBasis(**given))  # type: ignore[arg-type]
    return at


@pytest.mark.parametrize(
    ("basis", "code"),
    [
        ({"agreed": False}, NOT_AGREED),
        ({"danger_open": True}, DANGER_OPEN),
        ({"unsourced": "No tool gave $1"}, UNSOURCED),
    ],
)
async def test_the_box_refuses_whoever_asks_and_leaves_a_row(
    basis: dict[str, object], code: str
) -> None:
    at = desk()
    await at.quote()
    slots = await at.slots()
    at = asking(at, heard="just do it", **basis)
    assert await at.refused("book_appointment", **at.booking(slots[0])) == code
    assert at.jobs == []
    row = at.line.store.kept.audits[-1]
    assert (row.error_code, row.asked_by, row.heard) == (code, "model", "just do it")


async def test_what_only_reads_is_not_held_against_agreement() -> None:
    at = asking(desk(), agreed=False, danger_open=True, unsourced="x")
    await at.quote()
    await at.slots()
    assert (await at.ok("lookup_customer", phone=SARAH, code=None))["verified"] is False


async def test_a_tool_is_used_so_often_in_a_conversation_and_no_more() -> None:
    at = desk()
    most = next(t.spec.rule.most for t in TOOLS if t.spec.name == "lookup_customer")
    for _ in range(most):
        await at.ok("lookup_customer", phone=SARAH, code=None)
    assert await at.refused("lookup_customer", phone=SARAH, code=None) == TOO_OFTEN
    await at.quote()  # other tools are still to be had


async def test_a_wrong_proof_runs_nothing() -> None:
    at = desk()
    await at.book()
    later = asking(at.again())
    asked = {"phone": SARAH, "code": "222222"}
    assert await later.refused("cancel_appointment", **asked) == "identity.wrong_code"
    assert at.jobs[0].status is JobStatus.BOOKED
    assert later.ctx.level_for(SARAH) is IdentityLevel.CALLER_ID


async def test_levels_rise_by_proof_and_for_the_number_that_was_proven() -> None:
    at = desk()
    code = str((await at.book())["code"])
    elsewhere = at.again(phone="+15557770000")
    assert elsewhere.ctx.level_for(SARAH) is IdentityLevel.ANONYMOUS
    assert elsewhere.ctx.level_for("+15557770000") is IdentityLevel.CALLER_ID
    await elsewhere.ok("lookup_customer", phone=SARAH, code=code)
    assert elsewhere.ctx.level_for(SARAH) is IdentityLevel.CODE
    assert elsewhere.ctx.level_for("+15557770000") is IdentityLevel.CALLER_ID


@pytest.mark.parametrize("nobody", ["anonymous", "+266696687", "+10000000000", "+19375550100"])
async def test_a_withheld_number_or_the_business_own_is_anonymous(nobody: str) -> None:
    at = desk(phone=nobody)
    assert at.ctx.caller_phone is None
    assert at.ctx.level_for(nobody) is IdentityLevel.ANONYMOUS


def test_a_refusal_says_what_it_is() -> None:
    assert PolicyRefusal(TOO_OFTEN, "why", "").error().code == TOO_OFTEN
