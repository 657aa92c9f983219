"""What a caller does with a frame: begins and ends to speak, presses keys, hangs up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A recording begins with this frame."""

    turn: int
    name: str


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """This frame holds the first sample of speech of a turn."""

    turn: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """This frame holds the last sample of speech of a turn."""

    turn: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """This frame is the recording's last."""

    turn: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key is pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Something no carrier sends is to be sent."""

    message: str | bytes


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller hangs up as the script says."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The caller hangs up because the agent did not, after the last step."""


@dataclass(frozen=True, slots=True)
class StepTimedOut:
    """A step's moment did not come; the caller hangs up."""

    why: str


CallerAct = (
    TurnStarted
    | SpeechStarted
    | SpeechEnded
    | TurnEnded
    | KeyPressed
    | RawMessage
    | HungUp
    | GaveUp
    | StepTimedOut
)


@dataclass(frozen=True, slots=True)
class Frame:
    """160 μ-law samples, and what the caller does while they are spoken."""

    audio: bytes
    acts: tuple[CallerAct, ...] = ()
