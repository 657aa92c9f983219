"""The line's callbacks as a queue of events.

The media plane must never wait, and the control plane must handle events one by one. Between them
stands this bounded queue. Sound is the only thing that may be dropped when the control plane
stalls (oldest first, counted); what happened to the call never is.

An event may wait here while the next reply begins. So what can cut the agent off says which reply
was the newest when it *happened* (`through`): those begun since are none of its business.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from pipelines.replies import NewestReply
from voiceagent.core.wire import LineEnd, Played, TurnEnd
from voiceagent.ports.live import CallTeller, Untold


@dataclass(frozen=True, slots=True)
class Started:
    """The caller's turn began."""

    at_s: float
    through: int = 0


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of the caller's turn."""

    pcm_8k: bytes


@dataclass(frozen=True, slots=True)
class Paused:
    """The caller fell silent within the turn."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The caller went on within the turn."""


@dataclass(frozen=True, slots=True)
class NearlyFinished:
    """The turn is probably over."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The caller's turn is over."""

    end: TurnEnd


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The agent was cut off."""

    heard: Played | None
    through: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """An utterance is being heard, or was heard to its end."""

    played: Played


@dataclass(frozen=True, slots=True)
class Position:
    """An utterance has come further; told only while somebody watches the call."""

    played: Played


@dataclass(frozen=True, slots=True)
class Key:
    """A key was pressed."""

    digit: str
    through: int = 0


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """The call has lasted as long as a call may."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The line is gone; how far the caller had heard us."""

    reason: LineEnd
    heard: Played | None


CallerEvent = Started | Paused | Resumed | NearlyFinished | Finished | BargeIn
LineEvent = CallerEvent | Sound | Progress | Position | Key | TimeIsUp | Closed


class LineEvents:
    """A `LineListener` that queues; one reader takes events with `get`.

    Args:
        live: knows whether somebody watches the call.
        sound_limit: pieces of sound that may wait (10 s at 60 ms a piece by default).
    """

    def __init__(self, live: CallTeller | None = None, *, sound_limit: int = 170) -> None:
        self.newest = NewestReply()
        """The newest reply begun; whoever begins one counts it here."""
        self._live = live or Untold()
        self._events: deque[LineEvent] = deque()
        self._ready = asyncio.Event()
        self._sounds = 0
        self._progressing = -1
        self._limit = sound_limit
        self.dropped_sounds = 0

    async def get(self) -> LineEvent:
        """The next event; waits for one."""
        while not self._events:
            self._ready.clear()
            await self._ready.wait()
        event = self._events.popleft()
        if isinstance(event, Sound):
            self._sounds -= 1
        return event

    def _put(self, event: LineEvent) -> None:
        self._events.append(event)
        self._ready.set()

    def caller_started(self, at_s: float) -> None:
        """See `LineListener`."""
        self._put(Started(at_s, self.newest.number))

    def caller_audio(self, pcm_8k: bytes) -> None:
        """See `LineListener`."""
        if self._sounds >= self._limit:
            oldest = next(e for e in self._events if isinstance(e, Sound))
            self._events.remove(oldest)
            self._sounds -= 1
            self.dropped_sounds += 1
        self._sounds += 1
        self._put(Sound(pcm_8k))

    def caller_paused(self) -> None:
        """See `LineListener`."""
        self._put(Paused())

    def caller_resumed(self) -> None:
        """See `LineListener`."""
        self._put(Resumed())

    def caller_nearly_finished(self) -> None:
        """See `LineListener`."""
        self._put(NearlyFinished())

    def caller_finished(self, end: TurnEnd) -> None:
        """See `LineListener`."""
        self._put(Finished(end))

    def barge_in(self, heard: Played | None) -> None:
        """See `LineListener`."""
        self._put(BargeIn(heard, self.newest.number))

    def played(self, progress: Played) -> None:
        """See `LineListener`. Only an utterance's beginning and end are news to the session."""
        if progress.done or progress.utterance != self._progressing:
            self._progressing = progress.utterance
            self._put(Progress(progress))
        elif self._live.followed:
            self._put(Position(progress))

    def key(self, digit: str) -> None:
        """See `LineListener`."""
        self._put(Key(digit, self.newest.number))

    def time_is_up(self) -> None:
        """See `LineListener`."""
        self._put(TimeIsUp())

    def closed(self, reason: LineEnd, heard: Played | None) -> None:
        """See `LineListener`."""
        self._put(Closed(reason, heard))
