"""What the carrier tells us about a call, and what we answer: records, no vendor.

The webhooks turn forms into the first group; whoever runs the calls answers with the second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from voiceagent.domain.records import IdentityLevel
from voiceagent.errors import OwnerFixable

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def is_e164(number: str) -> bool:
    """Whether `number` is written like ``+15551230000`` (ITU-T E.164)."""
    return _E164.fullmatch(number) is not None


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call that rings.

    Numbers are E.164, ``""`` when withheld or not a number. `identity` is `ATTESTED` when the
    caller's network vouches for the number (SHAKEN/STIR, attestation A).
    """

    call_sid: str
    from_number: str
    to_number: str
    identity: IdentityLevel = IdentityLevel.CALLER_ID


class CarrierStatus(StrEnum):
    """Where a call stands, in Twilio's words."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        """Whether the call is over."""
        return self in _FINAL


_FINAL = frozenset(
    {
        CarrierStatus.COMPLETED,
        CarrierStatus.BUSY,
        CarrierStatus.FAILED,
        CarrierStatus.NO_ANSWER,
        CarrierStatus.CANCELED,
    }
)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A call changed its status. Reports may come in any order; `sequence` starts at 0."""

    call_sid: str
    status: CarrierStatus
    sequence: int
    duration_s: int | None = None


class StreamEvent(StrEnum):
    """What happened to a media stream."""

    STARTED = "stream-started"
    STOPPED = "stream-stopped"
    ERROR = "stream-error"


@dataclass(frozen=True, slots=True)
class StreamReport:
    """The carrier's view of a media stream; the only place where a failed connection shows."""

    call_sid: str
    stream_sid: str
    event: StreamEvent
    error: str = ""


@dataclass(frozen=True, slots=True)
class DialEnded:
    """A call that was passed to a person has come back: `status` of the person's leg."""

    call_sid: str
    status: CarrierStatus


@dataclass(frozen=True, slots=True)
class Voicemail:
    """The caller left a message. `recording_url` needs the account's credentials to be read."""

    call_sid: str
    recording_url: str
    duration_s: int | None


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text message reached us by ``sms``, ``whatsapp`` or ``rcs``; `body` is unfiltered.

    On WhatsApp and RCS: `button` is what stood on the one that was pressed; `located` says that a
    place was sent, and `place` is its address or name, as far as the sender's telephone knew it.
    """

    message_sid: str
    channel: str
    from_number: str
    to_number: str
    body: str
    media_count: int = 0
    button: str = ""
    place: str = ""
    located: bool = False


@dataclass(frozen=True, slots=True)
class ConnectAgent:
    """Connect the call to the agent; `stream_url` names a worker, empty means the usual one."""

    stream_url: str = ""


@dataclass(frozen=True, slots=True)
class DialPerson:
    """Say something, then ring a person. Raises `OwnerFixable` unless `number` is E.164."""

    say: str
    number: str

    def __post_init__(self) -> None:
        if not is_e164(self.number):
            raise OwnerFixable("dial.bad_number", "A number to dial must look like +15551230000.")


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Say something, then record a message."""

    say: str


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Say something, or nothing, and hang up."""

    say: str = ""


Fallback = DialPerson | TakeMessage | Goodbye
"""What can happen to a call without us: it needs neither a worker nor a database."""

Answer = ConnectAgent | Fallback
"""What happens next to a call."""


class LegEvent(StrEnum):
    """What a lead's leg of a warm transfer tells by itself.

    MACHINE: a machine picked up · OVER: the leg is over, however · IN_ROOM: it is in the conference
    with the caller.
    """

    MACHINE = "machine"
    OVER = "over"
    IN_ROOM = "in_room"


@dataclass(frozen=True, slots=True)
class LegReport:
    """`key` names the leg (or, IN_ROOM, its conference); `leg_sid` is the carrier's name for it."""

    key: str
    leg_sid: str
    event: LegEvent
