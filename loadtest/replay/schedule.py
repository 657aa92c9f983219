"""When calls begin: so many lines, one after the other, until count or time is used up.

Sans-I/O: whoever runs it says what time it is. A line calls again as soon as its call has ended.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How much, and for how long.

    Attributes:
        lines: calls at one time.
        ramp_s: the lines begin one after the other over so long.
        seconds: after so long nobody calls any more; None: not bounded by time.
        total: calls in all; None: not bounded by count. One of both is given.

    Raises:
        ValueError: no lines, a negative time, or no bound at all.
    """

    lines: int
    ramp_s: float = 0.0
    seconds: float | None = None
    total: int | None = None

    def __post_init__(self) -> None:
        if self.lines < 1 or self.ramp_s < 0:
            raise ValueError("a load has one line or more, and begins over 0 seconds or more")
        if self.seconds is None and self.total is None:
            raise ValueError("a load is bounded by seconds, by a number of calls, or by both")
        if (self.seconds is not None and self.seconds <= 0) or (
            self.total is not None and self.total < 1
        ):
            raise ValueError("a load lasts some seconds, and has at least one call")


@dataclass(frozen=True, slots=True)
class NextCall:
    """A call that is to be placed.

    Attributes:
        number: from 0, in the order in which they begin.
        line: on which line.
    """

    number: int
    line: int


class CallSchedule:
    """Hands out calls.

    Args:
        plan: see there.
    """

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._begun = 0

    def begins_s(self, line: int) -> float:
        """When a line begins, seconds after the start of the run."""
        return line * self._plan.ramp_s / self._plan.lines

    def next_call(self, line: int, now_s: float) -> NextCall | None:
        """The next call of a line that is free; None when there are no more.

        Args:
            line: from 0.
            now_s: since the start of the run; at least `begins_s` of that line.
        """
        plan = self._plan
        if plan.total is not None and self._begun >= plan.total:
            return None
        if plan.seconds is not None and now_s >= plan.seconds:
            return None
        self._begun += 1
        return NextCall(self._begun - 1, line)
