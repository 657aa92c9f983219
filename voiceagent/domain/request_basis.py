"""What a request for a tool rests on, told by whoever makes it; `policy` judges it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Asker(StrEnum):
    """Who makes a request."""

    HOUSE = "house"
    """The house policy."""

    MODEL = "model"
    """A language model."""

    PROGRAM = "program"
    """Another system of the business's, by its token: there is no conversation to judge by."""


@dataclass(frozen=True, slots=True)
class RequestBasis:
    """What a request rests on, as whoever makes it knows the conversation. Closed on doubt.

    Attributes:
        asker: who makes it.
        heard: the caller's last words, for the audit.
        agreed: the caller said yes to doing it, to a question that read it out.
        danger_open: the question about danger is to be asked, and has no answer.
        unsourced: the argument that follows from nothing, in words; "" when all have a source.
    """

    asker: Asker
    heard: str = ""
    agreed: bool = False
    danger_open: bool = False
    unsourced: str = ""


BY_PROGRAM: Final = RequestBasis(Asker.PROGRAM)
BY_HOUSE: Final = RequestBasis(Asker.HOUSE, agreed=True)
"""Of the house where it tells no more: its agenda comes to an act by a yes only, and what was open
when somebody took over was granted before."""
