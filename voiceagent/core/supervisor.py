"""The timers of a call, as a table: what may take how long, and what to do when it does.

One supervisor a call owns all of them, so that no stage can wait for ever and nobody else counts
seconds. It starts, stops and compares; it performs nothing (docs/contract.md, timers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Timer(StrEnum):
    """What is being waited for."""

    HANDSHAKE = "handshake"
    MEDIA_GAP = "media_gap"
    FIRST_TOKEN = "first_token"  # noqa: S105 - a model's token, not a secret
    NEXT_TOKEN = "next_token"  # noqa: S105
    FIRST_AUDIO = "first_audio"
    TOOL = "tool"
    TEARDOWN = "teardown"
    CALL = "call"


class TimerRemedy(StrEnum):
    """What to do when the time is up.

    REFUSE: close before anything was spent · CLOSE: end the call as failed · OTHER_MODEL: continue
    with the next model or the house policy · OTHER_VOICE: the next speech service · ANSWER_WITHOUT:
    go on without the tool's result, honestly · KILL: cancel the call's tasks, wait for nobody ·
    GOODBYE: say goodbye and hang up.
    """

    REFUSE = "refuse"
    CLOSE = "close"
    OTHER_MODEL = "other_model"
    OTHER_VOICE = "other_voice"
    ANSWER_WITHOUT = "answer_without"
    KILL = "kill"
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long, and what then."""

    after_s: float
    remedy: TimerRemedy


LIMITS: Final[Mapping[Timer, Limit]] = MappingProxyType(
    {
        Timer.HANDSHAKE: Limit(5.0, TimerRemedy.REFUSE),
        Timer.MEDIA_GAP: Limit(3.0, TimerRemedy.CLOSE),
        Timer.FIRST_TOKEN: Limit(2.0, TimerRemedy.OTHER_MODEL),
        Timer.NEXT_TOKEN: Limit(2.0, TimerRemedy.OTHER_MODEL),
        Timer.FIRST_AUDIO: Limit(2.0, TimerRemedy.OTHER_VOICE),
        Timer.TOOL: Limit(2.5, TimerRemedy.ANSWER_WITHOUT),
        Timer.TEARDOWN: Limit(3.0, TimerRemedy.KILL),
        Timer.CALL: Limit(1800.0, TimerRemedy.GOODBYE),
    }
)


@dataclass(frozen=True, slots=True)
class Expiry:
    """A timer ran out: which, what for (`key`), when it was due, and what to do."""

    timer: Timer
    key: str
    due_s: float
    remedy: TimerRemedy


class Supervisor:
    """The running timers of one call. Sans-I/O: times are readings of the monotonic clock.

    Args:
        limits: limits that differ from `LIMITS`, e.g. a shorter call.
    """

    def __init__(self, limits: Mapping[Timer, Limit] | None = None) -> None:
        self._limits = {**LIMITS, **(limits or {})}
        self._due: dict[tuple[Timer, str], float] = {}

    def start(self, timer: Timer, now_s: float, key: str = "") -> None:
        """Start a timer, or start it over.

        Args:
            timer: which.
            now_s: the time it starts from.
            key: tells timers of one kind apart, e.g. two tools that run at once.
        """
        self._due[timer, key] = now_s + self._limits[timer].after_s

    def stop(self, timer: Timer, key: str = "") -> None:
        """Stop a timer; one that does not run is stopped already."""
        self._due.pop((timer, key), None)

    def running(self, timer: Timer, key: str = "") -> bool:
        """Whether a timer runs."""
        return (timer, key) in self._due

    def expired(self, now_s: float) -> tuple[Expiry, ...]:
        """Timers that have run out by `now_s`, earliest first; each is told once and then gone."""
        out = sorted((due, name) for name, due in self._due.items() if due <= now_s)
        for _, name in out:
            del self._due[name]
        return tuple(
            Expiry(timer, key, due, self._limits[timer].remedy) for due, (timer, key) in out
        )
