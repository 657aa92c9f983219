"""Every live call of a worker at a glance: what happens in it now. No network.

It is made of what a call tells of itself anyway, so that nothing is found out for it: a turn, not a
word, is what moves it. Each change has a number of the worker's, and a reader who says the last one
that they saw is given the calls that have changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from voiceagent.domain.records import Speaker
from voiceagent.ports.live import (
    Activity,
    BargedIn,
    CallerFinished,
    CallerStarted,
    CallOver,
    Glance,
    LineClosed,
    LineOpened,
    LiveEvent,
    NothingSaid,
    ReplySounds,
    ToolRan,
    TurnSaid,
    TurnWritten,
)

ACTIVITIES: Final[dict[type[LiveEvent], Activity]] = {
    LineOpened: Activity.CONNECTED,
    CallerStarted: Activity.CALLER,
    NothingSaid: Activity.CONNECTED,
    CallerFinished: Activity.THINKING,
    ReplySounds: Activity.AGENT,
    BargedIn: Activity.CALLER,
    LineClosed: Activity.AWAY,
    CallOver: Activity.OVER,
}
"""What a call does once that has happened; nothing else changes it, but the end of a reply."""

OVER_S: Final = 30.0
"""How long a call that is over stays on the wall."""

WORDS: Final = 300
"""Characters of a turn on the wall."""


class Wall:
    """The calls, the one that came first first.

    Args:
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._glances: dict[str, Glance] = {}
        self._over_s: dict[str, float] = {}
        self._newest = 0

    def take(self, call_sid: str, event: LiveEvent) -> None:
        """Something has happened in a call."""
        known = self._glances.get(call_sid)
        if isinstance(event, LineOpened):
            self._over_s.pop(call_sid, None)
            before = known or Glance(call_sid, event.from_number, self._monotonic())
        elif known is None or known.activity is Activity.OVER:
            return
        else:
            before = known
        after = _changed(before, event)
        if after is known:
            return
        self._newest += 1
        self._glances[call_sid] = replace(after, number=self._newest)
        if isinstance(event, CallOver):
            self._over_s[call_sid] = self._monotonic()
            self._forget()

    def changed(self, after: int) -> Sequence[Glance]:
        """See `LiveGlances.changed`."""
        self._forget()
        return [one for one in self._glances.values() if one.number > after]

    @property
    def now_s(self) -> float:
        """See `LiveGlances.now_s`."""
        return self._monotonic()

    def _forget(self) -> None:
        """Take down what is over; the one that was over first is the first."""
        long_ago_s = self._monotonic() - OVER_S
        while self._over_s:
            first = next(iter(self._over_s))
            if self._over_s[first] > long_ago_s:
                return
            del self._over_s[first]
            del self._glances[first]


def _changed(before: Glance, event: LiveEvent) -> Glance:
    """A call after an event; the same one when it is none of the wall's business."""
    activity, after = ACTIVITIES.get(type(event), before.activity), before
    match event:
        case TurnSaid():
            after = replace(before, speaker=Speaker.CALLER, words=event.text[:WORDS])
        case TurnWritten(turn=turn):
            if turn.speaker is Speaker.AGENT and activity is Activity.AGENT:
                activity = Activity.CONNECTED
            after = replace(
                before,
                turns=max(before.turns, turn.index + 1),
                speaker=turn.speaker,
                words=turn.heard[:WORDS],
            )
        case ReplySounds(latency=latency) if latency is not None:
            after = replace(before, answer_ms=latency.v2v_ms)
        case ToolRan():
            after = replace(before, tool=event.name, failed=event.error != "")
        case BargedIn():
            after = replace(before, interruptions=before.interruptions + 1)
        case CallOver():
            after = replace(before, outcome=event.outcome)
    return after if activity is after.activity else replace(after, activity=activity)
