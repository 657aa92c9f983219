"""docs/architecture.md is true: the drawing is the table's, no arrow goes up, every hop exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house import draw_rooms
from tests.house.test_imports import MAY_IMPORT, ROOT

DOCUMENT = draw_rooms.DOCUMENT.read_text(encoding="utf-8")

HOPS = sorted(
    set(
        re.findall(
            r"`((?:voiceagent|pipelines|tools|telephony|connectors|loadtest)\.[\w.]*\w)`", DOCUMENT
        )
    )
)


def test_the_drawing_is_that_of_the_table() -> None:
    assert draw_rooms.drawn() == draw_rooms.drawing(), "python -m tests.house.draw_rooms --write"


def test_every_room_has_a_layer_and_reaches_something_lower() -> None:
    for room, allowed in MAY_IMPORT.items():
        assert draw_rooms.layer_of(room) >= 0
        assert not allowed or draw_rooms.may_reach(room) or draw_rooms.layer_of(room) <= 1, room


def test_no_arrow_goes_up() -> None:
    assert list(draw_rooms.upward()) == []


def test_an_arrow_that_goes_up_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = tuple(reversed(draw_rooms.LAYERS))
    monkeypatch.setattr(draw_rooms, "LAYERS", layers)
    assert list(draw_rooms.upward())


@cache
def names_of(path: Path) -> dict[str, ast.AST]:
    return tops(ast.parse(path.read_text(encoding="utf-8")))


def tops(node: ast.Module | ast.ClassDef) -> dict[str, ast.AST]:
    """What a module or class defines, by name."""
    found: dict[str, ast.AST] = {}
    for child in node.body:
        match child:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                found[name] = child
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = child
            case _:
                pass
    return found


def exists(hop: str) -> bool:
    parts = hop.split(".")
    for size in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:size])
        path = (
            base.with_suffix(".py") if base.with_suffix(".py").is_file() else base / "__init__.py"
        )
        if path.is_file():
            return _has(path, parts[size:])
    return False


def _has(path: Path, rest: list[str]) -> bool:
    names = names_of(path)
    for number, part in enumerate(rest):
        node = names.get(part)
        if node is None:
            return False
        if number + 1 < len(rest):
            if not isinstance(node, ast.ClassDef):
                return False
            names = tops(node)
    return True


@pytest.mark.parametrize("hop", HOPS)
def test_every_named_hop_exists(hop: str) -> None:
    assert exists(hop)


def test_the_walks_are_there_and_a_wrong_hop_is_seen() -> None:
    assert len(HOPS) > 30
    assert not exists("voiceagent.media.line.Line.on_nothing")
    assert not exists("voiceagent.media.nowhere.Line")


def documents() -> list[Path]:
    return sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")})


@pytest.mark.parametrize("document", documents(), ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_document_points_to_is_in_the_repository(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = {one.partition("#")[0] for one in re.findall(r"\]\((?!https?:)([^)#]+)", text)}
    gone = [one for one in links if not (document.parent / one).exists()]
    paths = re.findall(
        r"`((?:voiceagent|pipelines|tools|telephony|connectors|loadtest|tests|docs)/[\w./]+)`", text
    )
    plain = (one.rstrip("/") for one in paths)
    gone += [one for one in plain if not (ROOT / one).exists() and one not in EXAMPLES]
    assert not gone


EXAMPLES = {"tools/opening_hours.py", "tools/part_eta_query.py"}
"""Files that a document writes in front of the reader."""


def test_code_points_to_documents_that_are_here() -> None:
    gone = [
        f"{path.relative_to(ROOT)}: {name}"
        for top in ("voiceagent", "pipelines", "tools", "telephony", "connectors", "loadtest")
        for path in (ROOT / top).rglob("*.py")
        for name in re.findall(r"docs/[\w/.-]+\.md", path.read_text(encoding="utf-8"))
        if not (ROOT / name).exists()
    ]
    assert not gone
