"""Answers of the shipped tools, written as JSON in tests and files and typed for who takes them."""

from __future__ import annotations

from collections.abc import Mapping

from tools import TOOLS
from voiceagent.toolkit.answers import ToolAnswer, ToolFailure
from voiceagent.toolkit.toolbox import Toolbox

BOX = Toolbox(TOOLS)
GOODBYE: Mapping[str, object] = {"reason": "done", "message": ""}
"""What ending a call answers."""


def answer(name: str, body: Mapping[str, object]) -> ToolAnswer:
    """The answer; a body that the tool could not have given is a mistake in the test."""
    read = BOX.read(name, body)
    unreadable = isinstance(read, ToolFailure) and read.code == "tool.unreadable"
    assert not unreadable, f"{name} never answers {body}"
    return read
