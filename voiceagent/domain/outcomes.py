"""How a call ended: one rule, for everyone who decides it.

The outcome is read by the owner, one word a call: what did the caller get out of it, and does
anybody have to do something about it? So the weightiest thing that happened names the call:

1. ``emergency``: somebody was in danger. It is read first whatever else was arranged.
2. ``booked``, ``rescheduled``, ``cancelled``: the diary has changed, for certain. A booking is what
   the business lives on, so it stands before a move, and a move before a visit that is lost.
3. ``transferred``: a person was given the call. What came of it we cannot know, so it stands below
   what we know; a caller who booked and then asked for a person has booked (that a person was
   called for is in the call's tools).
4. ``voicemail``: a message waits to be heard.
5. ``quoted``: a price was named and nothing came of it: somebody to ring back. A caller who heard
   the price and then would not go on is that too.
6. ``refused``: the caller would not talk to us.
7. ``answered``: a question was answered, also when the caller then left in the middle of another.
8. ``failed``: the call broke, or we did, with nothing done.
9. ``abandoned``: the caller left with nothing.

What a call did to a job and then took back it has not done: a booking that was cancelled in the
same call counts as cancelled. This asks what was done to each job, never in which order, because a
cancelled job stays cancelled (booking again makes another job): evidence is a set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from voiceagent.domain.records import JobId, Outcome

PRECEDENCE: Final[tuple[Outcome, ...]] = (
    Outcome.EMERGENCY,
    Outcome.BOOKED,
    Outcome.RESCHEDULED,
    Outcome.CANCELLED,
    Outcome.TRANSFERRED,
    Outcome.VOICEMAIL,
    Outcome.QUOTED,
    Outcome.REFUSED,
    Outcome.ANSWERED,
    Outcome.FAILED,
    Outcome.ABANDONED,
)
"""Every outcome, the weightiest first."""

UNDONE_BY: Final[Mapping[Outcome, Outcome]] = MappingProxyType(
    {Outcome.BOOKED: Outcome.CANCELLED, Outcome.RESCHEDULED: Outcome.CANCELLED}
)
"""What was done to a job -> what takes it back when done to the same job."""

EMERGENCY_REPORTED: Final = "emergency.reported"
"""Kind of the call event that says somebody was in danger; the only event that is evidence."""

OPTED_OUT: Final = "opt_out.requested"
"""Kind of the call event that says a caller wants no calls or texts from us."""

KEPT_PRIVATE: Final = "privacy.kept"
"""Kind of the call event that says from when on a conversation reached no host of others."""

UNRECORDED: Final = "recording.unwanted"
"""Kind of the call event that says that a caller took back their consent to being recorded."""

PAGED: Final = "escalation.paged"
"""Kind of the call event that says that a person was paged, because of an angry caller."""


@dataclass(frozen=True, slots=True)
class JobChange:
    """A call has done `what` (``booked``, ``rescheduled``, ``cancelled``) to a job."""

    job_id: JobId
    what: Outcome


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that bears on a call's outcome; ``|`` joins what several witnesses know.

    Attributes:
        changes: what was done to jobs.
        noted: everything else that happened, as the outcome it would be by itself.
        broken: the call's end was chosen by nobody (crash, lost line).
    """

    changes: frozenset[JobChange] = frozenset()
    noted: frozenset[Outcome] = frozenset()
    broken: bool = False

    @classmethod
    def of(cls, *noted: Outcome, broken: bool = False) -> Evidence:
        """Evidence of things that concern no job."""
        return cls(noted=frozenset(noted), broken=broken)

    @classmethod
    def of_job(cls, job_id: JobId, what: Outcome) -> Evidence:
        """Evidence that a job was ``booked``, ``rescheduled`` or ``cancelled``."""
        return cls(changes=frozenset({JobChange(job_id, what)}))

    def __or__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.changes | other.changes, self.noted | other.noted, self.broken or other.broken
        )


def strongest(evidence: Evidence) -> Outcome | None:
    """The weightiest thing that has happened so far; ``None`` when nothing has."""
    stands = {c.what for c in evidence.changes if not _undone(c, evidence.changes)}
    return min(stands | evidence.noted, key=PRECEDENCE.index, default=None)


def _undone(change: JobChange, changes: frozenset[JobChange]) -> bool:
    undoing = UNDONE_BY.get(change.what)
    return undoing is not None and JobChange(change.job_id, undoing) in changes


def decide(evidence: Evidence) -> Outcome:
    """The outcome of a call that is over. Never fails; the order of events does not matter."""
    happened = strongest(evidence)
    end = Outcome.FAILED if evidence.broken else Outcome.ABANDONED
    return end if happened is None else min(happened, end, key=PRECEDENCE.index)
