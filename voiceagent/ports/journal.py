"""What a successor needs to continue a call, and what an auditor does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.records import CallId, ToolAudit


class Journal(Protocol):
    """What a successor needs to continue a call after a crash: a row per committed step."""

    async def append(self, call_id: CallId, index: int, kind: str, body_json: str) -> None:
        """Append a step; the same (call, index) twice is one row."""
        ...

    async def read(self, call_id: CallId) -> Sequence[tuple[int, str, str]]:
        """All steps in order: (index, kind, body_json)."""
        ...

    async def audited(self, call_id: CallId) -> Sequence[str]:
        """The error codes of all tool calls that are kept, in order; "" for one that succeeded."""
        ...

    async def audit(self, entry: ToolAudit) -> None:
        """Keep one tool call for audit and replay."""
        ...
