"""Nothing stands in the engine that only tests use: every function, class and method is named
elsewhere, and every attribute that is set is read."""

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

FOR_TESTS = ("loadtest/simulator/", "voiceagent/store/memory/")
"""Other ends that tests play as much as the engine and the load rig do."""

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


def is_read(node: ast.AST) -> str | None:
    """The name of an attribute that is read here."""
    match node:
        case ast.Attribute(attr=name, ctx=ast.Load()):
            return name
        case ast.keyword(arg=str(name)):  # of a record that is copied with another value
            return name
        case ast.Constant(value=str(text)) if text.isidentifier():
            return text
    return None


def dead_inside(sources: dict[str, str]) -> list[str]:
    """``module.Class.name`` of methods and attributes that nothing reads.

    Of classes without a base: what others call by themselves (a parser's handlers, a model's
    validators, a port's methods) is in classes that have one.
    """
    trees = {name: ast.parse(text) for name, text in sources.items()}
    read = {name for tree in trees.values() for node in ast.walk(tree) if (name := is_read(node))}
    found = []
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef) or node.bases:
                continue
            methods = [
                m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
            names = {m.name for m in methods if not m.name.startswith("__")}
            names |= {
                target.attr
                for target in ast.walk(node)
                if isinstance(target, ast.Attribute)
                and isinstance(target.ctx, ast.Store)
                and isinstance(target.value, ast.Name)
                and target.value.id == "self"
            }
            found += [f"{module}.{node.name}.{name}" for name in sorted(names - read)]
    return found


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
            ours = names_in(tree) if node.name.startswith("_") else used
            if ours[node.name] == inside and not handed_over(node) and node.name not in FOR_OTHERS:
                found.append(f"{module}.{node.name}")
    return found


def test_no_function_or_class_is_only_tested() -> None:
    sources = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in modules()}
    sources["pyproject.toml"] = "voiceagent.__main__.main"
    assert dead(sources) == []
    assert [name for name in dead_inside(sources) if not name.startswith(FOR_TESTS)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(): ...", ["m.f"]),
        ("def f(): f()", ["m.f"]),
        ("class C: ...", ["m.C"]),
        ("def f(): ...\nf()", []),
        ("def _f(): ...\n_f()", []),
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


def test_what_is_a_modules_own_must_be_named_in_it() -> None:
    """One of the same name in another module is another one."""
    assert dead({"m": "def _f(): ...", "n": "def _f(): ...\n_f()"}) == ["m._f"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("def f(self): ...", ["m.C.f"]),
        ("def __init__(self): self.a = 1", ["m.C.a"]),
        ("def __init__(self): self.a = 1\n def f(self): return self.a\nC().f()", []),
        ("def f(self): ...\ngetattr(C(), 'f')", []),
    ],
)
def test_what_nobody_reads_of_a_class_is_dead(body: str, found: list[str]) -> None:
    assert dead_inside({"m": f"class C:\n {body}"}) == found
