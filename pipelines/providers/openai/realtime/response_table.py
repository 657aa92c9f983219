"""What becomes of the one response a session can have at a time: (state, event) -> (state, act).

A response that is given up before it has begun cannot be cancelled yet, as it has no name; a second
one cannot be asked for before the first is over. Both wait here. Sans-I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ResponseState(StrEnum):
    """How far the response is."""

    NONE = "none"
    ASKED = "asked"
    """It was asked for, and has not begun."""
    COMING = "coming"
    UNWANTED = "unwanted"
    """Given up before it began."""
    CANCELLED = "cancelled"
    """Its end is waited for."""


class ResponseEvent(StrEnum):
    """What happens to it."""

    ASK = "ask"
    BEGUN = "begun"
    OVER = "over"
    REFUSED = "refused"
    GIVE_UP = "give_up"
    LOST = "lost"
    """The connection is gone."""


class ResponseAct(StrEnum):
    """What is done about it."""

    CREATE = "create"
    CANCEL = "cancel"
    FINISH = "finish"
    """Whoever waits for it is told how it ended."""
    NOTHING = "nothing"


S, E, A = ResponseState, ResponseEvent, ResponseAct

TABLE: Final[Mapping[tuple[ResponseState, ResponseEvent], tuple[ResponseState, ResponseAct]]] = {
    (S.NONE, E.ASK): (S.ASKED, A.CREATE),
    (S.ASKED, E.BEGUN): (S.COMING, A.NOTHING),
    (S.ASKED, E.REFUSED): (S.NONE, A.FINISH),
    (S.ASKED, E.GIVE_UP): (S.UNWANTED, A.NOTHING),
    (S.COMING, E.OVER): (S.NONE, A.FINISH),
    (S.COMING, E.GIVE_UP): (S.CANCELLED, A.CANCEL),
    (S.UNWANTED, E.BEGUN): (S.CANCELLED, A.CANCEL),
    (S.UNWANTED, E.REFUSED): (S.NONE, A.FINISH),
    (S.CANCELLED, E.OVER): (S.NONE, A.FINISH),
    **{(state, E.LOST): (S.NONE, A.FINISH) for state in S if state is not S.NONE},
}


def moved(state: ResponseState, event: ResponseEvent) -> tuple[ResponseState, ResponseAct]:
    """The next state and what to do; what fits nowhere comes too late, and changes nothing."""
    return TABLE.get((state, event), (state, ResponseAct.NOTHING))
