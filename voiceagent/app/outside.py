"""Tools of outside packages: what an installed package adds without a line changed here.

A package names its tools as entry points of the group ``voiceagent.tools``. One that cannot be used
is named in one log line and left out: an engine answers the telephone without it, and a package
that is broken must not be able to stop that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from loguru import logger

from voiceagent.toolkit.spec import Tool

TOOLS_GROUP: Final = "voiceagent.tools"


@dataclass(frozen=True, slots=True)
class OutsideTools:
    """What outside packages gave: their tools, and one sentence for each that cannot be used."""

    tools: tuple[Tool, ...]
    problems: tuple[str, ...]


def outside_tools(ours: Sequence[Tool], found: Iterable[EntryPoint] | None = None) -> OutsideTools:
    """The tools that installed packages add, in order of their names.

    Args:
        ours: tools that are there already; a name of theirs is not given away.
        found: entry points to read; by default those of every installed package.
    """
    taken = {tool.spec.name for tool in ours}
    tools: list[Tool] = []
    problems: list[str] = []
    for entry in sorted(entry_points(group=TOOLS_GROUP) if found is None else found):
        try:
            tools.append(_loaded(entry, taken))
        except Exception as error:  # noqa: BLE001 - a foreign package may raise anything on import
            problems.append(f"{_named(entry)}: {error}")
            logger.warning("tools.outside: {}", problems[-1])
        else:
            taken.add(tools[-1].spec.name)
    return OutsideTools(tuple(tools), tuple(problems))


def _loaded(entry: EntryPoint, taken: set[str]) -> Tool:
    tool = entry.load()
    if not isinstance(tool, Tool):
        raise TypeError("It is no tool: decorate an async function with voiceagent.toolkit.tool.")
    if tool.spec.name in taken:
        raise ValueError(f"There is a tool {tool.spec.name} already.")
    return tool


def _named(entry: EntryPoint) -> str:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "a package"
    return f"{package}, entry point {entry.name} = {entry.value}"
