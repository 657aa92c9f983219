"""Whoever is on call is told at once that they are needed; once for each reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

PAGER: Final = "pager"
"""The channel of an outbound message that is a page; its key is that of the page."""

ON_CALL: Final = "on-call"
"""Stands where such a message has no recipient: who is on call is the pager's to know."""


@dataclass(frozen=True, slots=True)
class Page:
    """Why somebody is needed.

    Attributes:
        key: the same reason has the same key, and is one page however often it is told.
        summary: a line; nothing that a caller said, for it may leave the house.
        source: which business, for a pager that several share.
    """

    key: str
    summary: str
    source: str


class Pager(Protocol):
    """Pages whoever is on call."""

    async def page(self, page: Page) -> str:
        """Have somebody told; the other side's id of it.

        Raises:
            Unavailable: not now; the same page may be told again.
            PeerMisbehaved: ``pager.refused``, it will not be taken.
        """
        ...
