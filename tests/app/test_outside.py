"""Tools of outside packages: what is taken, what is refused, and that nothing of it stops us."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from tools import TOOLS
from voiceagent.app.outside import TOOLS_GROUP, outside_tools


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, TOOLS_GROUP)


END_CALL = entry("end_call", "tools.end_call:end_call")


def test_a_tool_is_taken() -> None:
    found = outside_tools([], [END_CALL])
    assert [tool.spec.name for tool in found.tools] == ["end_call"]
    assert not found.problems


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (entry("gone", "no_such_package.tools:x"), "No module named"),
        (entry("gone", "tools:no_such_name"), "no_such_name"),
        (entry("text", "tools:__doc__"), "It is no tool"),
        (entry("ours", "tools.end_call:end_call"), "There is a tool end_call already."),
    ],
)
def test_what_cannot_be_used_is_named_and_left_out(broken: EntryPoint, why: str) -> None:
    found = outside_tools(TOOLS, [broken])
    assert not found.tools
    (problem,) = found.problems
    assert why in problem
    assert f"entry point {broken.name} = {broken.value}" in problem


def test_one_broken_package_costs_the_others_nothing() -> None:
    found = outside_tools(
        [], [entry("a", "nowhere:x"), END_CALL, entry("z", "tools.end_call:end_call")]
    )
    assert [tool.spec.name for tool in found.tools] == ["end_call"]
    assert len(found.problems) == 2
