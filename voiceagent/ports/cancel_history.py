"""What became of visits, in figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from voiceagent.domain.cancel_risk import CancelCount


class CancelHistory(Protocol):
    """How many visits were called off. May raise `Unavailable`."""

    async def counts(self, since: datetime, until: datetime) -> Sequence[CancelCount]:
        """Of visits booked in [since, until), by channel and priority."""
        ...
