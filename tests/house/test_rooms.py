"""docs/architecture.md is true: the drawing is the table's, no arrow goes up, every hop is one."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests.house import draw_rooms
from tests.house.test_imports import MAY_IMPORT, ROOT

DOCUMENT = draw_rooms.DOCUMENT.read_text(encoding="utf-8")

HOPS = sorted(
    set(
        re.findall(
            r"`((?:voiceagent|pipelines|tools|telephony|channels|connectors|loadtest)\.[\w.]*\w)`",
            DOCUMENT,
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


def module_of(name: str) -> tuple[Path, list[str]] | None:
    """The file that a dotted name begins with, and what the name adds to it."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:size])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path, parts[size:]
    return None


def exists(hop: str) -> bool:
    found = module_of(hop)
    return found is not None and _has(*found)


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


@dataclass(frozen=True)
class Hop:
    """One numbered line of a walk: where it goes, who calls it, and through what if nobody does."""

    number: int
    name: str
    caller: str
    through: str = ""


def walks(text: str) -> dict[str, list[Hop]]:
    """Hops by the walk's title; the first of a walk has a caller only if its line says so."""
    section = text.partition("\n## Three walks\n")[2].partition("\n## ")[0]
    found: dict[str, list[Hop]] = {}
    for line in section.splitlines():
        if title := re.match(r"\*\*(.+?)\*\*", line):
            hops = found[title[1]] = list[Hop]()
        elif hop := re.match(r"(\d+)\. `([\w.]+)`", line):
            said = re.search(r"\(from `([\w.]+)`\)", line)
            through = re.search(r"\((queue|pipecat|record)\)", line)
            before = hops[-1].name if hops else ""
            hops.append(
                Hop(int(hop[1]), hop[2], said[1] if said else before, through[1] if through else "")
            )
    return found


@cache
def mentioned_in(path: Path) -> frozenset[str]:
    """Names and attributes that a module's code uses; an import alone is no use."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    used = (
        node.id if isinstance(node, ast.Name) else node.attr
        for node in nodes
        if isinstance(node, ast.Name | ast.Attribute)
    )
    return frozenset(used)


def refers(caller: str, name: str) -> bool:
    found = module_of(caller)
    return found is not None and name.rpartition(".")[2] in mentioned_in(found[0])


WALKS = walks(DOCUMENT)
CALLED = [hop for hops in WALKS.values() for hop in hops if hop.caller and not hop.through]


@pytest.mark.parametrize("hop", CALLED, ids=lambda hop: f"{hop.number} {hop.name}")
def test_a_hop_is_called_by_who_comes_before_it(hop: Hop) -> None:
    assert refers(hop.caller, hop.name), f"{hop.caller} does not name {hop.name}"


def test_what_is_said_to_call_a_hop_is_on_the_way() -> None:
    """Or builds it, or is a part of a module that is."""
    for hops in WALKS.values():
        assert [hop.number for hop in hops] == list(range(1, len(hops) + 1))
        for before, hop in pairwise(hops):
            assert module_of(before.name) != module_of(hop.name), hop
            assert module_of(hop.caller) is not None, hop


def test_the_walk_of_a_sentence_is_counted_as_the_document_says() -> None:
    hops = WALKS["A sentence becomes a tool, a row, and speech."]
    (said,) = re.findall(r"(\d+)\s+hops between modules", DOCUMENT)
    assert int(said) == len(hops)
    assert [h.number for h in hops if h.name.startswith("pipelines.session.")] == [1, 22]
    assert len([h for h in hops if h.through]) == 3


def test_a_hop_that_nobody_calls_is_seen() -> None:
    assert len(WALKS) == 3
    (hops,) = walks(
        "\n## Three walks\n**W.**\n1. `voiceagent.dialogue.loop.Conversation.put`: a\n"
        "2. `tools.book_appointment.book_appointment`: b\n3. `telephony.lobby`: c (pipecat)\n"
    ).values()
    assert [hop.through for hop in hops] == ["", "", "pipecat"]
    assert not refers(hops[1].caller, hops[1].name)
    assert refers("voiceagent.dialogue.loop", "voiceagent.dialogue.inbox.Inbox.put")


def documents() -> list[Path]:
    return sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")})


@pytest.mark.parametrize("document", documents(), ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_document_points_to_is_in_the_repository(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = {one.partition("#")[0] for one in re.findall(r"\]\((?!https?:)([^)#]+)", text)}
    gone = [one for one in links if not (document.parent / one).exists()]
    paths = re.findall(
        r"`((?:voiceagent|pipelines|tools|telephony|channels|connectors|loadtest|tests|docs)/[\w./]+)`",
        text,
    )
    plain = (one.rstrip("/") for one in paths)
    gone += [one for one in plain if not (ROOT / one).exists() and one not in EXAMPLES]
    assert not gone


EXAMPLES = {"tools/opening_hours.py", "tools/part_eta_query.py"}
"""Files that a document writes in front of the reader."""


def test_code_points_to_documents_that_are_here() -> None:
    gone = [
        f"{path.relative_to(ROOT)}: {name}"
        for top in (
            "voiceagent",
            "pipelines",
            "tools",
            "telephony",
            "channels",
            "connectors",
            "loadtest",
        )
        for path in (ROOT / top).rglob("*.py")
        for name in re.findall(r"docs/[\w/.-]+\.md", path.read_text(encoding="utf-8"))
        if not (ROOT / name).exists()
    ]
    assert not gone
