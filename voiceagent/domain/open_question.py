"""What the caller was asked, as far as it helps to hear the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import Window


@dataclass(frozen=True, slots=True)
class OfferedWindows:
    """The appointment windows that may be chosen, in the order they were said.

    Attributes:
        windows: may be none.
        at: when they are chosen from, aware; "tonight" is by it.
    """

    windows: tuple[Window, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What was asked last.

    Attributes:
        expecting: the kind of answer.
        offered: after a question for a time, what was offered; ``None`` when that is not known.
    """

    expecting: Expecting = Expecting.ANYTHING
    offered: OfferedWindows | None = None


NOTHING_ASKED: Final = OpenQuestion()
"""Anything may be said."""
