"""A warm transfer as one table: a caller waits in a conference while leads are rung. Sans-I/O.

A hand-off has one stage, and only the table moves it. Whoever feeds an event performs the acts it
returns; pairs that are not in the table change nothing, as events come late, twice, in any order or
never. What a lead's leg tells counts for the attempt under way only (`feed`): a leg that was given
up can join nobody, and is ended again when it tries.

Every stage but the last has a time limit, so each hand-off ends although nobody says anything:

    the caller waits alone for at most WAIT_MOST_S, then they talk to a lead, to the agent, or
    their call is over.

A lead must press 1. Who has not been heard to be in the room soon after is given up like one who
never answered, because the caller may be alone in there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from voiceagent.domain.records import CallId

LEAD_S: Final = 120.0
"""The two-minute clock: how long one lead may take, from the first ring to the conference."""

LEADS_MOST: Final = 3
"""Leads that are tried for one caller."""

RETURN_TRIES: Final = 3
"""How often the carrier is asked to bring a caller back."""

BACK_S: Final = 180.0
"""A caller who was brought back is on a line, or has left their message, within this time."""


class HandOffStage(StrEnum):
    """Where a hand-off is.

    PLACING: the caller is being sent to the conference · RINGING: they wait, a lead's phone rings ·
    BRIEFING: that lead has answered and hears what it is about · JOINING: they have pressed 1 ·
    JOINED: both are in the conference · PARTING: the lead has left it · RETURNING: the caller is
    being brought back to the agent · ENDED.
    """

    PLACING = "placing"
    RINGING = "ringing"
    BRIEFING = "briefing"
    JOINING = "joining"
    JOINED = "joined"
    PARTING = "parting"
    RETURNING = "returning"
    ENDED = "ended"


class HandOffEvent(StrEnum):
    """What moves it on.

    HELD, NOT_HELD: the carrier took the caller to the conference, or did not · UNRUNG: the lead's
    phone could not be rung · ANSWERED: it was picked up · MACHINE: by a machine · PRESSED: the lead
    wants the call · UNPRESSED: they do not, or pressed nothing · LEG_OVER: the lead's leg is over:
    busy, no answer, failed, hung up · LEAD_IN: the lead is in the conference · CALLER_OUT: the
    caller has left the conference and is still on the line · CALLER_GONE: the caller's call is over
    · BACK: the caller is with the agent again · TIME_UP: the stage has lasted as long as it may.
    """

    HELD = "held"
    NOT_HELD = "not_held"
    UNRUNG = "unrung"
    ANSWERED = "answered"
    MACHINE = "machine"
    PRESSED = "pressed"
    UNPRESSED = "unpressed"
    LEG_OVER = "leg_over"
    LEAD_IN = "lead_in"
    CALLER_OUT = "caller_out"
    CALLER_GONE = "caller_gone"
    BACK = "back"
    TIME_UP = "time_up"


class HandOffAct(StrEnum):
    """What is to be done about it.

    RING: the next lead · END_LEG: of the lead so far · BRING_BACK: the caller, to the agent ·
    END_CALLER: their call · SEND_CARD: what the lead should know, to the
    one who takes the call · JOIN: write down that a person has the caller · RING_GUEST: the third
    one, if there is to be one · CLOSE: nothing more is coming.
    """

    RING = "ring"
    END_LEG = "end_leg"
    BRING_BACK = "bring_back"
    END_CALLER = "end_caller"
    SEND_CARD = "send_card"
    JOIN = "join"
    RING_GUEST = "ring_guest"
    CLOSE = "close"


class HandOffEnd(StrEnum):
    """How a hand-off ended.

    TRANSFERRED: a lead talked to the caller · RETURNED: the caller went on with the agent ·
    CALLER_LEFT: they hung up before · UNPLACED: they were never sent to a conference · LOST: they
    could not be brought back, and their call was ended.
    """

    TRANSFERRED = "transferred"
    RETURNED = "returned"
    CALLER_LEFT = "caller_left"
    UNPLACED = "unplaced"
    LOST = "lost"


_S, _E, _A = HandOffStage, HandOffEvent, HandOffAct

LIMITS_S: Final[Mapping[HandOffStage, float]] = MappingProxyType(
    {
        _S.PLACING: 10.0,
        _S.RINGING: 30.0,
        _S.BRIEFING: 80.0,
        _S.JOINING: 10.0,
        _S.JOINED: 3600.0,
        _S.PARTING: 10.0,
        _S.RETURNING: 15.0,
    }
)
"""How long each stage may last. Those of one lead make up `LEAD_S`."""

WAIT_MOST_S: Final = (
    LIMITS_S[_S.PLACING] + LEADS_MOST * LEAD_S + RETURN_TRIES * LIMITS_S[_S.RETURNING]
)
"""How long a caller may be alone in a conference."""

WITH_A_LEAD: Final = frozenset({_S.RINGING, _S.BRIEFING, _S.JOINING})
"""Stages of an attempt to get a lead; one that fails goes to the next, or to nobody."""

OF_A_LEG: Final = frozenset(
    {_E.UNRUNG, _E.ANSWERED, _E.MACHINE, _E.PRESSED, _E.UNPRESSED, _E.LEG_OVER, _E.LEAD_IN}
)
"""Events that a lead's leg brings: they count for the attempt they belong to."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """One hand-off, as it is kept.

    Attributes:
        key: random and URL-safe; names the conference, and the caller in callbacks.
        call_id: of the caller's call.
        call_sid: the carrier's name for it.
        leads: ids of those who are rung, in this order; 1 to `LEADS_MOST`.
        legs: by lead, a random key that names their leg in callbacks.
        reason: why a person is needed (``asked``, ``anger`` ...).
        summary: what the lead is told.
        call_back: whom to ring if nobody can be reached: a number, or words.
        stage: where it is.
        attempt: index of the lead of the moment; -1 before the first.
        leg_sid: the carrier's name of that lead's leg; ``""`` while it is unknown.
        tries: how often the caller was to be brought back.
        ended: how; ``None`` before.
        due_at: when the stage has lasted as long as it may, and when it ended; aware.
        version: counts the changes.
        guest: id of a third one, who is rung once a lead has joined; ``""`` for nobody. What comes
            of them moves nothing: they join while the two talk, or they do not.
        guest_leg: names the guest's leg in callbacks.
        guest_sid: the carrier's name of it, once it is known.
    """

    key: str
    call_id: CallId
    call_sid: str
    leads: tuple[str, ...]
    legs: tuple[str, ...]
    reason: str
    summary: str
    call_back: str
    due_at: datetime
    stage: HandOffStage = HandOffStage.PLACING
    attempt: int = -1
    leg_sid: str = ""
    tries: int = 0
    ended: HandOffEnd | None = None
    version: int = 0
    guest: str = ""
    guest_leg: str = ""
    guest_sid: str = ""

    @property
    def has_next(self) -> bool:
        """Whether there is a lead who was not rung yet."""
        return self.attempt + 1 < len(self.leads)

    @property
    def has_joined(self) -> bool:
        """Whether a lead has talked to the caller, or does."""
        joined = self.stage in {HandOffStage.JOINED, HandOffStage.PARTING}
        return joined or self.ended is HandOffEnd.TRANSFERRED

    def may_come_back(self, now: datetime) -> bool:
        """Whether the caller's call may still be the agent's to serve, and so has no outcome."""
        if self.ended is HandOffEnd.RETURNED:
            return now - self.due_at < timedelta(seconds=BACK_S)
        return self.ended is None and not self.has_joined

    def attempt_of(self, leg: str) -> int | None:
        """Which lead's leg has this key; ``None`` for nobody's."""
        return self.legs.index(leg) if leg in self.legs else None


class _Next(StrEnum):
    """Where a row leads when that depends on the hand-off: see `_guarded`."""

    LEAD_OR_AGENT = "lead_or_agent"
    AGAIN_OR_NEVER = "again_or_never"


_Row: TypeAlias = tuple[HandOffStage | _Next, tuple[HandOffAct, ...], HandOffEnd | None]

_LEFT: Final[_Row] = (_S.ENDED, (_A.END_LEG, _A.CLOSE), HandOffEnd.CALLER_LEFT)
_TALKED: Final[_Row] = (_S.ENDED, (_A.END_LEG, _A.CLOSE), HandOffEnd.TRANSFERRED)
_GIVEN_UP: Final[_Row] = (_Next.LEAD_OR_AGENT, (), None)
_TAKEN_AWAY: Final[_Row] = (_Next.LEAD_OR_AGENT, (_A.END_LEG,), None)
_ASKS_US: Final[_Row] = (_S.RETURNING, (_A.END_LEG,), None)

_MOVES: Final[Mapping[tuple[HandOffStage, HandOffEvent], _Row]] = {
    (_S.PLACING, _E.HELD): (_S.RINGING, (_A.RING,), None),
    (_S.PLACING, _E.NOT_HELD): (_S.ENDED, (_A.CLOSE,), HandOffEnd.UNPLACED),
    (_S.PLACING, _E.CALLER_OUT): (_S.RETURNING, (), None),
    (_S.PLACING, _E.CALLER_GONE): (_S.ENDED, (_A.CLOSE,), HandOffEnd.CALLER_LEFT),
    (_S.PLACING, _E.TIME_UP): (_S.RETURNING, (_A.BRING_BACK,), None),
    (_S.RINGING, _E.ANSWERED): (_S.BRIEFING, (), None),
    (_S.RINGING, _E.PRESSED): (_S.JOINING, (_A.SEND_CARD,), None),
    (_S.RINGING, _E.UNRUNG): _GIVEN_UP,
    (_S.RINGING, _E.MACHINE): _TAKEN_AWAY,
    (_S.RINGING, _E.UNPRESSED): _TAKEN_AWAY,
    (_S.RINGING, _E.LEG_OVER): _GIVEN_UP,
    (_S.RINGING, _E.CALLER_OUT): _ASKS_US,
    (_S.RINGING, _E.CALLER_GONE): _LEFT,
    (_S.RINGING, _E.TIME_UP): _TAKEN_AWAY,
    (_S.BRIEFING, _E.PRESSED): (_S.JOINING, (_A.SEND_CARD,), None),
    (_S.BRIEFING, _E.MACHINE): _TAKEN_AWAY,
    (_S.BRIEFING, _E.UNPRESSED): _TAKEN_AWAY,
    (_S.BRIEFING, _E.LEG_OVER): _GIVEN_UP,
    (_S.BRIEFING, _E.CALLER_OUT): _ASKS_US,
    (_S.BRIEFING, _E.CALLER_GONE): _LEFT,
    (_S.BRIEFING, _E.TIME_UP): _TAKEN_AWAY,
    (_S.JOINING, _E.LEAD_IN): (_S.JOINED, (_A.JOIN, _A.RING_GUEST), None),
    (_S.JOINING, _E.LEG_OVER): _GIVEN_UP,
    (_S.JOINING, _E.CALLER_OUT): _ASKS_US,
    (_S.JOINING, _E.CALLER_GONE): _LEFT,
    (_S.JOINING, _E.TIME_UP): _TAKEN_AWAY,
    (_S.JOINED, _E.LEG_OVER): (_S.PARTING, (), None),
    (_S.JOINED, _E.CALLER_OUT): _TALKED,
    (_S.JOINED, _E.CALLER_GONE): _TALKED,
    (_S.JOINED, _E.TIME_UP): (
        _S.ENDED,
        (_A.END_LEG, _A.END_CALLER, _A.CLOSE),
        HandOffEnd.TRANSFERRED,
    ),
    (_S.PARTING, _E.CALLER_OUT): (_S.ENDED, (_A.CLOSE,), HandOffEnd.TRANSFERRED),
    (_S.PARTING, _E.CALLER_GONE): (_S.ENDED, (_A.CLOSE,), HandOffEnd.TRANSFERRED),
    (_S.PARTING, _E.TIME_UP): (_S.ENDED, (_A.END_CALLER, _A.CLOSE), HandOffEnd.TRANSFERRED),
    (_S.RETURNING, _E.BACK): (_S.ENDED, (_A.CLOSE,), HandOffEnd.RETURNED),
    (_S.RETURNING, _E.CALLER_GONE): (_S.ENDED, (_A.CLOSE,), HandOffEnd.CALLER_LEFT),
    (_S.RETURNING, _E.TIME_UP): (_Next.AGAIN_OR_NEVER, (), None),
}

TABLE: Final[Mapping[tuple[HandOffStage, HandOffEvent], _Row]] = MappingProxyType(
    {
        (stage, event): _MOVES.get((stage, event), (stage, (), None))
        for stage in HandOffStage
        for event in HandOffEvent
    }
)
"""Every (stage, event); pairs not written down above change nothing."""


def feed(
    hand_off: HandOff, event: HandOffEvent, now: datetime, *, attempt: int | None = None
) -> tuple[HandOff, tuple[HandOffAct, ...]]:
    """Move on by the table.

    Args:
        hand_off: as it is.
        event: what happened.
        now: aware; sets when the next stage is due.
        attempt: whose leg told it, for events of `OF_A_LEG`: those of any other attempt than the
            one under way change nothing. `TIME_UP` counts only when it is due.

    Returns:
        the same hand-off and no acts when nothing has changed.
    """
    stale = event in OF_A_LEG and attempt != hand_off.attempt
    early = event is _E.TIME_UP and now < hand_off.due_at
    row = TABLE[hand_off.stage, event]
    if stale or early or row == (hand_off.stage, (), None):
        return hand_off, ()
    stage, acts, ended = _guarded(hand_off, row)
    if not hand_off.guest:
        acts = tuple(act for act in acts if act is not _A.RING_GUEST)
    limit_s = LIMITS_S.get(stage, 0.0)
    moved = replace(
        hand_off,
        stage=stage,
        ended=ended,
        due_at=now + timedelta(seconds=limit_s),
        version=hand_off.version + 1,
        tries=hand_off.tries + (_A.BRING_BACK in acts),
    )
    if _A.RING in acts:
        moved = replace(moved, attempt=hand_off.attempt + 1, leg_sid="")
    return moved, acts


def _guarded(
    hand_off: HandOff, row: _Row
) -> tuple[HandOffStage, tuple[HandOffAct, ...], HandOffEnd | None]:
    """A row whose end depends on who is left to ring, or how often it was tried."""
    where, acts, ended = row
    match where:
        case _Next.LEAD_OR_AGENT if hand_off.has_next:
            return _S.RINGING, (*acts, _A.RING), None
        case _Next.LEAD_OR_AGENT:
            return _S.RETURNING, (*acts, _A.BRING_BACK), None
        case _Next.AGAIN_OR_NEVER if hand_off.tries < RETURN_TRIES:
            return _S.RETURNING, (*acts, _A.BRING_BACK), None
        case _Next.AGAIN_OR_NEVER:
            return _S.ENDED, (*acts, _A.END_CALLER, _A.CLOSE), HandOffEnd.LOST
        case HandOffStage():
            return where, acts, ended


def describe() -> str:
    """The table as text: one line per pair that does something (docs/handoff.md shows it)."""
    lines = [f"{'stage':<10} {'event':<12} {'next':<14} acts"]
    for (stage, event), row in TABLE.items():
        where, acts, _ = row
        if row != (stage, (), None):
            lines.append(f"{stage:<10} {event:<12} {where:<14} {', '.join(acts)}".rstrip())
    return "\n".join(lines)
