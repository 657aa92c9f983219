"""Who may see and do what in the console, and what is written down of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody may do in the console; each may what those before may.

    VIEWER: look at calls · OPERATOR: act in them too, e.g. have a person take one over, and phone
    from the browser · OWNER: see who has looked at what.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    OWNER = "owner"

    def may(self, least: Role) -> bool:
        """Whether this role is enough where `least` is asked for."""
        return _ORDER.index(self) >= _ORDER.index(least)


_ORDER: Final = tuple(Role)

ABOUT_CHARACTERS: Final = 200
WHO_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is let in: what they are called, and their role."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class ConsoleLook:
    """Somebody looked at, or did, something.

    Attributes:
        visitor: who.
        what: the page or act, as its route was registered: ``GET /console/calls/{sid}``.
        about: of what: a CallSid, or what was searched for; empty when there is no more to say.
        source: where the request came from (`app.web.source`), empty when that is unknown.
    """

    visitor: Visitor
    what: str
    about: str
    source: str


@dataclass(frozen=True, slots=True)
class WrittenLook:
    """A look on record; `at` is aware, and the real time."""

    look: ConsoleLook
    at: datetime


def plain(text: str, most: int) -> str:
    """A text as it can be kept: printable, on one line, of `most` characters at most."""
    return "".join(one if one.isprintable() else " " for one in text[:most])
