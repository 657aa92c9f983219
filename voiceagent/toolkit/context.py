"""All a tool may know and use, and what it has to tell."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.identity import IdentityProof
from voiceagent.domain.outbound import OutboundRule
from voiceagent.domain.outcomes import Evidence, strongest
from voiceagent.domain.phones import caller_id
from voiceagent.domain.records import CallStart, IdentityLevel, JobId, Outcome
from voiceagent.domain.redact import Withhold
from voiceagent.domain.request_basis import BY_PROGRAM, RequestBasis
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.dispatch import Dispatch, OwnCalendar
from voiceagent.ports.hand_off import WarmTransfer
from voiceagent.ports.outbound import OutboundGate
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.store import Store
from voiceagent.toolkit.answers import ToolOutcome


@dataclass(slots=True)
class Signals:
    """What tools learn about a call and its session reads.

    Attributes:
        phone: the E.164 number the caller gave, which need not be the one they call from.
        proofs: by number (E.164), what the caller has shown of who they are.
        others_jobs: bookings at the caller's number that are another person's, or another visit.
        zip_code: five digits of the address they gave.
        evidence: what tools did that bears on the call's outcome.
        audited: how much of `evidence.noted` the store has, with the audits of tools.
        escalated: a person has been called for; once per conversation.
        wrong_codes: booking codes and one-time codes that did not fit.
        asked_for: how often each tool was granted.
        tool_calls: audit rows written; a successor that resumes a call starts where it ended.
        audits_lost: audit rows the store could not take.
    """

    phone: str | None = None
    proofs: dict[str, IdentityProof] = field(default_factory=dict)
    others_jobs: set[JobId] = field(default_factory=set)
    zip_code: str | None = None
    evidence: Evidence = field(default_factory=Evidence)
    audited: frozenset[Outcome] = frozenset()
    escalated: bool = False
    wrong_codes: int = 0
    asked_for: Counter[str] = field(default_factory=Counter)
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

    def proves(self, phone: str, proof: IdentityProof) -> None:
        """The caller has shown this of themselves, for a number (E.164), which is theirs now."""
        before = self.proofs.get(phone)
        self.proofs[phone] = proof if before is None else before | proof
        self.phone = phone

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
        identity: what the carrier says of the number the call comes from.
        signals: what tools learn and the session reads.
        runs: side effects under way or done, by request.
        keep: writes the audit row of what was asked for.
        basis: what the request that is judged rests on; each has its own.
        hand_offs: hands callers over with a word beforehand; ``None`` where nobody can.
        agents: the business's outside agents; ``None``: the business file answers for them.
        dispatch: who has the last word on visits.
        gate: judges what is said; ``None``: by the business file alone.
    """

    call: CallStart
    business: Business
    clock: Clock
    store: Store
    call_control: CallControl
    spawn: Spawn
    identity: IdentityLevel = IdentityLevel.CALLER_ID
    signals: Signals = field(default_factory=Signals)
    runs: dict[str, Run] = field(default_factory=dict)
    keep: Keep = at_once
    basis: RequestBasis = BY_PROGRAM
    hand_offs: WarmTransfer | None = None
    agents: OutsideAgents | None = None

    @property
    def outside(self) -> OutsideAgents:
        """Whom a tool asks and tells outside this engine."""
        return self.agents or OutsideAgents.of_file(self.business)

    dispatch: Dispatch = field(default_factory=OwnCalendar)
    gate: OutboundGate | None = None

    @property
    def outbound(self) -> OutboundGate:
        """What judges all that is said in the call."""
        return self.gate or OutboundGate(OutboundRule.of(self.business))

    @property
    def caller_phone(self) -> str | None:
        """The number the call comes from (E.164), ``None`` when it is withheld or the business's.

        A switchboard that has no number of its caller shows the one that was dialled.
        """
        number = caller_id(self.call.from_number, self.business.country)
        return None if number in {self.business.phone, self.call.to_number} else number

    def level_for(self, phone: str) -> IdentityLevel:
        """How sure we are that the caller is who has this number (E.164)."""
        proof = self.signals.proofs.get(phone)
        if proof is not None:
            return proof.level
        return self.identity if phone == self.caller_phone else IdentityLevel.ANONYMOUS
