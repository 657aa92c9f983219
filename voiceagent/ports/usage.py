"""What calls have used of providers that are paid by use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.records import CallId
from voiceagent.domain.usage import UsageRow


class UsageRows(Protocol):
    """What calls have used."""

    async def add(self, call_id: CallId, rows: Sequence[UsageRow]) -> None:
        """Store rows of a call; storing the same (call, index, kind) again changes nothing."""
        ...

    async def of_call(self, call_id: CallId) -> Sequence[UsageRow]:
        """The rows of a call, by index and kind."""
        ...
