"""The nouns of the business, as frozen records.

Money is integer cents, times are aware, phones are E.164 (``+15551230000``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from voiceagent.domain.locales import Locale

Cents = NewType("Cents", int)
"""US cents or the business's currency's hundredth. Rounding rule: halves round up."""

CallId = NewType("CallId", str)
"""Our own id of a conversation (UUID text); a carrier's CallSid is an attribute of the call."""

JobId = NewType("JobId", str)
"""Id of a job (UUID text)."""


class Outcome(StrEnum):
    """How a call ended. Every call has exactly one."""

    BOOKED = "booked"
    QUOTED = "quoted"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    EMERGENCY = "emergency"
    VOICEMAIL = "voicemail"
    ABANDONED = "abandoned"
    REFUSED = "refused"
    FAILED = "failed"


class Priority(StrEnum):
    """How soon a job must be seen."""

    STANDARD = "standard"
    EMERGENCY = "emergency"


class JobStatus(StrEnum):
    """Life of a job: held by a deposit, confirmed by its payment, or cancelled."""

    BOOKED = "booked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class IdentityLevel(IntEnum):
    """How sure we are who is speaking, as it concerns one telephone number (docs/identity.md).

    Each level is worth all below it. The first three are what a line tells, the last two what a
    caller has shown; a line is easily forged, so no booking is told or changed below CODE.
    """

    ANONYMOUS = 0
    """No number, or another one than that in question."""

    CALLER_ID = 1
    """The line shows the number, which anybody can have it show."""

    ATTESTED = 2
    """The carrier signed that the caller may use the number (STIR/SHAKEN, full attestation)."""

    CODE = 3
    """They know the code of a booking that was made with the number."""

    VERIFIED = 4
    """They read out a one-time code that was texted to the number."""


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time [start, end), both aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """An appointment that was offered: one technician, one window.

    `slot_id` is opaque and unguessable; only an offered slot can be booked.
    """

    slot_id: str
    service_type: str
    technician_id: str
    window: Window


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who has called, written or been booked."""

    customer_id: str
    name: str
    phone: str
    email: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A price that was computed and stored; booking refers to it, never to spoken figures.

    All amounts in cents. `range_low`..`range_high` is the typical repair before multipliers.
    `offer` is the code of the offer that is in it, which one booking may use. It holds until
    `expires_at` (``None``: no end was set); `digest` is over all of it (`pricing.digest_of`).
    """

    quote_id: str
    call_id: CallId
    price_version: str
    service_type: str
    after_hours: bool
    service_call: Cents
    range_low: Cents
    range_high: Cents
    estimate: Cents
    emergency_fee: Cents
    deposit: Cents
    offer: str = ""
    expires_at: datetime | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class JobDraft:
    """All that is needed to create a job.

    `proven` are the ids of those on record whom the caller has proven to be, or to speak for; the
    booking is of one of them if it bears their name. Everybody else is somebody new. `locale` is
    the language in which it is made.
    """

    call_id: CallId
    customer_name: str
    phone: str
    email: str | None
    address: str
    service_type: str
    description: str
    slot: Slot
    quote: Quote
    priority: Priority
    notes: str = ""
    proven: frozenset[str] = frozenset()
    locale: Locale = Locale.EN_US


@dataclass(frozen=True, slots=True)
class Job:
    """A job as stored. `code` is the booking's own code, told to the customer only.

    `locale`: the language in which it was made, and in which the customer is written to about it.
    """

    job_id: JobId
    code: str
    customer: Customer
    service_type: str
    description: str
    address: str
    window: Window
    technician_id: str
    priority: Priority
    status: JobStatus
    notes: str
    estimated_cost: Cents
    deposit_amount: Cents
    deposit_paid: bool
    checkout_url: str | None
    call_id: CallId | None
    locale: Locale = Locale.EN_US


@dataclass(frozen=True, slots=True)
class CheckoutLink:
    """Where the customer pays the deposit."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """Where the time of one reply went, milliseconds; the stages sum to `v2v_ms`.

    endpoint: last caller sample arriving -> end of turn decided · stt: -> final transcript ·
    think: -> first words of the reply (model or policy, without tools) · tools: time inside tools
    before those words · tts: -> first audio · send: -> first frame on the wire.
    """

    endpoint_ms: float
    stt_ms: float
    think_ms: float
    tools_ms: float
    tts_ms: float
    send_ms: float

    @property
    def v2v_ms(self) -> float:
        """Voice-to-voice latency."""
        return (
            self.endpoint_ms
            + self.stt_ms
            + self.think_ms
            + self.tools_ms
            + self.tts_ms
            + self.send_ms
        )


class Speaker(StrEnum):
    """Whose turn it was."""

    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Turn:
    """One party's uninterrupted speech.

    `text` is what was meant (agent: sent to speech; caller: recognised), `heard` what reached the
    other side's ear: for the agent only the words that were played, for the caller the same text.

    `budget_acts` are the rungs of the latency ladder that this reply took (`core.budget.ladder`),
    in order. `latency` ends with the first sound of ours; when that was a filler or an apology,
    `answer_ms` is how long the caller waited for the answer itself, else it is ``None``.
    """

    call_id: CallId
    index: int
    speaker: Speaker
    text: str
    heard: str
    at: datetime
    latency: TurnLatency | None = None
    decided_by: str = ""
    budget_acts: tuple[str, ...] = ()
    answer_ms: float | None = None


@dataclass(frozen=True, slots=True)
class CallStart:
    """What we know of a call when it reaches us."""

    call_id: CallId
    call_sid: str
    channel: str
    from_number: str
    to_number: str
    direction: str = "inbound"


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A text that leaves through the outbox. `key` makes it once-only."""

    key: str
    channel: str
    to: str
    body: str
    call_id: CallId | None = None
    job_id: JobId | None = None


@dataclass(frozen=True, slots=True)
class ToolAudit:
    """One tool call as it is kept for audit and replay.

    `proposed` are the outcomes that the call may be remembered for by then and that no earlier
    entry of this process names (`domain.outcomes`; a process that resumes a call may name them
    again); changes of jobs are on record by themselves. `asked_by` is who asked for it ("house",
    "model", "program"), `heard` the words of the caller before it.
    """

    call_id: CallId
    index: int
    name: str
    arguments_json: str
    result_json: str
    error_code: str = ""
    elapsed_ms: float = 0.0
    keys: tuple[str, ...] = field(default=())
    proposed: tuple[Outcome, ...] = ()
    asked_by: str = ""
    heard: str = ""
