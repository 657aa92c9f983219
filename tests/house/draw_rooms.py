"""Draws the rooms of the house from the table of imports, for docs/architecture.md.

    python -m tests.house.draw_rooms            print the drawing
    python -m tests.house.draw_rooms --write    put it into the document

An arrow points at what a room may import; an arrow that follows from two others is left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from tests.house.test_imports import (
    LAZY,
    MAY_IMPORT,
    ROOT,
    module_level,
    modules,
    name_of,
    room_of,
    under,
)

LAYERS: tuple[tuple[str, ...], ...] = (
    ("voiceagent.errors", "loadtest", "loadtest.simulator", "loadtest.persona", "deploy"),
    ("voiceagent.domain",),
    ("voiceagent.core", "voiceagent.language", "voiceagent.app.settings"),
    (
        "voiceagent.ports",
        "voiceagent.media",
        "telephony.contract",
        "voiceagent.dialogue.house.hearing.codes",
    ),
    (
        "voiceagent.toolkit",
        "voiceagent.store",
        "telephony",
        "connectors",
        "voiceagent.app.ops",
        "pipelines.offline",
        "voiceagent.dialogue.acts",
        "voiceagent.dialogue.case_file",
        "voiceagent.dialogue.completeness",
    ),
    ("voiceagent.dialogue.port", "voiceagent.app.web"),
    ("voiceagent.dialogue.house", "tools", "loadtest.bench", "loadtest.replay"),
    ("voiceagent.dialogue.model", "loadtest.report"),
    ("voiceagent.dialogue",),
    ("pipelines", "voiceagent.incidents", "channels"),
    ("voiceagent.app",),
    ("voiceagent", "loadtest.bench.server", "loadtest.panel", "training"),
)
"""The order of the rooms, lowest first: a room imports only what is in a lower layer."""

DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = (
    "<!-- rooms: begin (python -m tests.house.draw_rooms --write) -->",
    "<!-- rooms: end -->",
)


def layer_of(name: str) -> int:
    """The layer of a room or module: that of the longest name that fits."""
    fits = [(len(one), n) for n, layer in enumerate(LAYERS) for one in layer if under(name, one)]
    assert fits, f"{name} is in no layer: add it to LAYERS"
    return max(fits)[1]


def may_reach(room: str) -> set[str]:
    """Rooms of lower layers that the table lets a room import."""
    return {
        other
        for other in MAY_IMPORT
        if other != room
        and any(under(other, one) or under(one, other) for one in MAY_IMPORT[room])
        and layer_of(other) < layer_of(room)
    }


def arrows() -> list[tuple[str, str]]:
    """Arrows of the drawing, without those that follow from two others."""
    reach = {room: may_reach(room) for room in MAY_IMPORT}
    return sorted(
        (room, other)
        for room, others in reach.items()
        for other in others
        if not any(other in reach[between] for between in others)
    )


def upward() -> Iterator[str]:
    """Imports of the code as it is that do not go down, lazy ones of the table aside."""
    for path in modules():
        name = name_of(path)
        room = room_of(name)
        for target in sorted(module_level(path)):
            if target.split(".")[0] not in {one.split(".")[0] for one in MAY_IMPORT}:
                continue
            if "." not in target or any(
                under(target, lazy) for lazy in LAZY if under(name, LAZY[lazy])
            ):
                continue
            other = room_of(target)
            if other != room and not under(room, target) and layer_of(target) >= layer_of(name):
                yield f"{name} -> {target}"


def drawing() -> str:
    """The rooms by layer, top first, and the arrows, as Mermaid."""
    lines = ["```mermaid", "flowchart TD"]
    for number in reversed(range(len(LAYERS))):
        rooms = [room for room in MAY_IMPORT if layer_of(room) == number]
        lines.append(f"  subgraph L{number}[layer {number}]")
        lines += [f'    {_id(room)}["{room}"]' for room in sorted(rooms)]
        lines.append("  end")
    lines += [f"  {_id(room)} --> {_id(other)}" for room, other in arrows()]
    return "\n".join([*lines, "```"])


def _id(room: str) -> str:
    return room.replace(".", "_")


def drawn() -> str:
    """What the document has between its marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.split(BEGIN)[1].split(END)[0].strip()


def write() -> None:
    """Put the drawing into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    between = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    DOCUMENT.write_text(
        between.sub(lambda _: f"{BEGIN}\n{drawing()}\n{END}", text), encoding="utf-8"
    )


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    else:
        print(drawing())  # noqa: T201 - what it is for
