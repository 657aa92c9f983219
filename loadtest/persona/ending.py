"""What a conversation left behind, in words that any engine can fill in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A booking as it is stored. Times in the business's zone, sums in whole dollars."""

    code: str
    customer: str
    phone: str
    address: str
    service: str
    description: str
    start: datetime
    end: datetime
    notes: str
    estimate: int
    deposit: int
    cancelled: bool


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A tool that the agent used; `result` as it was answered, JSON."""

    name: str
    result: str

    @property
    def failed(self) -> bool:
        """Whether nothing came of it."""
        return self.result.lstrip().startswith('{"error"')


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that left."""

    to: str
    body: str


@dataclass(frozen=True, slots=True)
class EndState:
    """All that is on record when a conversation is over.

    Attributes:
        outcome: of the call, as stored.
        jobs: all that there are, those from before included.
        agent_ended: the agent ended the call, not the caller.
        broke: what went wrong in the machinery, if anything did.
    """

    outcome: str
    jobs: tuple[StoredJob, ...] = ()
    tools: tuple[ToolRun, ...] = ()
    texts: tuple[SentText, ...] = ()
    agent_ended: bool = False
    broke: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn of the conversation. `heard` is what came of it by ear, ``None`` in writing."""

    by_caller: bool
    text: str
    heard: str | None = None


@dataclass(slots=True)
class Record:
    """A conversation as the caller lived it.

    Attributes:
        turns: what was said, both sides.
        accepted: the start of the window that the caller last agreed to.
        confirmed: the caller has said yes to a read-back since the last change.
        notices: what struck the caller as wrong, with the turn (index into `turns`).
        unknown: questions of the agent that the caller could not place.
    """

    turns: list[Spoken] = field(default_factory=list)
    accepted: datetime | None = None
    confirmed: bool = False
    danger_told: bool = False
    asked_for_person: bool = False
    gave_up: bool = False
    notices: list[tuple[int, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def caller_turns(self) -> int:
        """How often the caller spoke."""
        return sum(turn.by_caller for turn in self.turns)

    def misheard(self, heard: str) -> None:
        """What the caller said last came to this by ear."""
        self.turns[-1] = replace(self.turns[-1], heard=heard)

    def notice(self, what: str) -> None:
        """Something struck the caller as wrong at the agent's last words."""
        self.notices.append((len(self.turns) - 1, what))
