"""What the house policy wants done; somebody else does it.

A `Step` is a tuple of acts in order. It holds at most one `CallTool`, which is then the last act:
what comes next depends on its result. An empty step means "nothing to do yet".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """Speak or send `text`: written form ("$248", "(555) 123-0000"), ready for ear and eye."""

    text: str


@dataclass(frozen=True, slots=True)
class CallTool:
    """Call a tool by name with JSON-ready arguments; its answer goes to `Policy.result`."""

    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the conversation once everything said before was heard.

    `reason` is ``done``, ``caller_left`` or ``refused``.
    """

    reason: str


Act = Say | CallTool | HangUp
Step = tuple[Act, ...]
