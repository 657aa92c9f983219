"""The time limits of a call, as a table: what may take how long, and what happens then.

`LIMITS` is where these numbers stand. Each stage performs its own limit, because only it can: the
table names it (`owner`), the stage reads its number from here, and a test sees that it does. What a
language model and hosted speech may take is not here; whoever brings them brings their limits.

`Supervisor` keeps the timers that one line runs. It starts, extends and compares; it performs
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Timer(StrEnum):
    """What is being waited for.

    HANDSHAKE: a new socket's `start` · MEDIA_GAP: the caller's next packet · TOOL: a tool's result,
    where the tool does not say less · CALL: the end of the call · GOODBYE: our last words, beyond
    the length of their sound · TEARDOWN: whatever still runs when the line is closed.
    """

    HANDSHAKE = "handshake"
    MEDIA_GAP = "media_gap"
    TOOL = "tool"
    CALL = "call"
    GOODBYE = "goodbye"
    TEARDOWN = "teardown"


class TimerRemedy(StrEnum):
    """What happens when the time is up.

    REFUSE: the socket is closed before anything was spent · FAIL: the line closes, and the call has
    failed unless the carrier brings it back · ANSWER_WITHOUT: the dialogue goes on without the
    result, and says so · SAY_GOODBYE: the caller is told, then the line closes · CLOSE: the line
    closes, whatever is being said · CANCEL: it is cancelled, and nobody waits for it.
    """

    REFUSE = "refuse"
    FAIL = "fail"
    ANSWER_WITHOUT = "answer_without"
    SAY_GOODBYE = "say_goodbye"
    CLOSE = "close"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long, seconds; what then; and the module that sees to it."""

    after_s: float
    remedy: TimerRemedy
    owner: str


LIMITS: Final[Mapping[Timer, Limit]] = MappingProxyType(
    {
        Timer.HANDSHAKE: Limit(5.0, TimerRemedy.REFUSE, "telephony.twilio.socket"),
        Timer.MEDIA_GAP: Limit(3.0, TimerRemedy.FAIL, "voiceagent.media.line"),
        Timer.TOOL: Limit(2.5, TimerRemedy.ANSWER_WITHOUT, "voiceagent.toolkit.spec"),
        Timer.CALL: Limit(1800.0, TimerRemedy.SAY_GOODBYE, "voiceagent.media.line"),
        Timer.GOODBYE: Limit(5.0, TimerRemedy.CLOSE, "voiceagent.media.line"),
        Timer.TEARDOWN: Limit(3.0, TimerRemedy.CANCEL, "pipelines.session.tasks"),
    }
)


def describe() -> str:
    """The table as text (docs/latency-budget.md shows it)."""
    lines = [f"{'timer':<10} {'after':>6}  {'what then':<15} seen to by"]
    lines += [
        f"{timer:<10} {limit.after_s:>4g} s  {limit.remedy:<15} {limit.owner}"
        for timer, limit in LIMITS.items()
    ]
    return "\n".join(lines)


class Supervisor:
    """The running timers of one line. Sans-I/O: times are readings of the monotonic clock.

    Args:
        after_s: limits that differ from `LIMITS`, e.g. a shorter call.
    """

    def __init__(self, after_s: Mapping[Timer, float]) -> None:
        self._after_s = {timer: limit.after_s for timer, limit in LIMITS.items()} | dict(after_s)
        self._due: dict[Timer, float] = {}

    def start(self, timer: Timer, now_s: float) -> None:
        """Start a timer, or start it over, from a moment."""
        self._due[timer] = now_s + self._after_s[timer]

    def extend(self, timer: Timer, by_s: float) -> None:
        """Allow a timer that runs so much more; one that does not run is left alone."""
        if timer in self._due:
            self._due[timer] += by_s

    def running(self, timer: Timer) -> bool:
        """Whether a timer runs."""
        return timer in self._due

    def expired(self, now_s: float) -> tuple[Timer, ...]:
        """Timers that have run out by `now_s`, earliest first; each is told once and then gone."""
        out = sorted((due, timer) for timer, due in self._due.items() if due <= now_s)
        for _, timer in out:
            del self._due[timer]
        return tuple(timer for _, timer in out)
