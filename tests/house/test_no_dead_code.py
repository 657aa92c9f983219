"""Nothing stands in the engine that only tests use: every function and class is named elsewhere."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.house.test_imports import ROOT, modules

FOR_OTHERS = {
    "PhoneUser": "locust finds its users by itself",
    "ChatVisitor": "the other end of the web chat, for tests and soaks",
    "opened_agent": "the agent for a program of one's own",
    "ManualClock": "the clock that stands still, for tests of ours and of outside packages",
}
"""Name that is there for somebody outside -> for whom."""

CALLED_BY_LIBRARIES = ("command", "callback", "field_validator", "model_validator")
"""Decorators that hand a function to typer or pydantic."""


def names_in(tree: ast.AST) -> Counter[str]:
    """How often each name is used; a definition is no use, a forward reference in a string is."""
    used: Counter[str] = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                used[name] += 1
            case ast.alias(name=name):
                used[name.rpartition(".")[2]] += 1
            case ast.Constant(value=str(text)) if text.isidentifier():
                used[text] += 1
    return used


def handed_over(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    calls = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
    return any(isinstance(d, ast.Attribute) and d.attr in CALLED_BY_LIBRARIES for d in calls)


def dead(sources: dict[str, str]) -> list[str]:
    """``module.name`` of every function and class at the top of a module that nothing names."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    used: Counter[str] = Counter()
    for tree in trees.values():
        used += names_in(tree)
    found = []
    for module, tree in trees.items():
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            inside = names_in(node)[node.name]  # a function that only calls itself is dead too
            if used[node.name] == inside and not handed_over(node) and node.name not in FOR_OTHERS:
                found.append(f"{module}.{node.name}")
    return found


def test_no_function_or_class_is_only_tested() -> None:
    sources = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in modules()}
    sources["pyproject.toml"] = "voiceagent.__main__.main"
    assert dead(sources) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(): ...", ["m.f"]),
        ("def f(): f()", ["m.f"]),
        ("class C: ...", ["m.C"]),
        ("def f(): ...\nf()", []),
        ("@app.command('x')\ndef f(): ...", []),
    ],
)
def test_what_counts_as_dead(text: str, found: list[str]) -> None:
    assert dead({"m": text}) == found


def test_who_is_excused_is_still_there() -> None:
    text = "\n".join(Path(path).read_text(encoding="utf-8") for path in modules())
    assert not [
        name for name in FOR_OTHERS if f"class {name}" not in text and f"def {name}" not in text
    ]
