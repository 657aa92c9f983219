"""The life of a call as this worker knows it: one table. Sans-I/O.

A call has one stage, and only the table moves it. Whoever feeds an event performs the acts it
returns. What is not in the table changes nothing: events come late, twice and in any order.

A call begins with the first stream that proves it (`start`): until then it is only rung, and the
token gate keeps its place. It is *served* on one line at a time. The carrier may open another
stream for it at any time; the newest has it, and the line it had is closed first. A line that was
lost is no end of a call: a lost connection looks like a caller who left, and a caller who is still
there is connected again at once. So such a call is *away* for a while. Once it is *settling* its
outcome is decided and will be written, however long the store takes; nothing opens it any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from voiceagent.core.wire import LineEnd


class CallStage(StrEnum):
    """Where a call is.

    ANNOUNCED: it has rung · OPENING: its row and its line are being made · SERVING: it is talked to
    on its line · MOVING: it has left its line, and a new one is being made · LEAVING: it is known
    that it ends, and its line does not know yet · AWAY: it has no line and may come back ·
    SETTLING: its outcome is decided and not written · ENDED.
    """

    ANNOUNCED = "announced"
    OPENING = "opening"
    SERVING = "serving"
    MOVING = "moving"
    LEAVING = "leaving"
    AWAY = "away"
    SETTLING = "settling"
    ENDED = "ended"


class CallLifeEvent(StrEnum):
    """What moves it on.

    START: a stream of it was let in · OPENED: its row and line are there · REFUSED: nothing of it
    is on record, or it is over · STRANDED: it is on record and could not be given a line ·
    LINE_LOST, LINE_CLOSED: its line ended, so that it may or may not come back · OVER: the carrier
    says it is over, a person has it, or nobody may wait for it any longer · NOT_BACK: it was waited
    for long enough · WRITTEN, UNWRITTEN: the store has its outcome, or could not take it · LEFT: it
    will not be written here; the next start's sweep will find the call.
    """

    START = "start"
    OPENED = "opened"
    REFUSED = "refused"
    STRANDED = "stranded"
    LINE_LOST = "line_lost"
    LINE_CLOSED = "line_closed"
    OVER = "over"
    NOT_BACK = "not_back"
    WRITTEN = "written"
    UNWRITTEN = "unwritten"
    LEFT = "left"


class CallAct(StrEnum):
    """What is to be done about it.

    OPEN: make its row and line · CLOSE_LINE: the line it has had · SERVE: talk on its line · WAIT:
    for it to come back · DECIDE: its outcome, from what is known now · WRITE, WRITE_LATER: the
    outcome · REMEMBER: how it ended · FORGET: it, nothing is owed.
    """

    OPEN = "open"
    CLOSE_LINE = "close_line"
    SERVE = "serve"
    WAIT = "wait"
    DECIDE = "decide"
    WRITE = "write"
    WRITE_LATER = "write_later"
    REMEMBER = "remember"
    FORGET = "forget"


_S, _E, _A = CallStage, CallLifeEvent, CallAct

_Row: TypeAlias = tuple[CallStage, tuple[CallAct, ...]]

_SETTLE: Final = (_A.DECIDE, _A.WRITE)

_MOVES: Final[Mapping[tuple[CallStage, CallLifeEvent], _Row]] = {
    (_S.ANNOUNCED, _E.START): (_S.OPENING, (_A.OPEN,)),
    (_S.OPENING, _E.START): (_S.OPENING, (_A.OPEN,)),
    (_S.OPENING, _E.OPENED): (_S.SERVING, (_A.SERVE,)),
    (_S.OPENING, _E.REFUSED): (_S.ENDED, (_A.FORGET,)),
    (_S.OPENING, _E.STRANDED): (_S.AWAY, (_A.WAIT,)),
    (_S.SERVING, _E.START): (_S.MOVING, (_A.CLOSE_LINE, _A.OPEN)),
    (_S.SERVING, _E.LINE_LOST): (_S.AWAY, (_A.WAIT,)),
    (_S.SERVING, _E.LINE_CLOSED): (_S.SETTLING, _SETTLE),
    (_S.SERVING, _E.OVER): (_S.LEAVING, ()),
    (_S.LEAVING, _E.START): (_S.MOVING, (_A.CLOSE_LINE, _A.OPEN)),
    (_S.LEAVING, _E.LINE_LOST): (_S.SETTLING, _SETTLE),
    (_S.LEAVING, _E.LINE_CLOSED): (_S.SETTLING, _SETTLE),
    (_S.MOVING, _E.START): (_S.MOVING, (_A.OPEN,)),
    (_S.MOVING, _E.OPENED): (_S.SERVING, (_A.SERVE,)),
    (_S.MOVING, _E.STRANDED): (_S.AWAY, (_A.WAIT,)),
    (_S.AWAY, _E.START): (_S.MOVING, (_A.OPEN,)),
    (_S.AWAY, _E.OVER): (_S.SETTLING, _SETTLE),
    (_S.AWAY, _E.NOT_BACK): (_S.SETTLING, _SETTLE),
    (_S.SETTLING, _E.WRITTEN): (_S.ENDED, (_A.REMEMBER,)),
    (_S.SETTLING, _E.LEFT): (_S.ENDED, (_A.REMEMBER,)),
    (_S.SETTLING, _E.UNWRITTEN): (_S.SETTLING, (_A.WRITE_LATER,)),
}

TABLE: Final[Mapping[tuple[CallStage, CallLifeEvent], _Row]] = MappingProxyType(
    {
        (stage, event): _MOVES.get((stage, event), (stage, ()))
        for stage in CallStage
        for event in CallLifeEvent
    }
)
"""Every (stage, event); pairs not written down above change nothing."""

TALKING: Final = frozenset({_S.SERVING, _S.LEAVING})
"""Stages of a call that is on its line."""

COMING_BACK: Final[frozenset[LineEnd]] = frozenset({LineEnd.CALLER, LineEnd.MEDIA_GAP})
"""Ends of a line after which its call may go on, on a new one."""

BROKEN: Final[frozenset[LineEnd]] = frozenset({LineEnd.FAILED, LineEnd.MEDIA_GAP})
"""Endings that nobody chose."""


def event_of(end: LineEnd) -> CallLifeEvent:
    """What the end of a line means for its call."""
    return _E.LINE_LOST if end in COMING_BACK else _E.LINE_CLOSED


def describe() -> str:
    """The table as text: one line per pair that does something (docs/architecture.md shows it)."""
    lines = [f"{'stage':<10} {'event':<12} {'next':<9} acts"]
    for (stage, event), (after, acts) in TABLE.items():
        if after is not stage or acts:
            lines.append(f"{stage:<10} {event:<12} {after:<9} {', '.join(acts)}".rstrip())
    return "\n".join(lines)
