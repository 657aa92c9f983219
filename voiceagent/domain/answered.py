"""What is remembered of a webhook that was answered, to give a copy of it the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

KEPT_S: Final = 600.0
"""How long an answer is given again. Carriers try again within a minute."""

WORKING_S: Final = 15.0
"""A first copy that has not been answered for so long never will be: a carrier waits no longer."""

FORGOTTEN_S: Final = 30 * 86_400.0
"""How long it is remembered that a request was answered at all."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes two webhooks copies of each other: the event, whose it is, and which of them."""

    kind: str
    sid: str
    sequence: str = ""


class Standing(StrEnum):
    """What is known of a request.

    FIRST: nothing; it is ours to answer. WORKING: its first copy is being answered. UNANSWERED:
    that one never will be, its worker has died over it. ANSWERED: with an answer that may be given
    again. OLD: it was answered too long ago for that.
    """

    FIRST = "first"
    WORKING = "working"
    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a request; `answer` is empty unless ANSWERED."""

    standing: Standing
    answer: str = ""
