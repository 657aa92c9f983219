"""A call as it is looked at afterwards: by the console, the command line and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from voiceagent.domain.records import CallStart, Job, OutboundMessage, Outcome, ToolAudit, Turn
from voiceagent.domain.texting import Delivery
from voiceagent.domain.usage import UsageRow

FEWEST_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened in a call at a time, e.g. ``disclosure.heard``."""

    kind: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One line of a list of calls.

    `v2v_p50_ms` is ``None`` when no turn was answered. `name` is the customer's who has the number,
    else empty; `worker` the one that has, or had, the call.
    """

    call: CallStart
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    turns: int
    v2v_p50_ms: float | None
    name: str = ""
    worker: int = 0


@dataclass(frozen=True, slots=True)
class CallSearch:
    """Which calls are looked for; all that is given must hold.

    Attributes:
        words: in what was said, the customer's name, or the number (its digits); in any case.
        outcome: how it ended.
        since, until: started at or after, and before, that; aware.
    """

    words: str = ""
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def digits(self) -> str:
        """Those of `words` when they may be some of a number: three or more, and no letters."""
        found = "".join(one for one in self.words if one in "0123456789")
        letters = any(one.isalpha() for one in self.words)
        return found if len(found) >= FEWEST_DIGITS and not letters else ""


@dataclass(frozen=True, slots=True)
class CallHistory:
    """A whole call. `arrived`: what is known of each message, by its key."""

    summary: CallSummary
    turns: tuple[Turn, ...]
    tools: tuple[ToolAudit, ...]
    events: tuple[CallEvent, ...]
    job: Job | None
    messages: tuple[OutboundMessage, ...]
    usage: tuple[UsageRow, ...] = ()
    arrived: Mapping[str, Delivery] = field(default_factory=dict)
