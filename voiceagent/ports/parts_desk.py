"""Parts: what is in stock and when the rest comes. By default as far as the business file says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from voiceagent.domain.business import Business, StockedPart


@dataclass(frozen=True, slots=True)
class PartAsked:
    """A part as a caller names it, the unit's model where they know it, and today's date."""

    part: str
    model: str | None
    today: date


@dataclass(frozen=True, slots=True)
class PartEta:
    """What is known of a part.

    Attributes:
        name: what it is called; as it was asked for when nobody knows it.
        known: whether anything is known.
        in_stock: whether it is there; ``None`` where nobody can tell.
        earliest, latest: the days on which it may come; ``None`` where nobody can tell.
        as_a_rule: it says how things are as a rule, nobody has looked.
    """

    name: str
    known: bool
    in_stock: bool | None = None
    earliest: date | None = None
    latest: date | None = None
    as_a_rule: bool = False


class PartsDesk(Protocol):
    """The agent for parts."""

    async def eta(self, asked: PartAsked) -> PartEta:
        """What is known of a part. Raises `Unavailable` and `PeerMisbehaved`."""
        ...


class PartsOfFile:
    """`PartsDesk` by the business file: what is so as a rule, and no more."""

    def __init__(self, business: Business) -> None:
        self._parts = business.parts

    async def eta(self, asked: PartAsked) -> PartEta:
        """See `PartsDesk.eta`."""
        part = part_named(asked.part, self._parts)
        if part is None:
            return PartEta(asked.part, known=False)
        if part.on_hand:
            return PartEta(part.name, known=True, in_stock=True, as_a_rule=True)
        if part.days is None:
            return PartEta(part.name, known=False)
        least, most = (asked.today + timedelta(days=days) for days in part.days)
        return PartEta(
            part.name, known=True, in_stock=False, earliest=least, latest=most, as_a_rule=True
        )


def part_named(text: str, parts: tuple[StockedPart, ...]) -> StockedPart | None:
    """The part of the business file that a text names; the one with the longest name of several."""
    said = f" {' '.join(text.lower().split())} "
    named = [
        (len(phrase), part)
        for part in parts
        for phrase in (part.name, *part.heard)
        if f" {phrase.lower()} " in said
    ]
    return max(named, key=lambda pair: pair[0])[1] if named else None
