"""All a tool may know and use, and what it has to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.outcomes import Evidence, strongest
from voiceagent.domain.phones import caller_id
from voiceagent.domain.records import CallStart, IdentityLevel, JobId, Outcome
from voiceagent.domain.redact import Withhold
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.dispatch import Dispatch, OwnCalendar
from voiceagent.ports.hand_off import WarmTransfer
from voiceagent.ports.store import Store
from voiceagent.toolkit.answers import ToolOutcome


@dataclass(slots=True)
class Signals:
    """What tools learn about a call and its session reads.

    Attributes:
        phone: the E.164 number the caller gave, which need not be the one they call from.
        verified_phone: the number whose booking code the caller has given.
        zip_code: five digits of the address they gave.
        evidence: what tools did that bears on the call's outcome.
        audited: how much of `evidence.noted` the store has, with the audits of tools.
        escalated: a person has been called for; once per conversation.
        wrong_codes: booking codes that did not fit.
        tool_calls: audit rows written; a successor that resumes a call starts where it ended.
        audits_lost: audit rows the store could not take.
    """

    phone: str | None = None
    verified_phone: str | None = None
    zip_code: str | None = None
    evidence: Evidence = field(default_factory=Evidence)
    audited: frozenset[Outcome] = frozenset()
    escalated: bool = False
    wrong_codes: int = 0
    tool_calls: int = 0
    audits_lost: int = 0

    @property
    def outcome(self) -> Outcome | None:
        """What the call would be remembered for so far; ``None`` for nothing."""
        return strongest(self.evidence)

    def propose(self, outcome: Outcome) -> None:
        """The call may be remembered for this, whatever comes of the tool that says so.

        What follows from a tool's success alone is in its specification (`proposes`).
        """
        self.evidence |= Evidence.of(outcome)

    def changed(self, job_id: JobId, what: Outcome) -> None:
        """A job was ``booked``, ``rescheduled`` or ``cancelled``, and the store has it."""
        self.evidence |= Evidence.of_job(job_id, what)


WriteWithout = Callable[[Withhold], Awaitable[object]]
"""A write; it takes out of it what is known not to be kept by then."""

Keep = Callable[[WriteWithout], Awaitable[None]]
"""Writes down what was done for a caller: at once, or when it is known what to take out of it."""


async def at_once(write: WriteWithout) -> None:
    """A `Keep` for what nothing need be taken out of."""
    await write(Withhold())


Run = asyncio.Task[ToolOutcome]
Spawn = Callable[[Coroutine[None, None, ToolOutcome]], Run]
"""Starts a task that outlives its caller: ``TaskGroup.create_task`` of the call's session."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """All a tool may know and use, for one call.

    Attributes:
        call, business, clock, store, call_control: as they are named.
        spawn: starts what outlives its caller.
        identity: what the carrier vouches for.
        signals: what tools learn and the session reads.
        runs: side effects under way or done, by request.
        keep: writes the audit row of what was asked for.
        hand_offs: hands callers over with a word beforehand; ``None`` where nobody can.
        dispatch: who has the last word on visits.
    """

    call: CallStart
    business: Business
    clock: Clock
    store: Store
    call_control: CallControl
    spawn: Spawn
    identity: IdentityLevel = IdentityLevel.NUMBER_ONLY
    signals: Signals = field(default_factory=Signals)
    runs: dict[str, Run] = field(default_factory=dict)
    keep: Keep = at_once
    hand_offs: WarmTransfer | None = None
    dispatch: Dispatch = field(default_factory=OwnCalendar)

    @property
    def caller_phone(self) -> str | None:
        """The number the call comes from (E.164), ``None`` when it is withheld."""
        return caller_id(self.call.from_number, self.business.country)
