"""A place on the waiting list as one table. Sans-I/O.

Whoever finds no time that suits may wait for one. A window that becomes free is offered to one
person at a time and kept for them while they think; each offer is answered once. Pairs that are not
in the table change nothing: answers come late, twice or never.

=========  =======  =======  =======  ======
stage      OFFERED  PASSED   TIME_UP  BOOKED
=========  =======  =======  =======  ======
WAITING    OFFERED                    BOOKED
OFFERED             WAITING  WAITING  BOOKED
BOOKED
=========  =======  =======  =======  ======
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class WaitStage(StrEnum):
    """Where a place on the list is. BOOKED is the end; who waited too long is just not asked."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"


class WaitEvent(StrEnum):
    """What moves it.

    OFFERED: a window is kept for them, and they are told · PASSED: they do not want it · TIME_UP:
    they said nothing in time · BOOKED: they have a visit of this service, by whatever way.
    """

    OFFERED = "offered"
    PASSED = "passed"
    TIME_UP = "time_up"
    BOOKED = "booked"


_S, _E = WaitStage, WaitEvent

TABLE: Final[Mapping[tuple[WaitStage, WaitEvent], WaitStage]] = MappingProxyType(
    {
        (_S.WAITING, _E.OFFERED): _S.OFFERED,
        (_S.WAITING, _E.BOOKED): _S.BOOKED,
        (_S.OFFERED, _E.PASSED): _S.WAITING,
        (_S.OFFERED, _E.TIME_UP): _S.WAITING,
        (_S.OFFERED, _E.BOOKED): _S.BOOKED,
    }
)


def after(stage: WaitStage, event: WaitEvent) -> WaitStage:
    """The stage that follows."""
    return TABLE.get((stage, event), stage)


def moved_by(event: WaitEvent) -> tuple[WaitStage, ...]:
    """The stages that an event moves, for whoever changes many places at once."""
    return tuple(stage for stage, one in TABLE if one is event)
