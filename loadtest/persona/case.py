"""One conversation before the judge: what was wanted, what was lived, what was stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from loadtest.persona.company import Company
from loadtest.persona.ending import EndState, Record, StoredJob
from loadtest.persona.facts import Persona

PERSON: Final = ("escalate_to_human", "request_callback", "join_customer_call")
"""Tools that lead to a person, a message or a callback."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a conversation is not right: the sort of fault, and the values of this one."""

    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.detail}" if self.detail else self.what


@dataclass(slots=True)
class Case:
    """What a judge looks at, and what it finds.

    Attributes:
        wrong: actions and statements that are wrong.
        missing: what the person did not get.
    """

    persona: Persona
    company: Company
    record: Record
    end: EndState
    wrong: list[Reason] = field(default_factory=list)
    missing: list[Reason] = field(default_factory=list)

    @property
    def new_jobs(self) -> list[StoredJob]:
        """Bookings that were not there before."""
        before = self.persona.appointment
        return [job for job in self.end.jobs if before is None or job.code != before.code]

    @property
    def old_job(self) -> StoredJob | None:
        """The booking that was there before."""
        before = self.persona.appointment
        found = [job for job in self.end.jobs if before is not None and job.code == before.code]
        return found[0] if found else None

    @property
    def said(self) -> str:
        """All that the agent said."""
        return " ".join(turn.text for turn in self.record.turns if not turn.by_caller)

    @property
    def heard(self) -> list[str]:
        """All that the caller said."""
        return [turn.text for turn in self.record.turns if turn.by_caller]

    def used(self, *tools: str) -> bool:
        """Whether the agent used one of these tools, and was not refused."""
        return any(run.name in tools and not run.failed for run in self.end.tools)

    def is_wrong(self, what: str, detail: str = "") -> None:
        """A wrong action or statement."""
        self.wrong.append(Reason(what, detail))

    def lacks(self, what: str, detail: str = "") -> None:
        """Something the person did not get."""
        self.missing.append(Reason(what, detail))

    def not_done(self, what: str, claim: str) -> None:
        """Something the person did not get: wrong when the call's outcome claims it."""
        if self.end.outcome == claim:
            self.is_wrong(what, f"outcome {claim}")
        else:
            self.lacks(what)
