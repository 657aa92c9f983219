"""Who has looked at what in the console: written before it is shown, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.looks import ConsoleLook, WrittenLook


class Looks(Protocol):
    """The looks."""

    async def add(self, look: ConsoleLook) -> None:
        """Write one down, with the real time.

        Raises:
            Unavailable: it was not written.
        """
        ...

    async def recent(self, limit: int) -> Sequence[WrittenLook]:
        """The newest first."""
        ...
