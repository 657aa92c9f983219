"""Both sides of a call on one time line, as the caller spoke and heard them. Sans-I/O.

The carrier's own count is the clock: a packet lies where its timestamp says, so nothing drifts, a
hole stays as long as it was, and what comes late or out of order comes to its place. Our sound lies
where the carrier played it: it starts when the carrier has nothing else to play, what a `clear`
threw away is taken out again, and the echo of a mark, which the carrier sends between the caller's
packets, proves where on their time line the sound before it ended.

Positions are samples at 8 kHz since the line opened; sound is mu-law. What is kept is what `take`
has not taken yet.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from voiceagent.core.audio.g711 import SILENCE
from voiceagent.core.audio.samples import FRAME_SAMPLES, RATE_8K, SAMPLES_PER_MS

ASTRAY: Final = 3 * RATE_8K
"""A timestamp so far ahead of our clock, or behind the newest sound, is no place of this call's."""

RESYNC_AFTER: Final = 25
"""So many of them in a row: the sender's counter was restarted."""

UNTIMED_GAP: Final = RATE_8K
"""Without timestamps sound is one stream, until it lags so far behind the clock."""

AHEAD_MOST: Final = 10 * RATE_8K
"""Our sound beyond this is not kept before it is played; the line sends much less ahead."""

TOLERANCE: Final = 3 * FRAME_SAMPLES // 2
"""Echoes come between packets of 20 ms: only what is further off is another place."""

EARLY: Final = FRAME_SAMPLES // 2
"""An echo is never early: where it came sooner than reckoned, the sound before it did too."""

DELAY_MOST: Final = RATE_8K // 2
"""Longest way to the carrier and back that is reckoned with before its echoes tell."""

MARKS_MOST: Final = 256
"""Echoes that are waited for; a carrier that sends none makes no more of them wait."""


@dataclass(slots=True)
class _Mark:
    name: str
    position: int


class CallSound:
    """The newest sound of both sides.

    Args:
        now_s: monotonic time; position 0.
    """

    def __init__(self, now_s: float) -> None:
        self._began_s = now_s
        self._caller = bytearray()
        self._agent = bytearray()
        self.start = 0
        """Where what is kept begins."""
        self.newest = 0
        """Where the caller's sound ends."""
        self._newest_s = now_s
        self._origin: int | None = None
        self._stray_run = 0
        self._floor = self._run_start = self._proven = self._agent_end = 0
        self._delay = 0
        self._late: int | None = None
        self._marks: deque[_Mark] = deque(maxlen=MARKS_MOST)

    # The caller.

    def caller(self, mulaw: bytes, timestamp_ms: int | None, now_s: float) -> None:
        """A packet of the caller's came in."""
        place = self._place(len(mulaw), timestamp_ms, now_s)
        if place is None:
            return
        _paint(self._caller, mulaw, place - self.start)
        end = place + len(mulaw)
        if end >= self.newest:
            self.newest, self._newest_s = end, now_s

    def _place(self, size: int, timestamp_ms: int | None, now_s: float) -> int | None:
        by_clock = round((now_s - self._began_s) * RATE_8K) - size
        if timestamp_ms is None:
            lags = by_clock - self.newest > UNTIMED_GAP
            return max(0, by_clock) if lags else self.newest
        stamp = timestamp_ms * SAMPLES_PER_MS
        if self._origin is None:
            self._origin = max(self.newest, by_clock) - stamp
        place = self._origin + stamp
        if self.newest - ASTRAY <= place <= by_clock + ASTRAY:
            self._stray_run = 0
            return place
        self._stray_run += 1
        if self._stray_run < RESYNC_AFTER:
            return None
        self._stray_run = 0
        self._origin = max(min(self.newest, by_clock + ASTRAY), by_clock) - stamp
        return self._origin + stamp

    # Ours.

    def agent(self, mulaw: bytes, mark: str, now_s: float) -> None:
        """Sound of ours was given to the carrier, and an echo of `mark` asked for, if it is one."""
        at = self._arrives(now_s)
        if self._agent_end <= at:  # the carrier has nothing else: playing starts now
            self._floor, self._run_start = self._agent_end, at
            self._proven = self._agent_end = at
            self._late = None
        room = at + AHEAD_MOST - self._agent_end
        _paint(self._agent, mulaw[: max(0, room)], self._agent_end - self.start)
        self._agent_end += len(mulaw)
        if mark:
            self.mark(mark)

    def mark(self, name: str) -> None:
        """An echo was asked for behind all sound so far."""
        self._marks.append(_Mark(name, self._agent_end))

    def echo(self, name: str, now_s: float) -> None:
        """A mark came back. One that is unknown, or was cleared, proves nothing."""
        if all(mark.name != name for mark in self._marks):
            return
        while (mark := self._marks.popleft()).name != name:
            pass
        if mark.position <= self._run_start:
            return
        since = round((now_s - self._newest_s) * RATE_8K)
        off = self.newest + min(max(0, since), FRAME_SAMPLES) - mark.position
        if off > TOLERANCE:
            late, self._late = self._late, off
            if late is None:
                return  # the echo may be late itself; sound that is late is so at the next one too
            off = min(off, late)
        self._late = None
        self._proven = mark.position + (self._move(off) if off > TOLERANCE or off < -EARLY else 0)

    def clear(self, now_s: float) -> None:
        """The carrier is told to throw away what it has not played."""
        self._marks.clear()
        at = self._arrives(now_s)
        if self._agent_end > at:
            del self._agent[max(0, at - self.start) :]
            self._agent_end = at
            self._run_start = min(self._run_start, at)
            self._proven = min(self._proven, at)
            self._floor = min(self._floor, at)

    def _arrives(self, now_s: float) -> int:
        """Where on the caller's time line the carrier gets what is sent now."""
        since = round(max(0.0, now_s - self._newest_s) * RATE_8K)
        return self.newest + since + self._delay

    def _move(self, off: int) -> int:
        """Our sound lies elsewhere; how far it was moved.

        Later: from what is proven on. Earlier: all since the carrier had nothing else to play.
        """
        whole = off < 0 or self._proven == self._run_start
        if not whole:  # it had nothing to play in between
            self._floor = self._run_start = self._proven
        begin = max(self._run_start, self.start)
        to = max(begin + off, self._floor, self.start)
        moved, at = to - begin, begin - self.start
        sound = bytes(self._agent[at : max(at, self._agent_end - self.start)])
        del self._agent[min(at, to - self.start) :]
        _paint(self._agent, sound, to - self.start)
        self._agent_end += moved
        self._run_start += moved
        self._proven = max(self._proven, begin) + moved
        for mark in self._marks:
            mark.position += moved
        if whole:
            self._delay = min(max(0, self._delay + moved), DELAY_MOST)
        return moved

    # What is kept.

    def hush(self, since: int, until: int) -> None:
        """Make silence of what the caller said between two positions, as far as it is kept."""
        begin, end = max(since - self.start, 0), min(until - self.start, len(self._caller))
        if begin < end:
            self._caller[begin:end] = SILENCE * (end - begin)

    def look(self, since: int, until: int) -> bytes:
        """Both sides between two positions, caller first, sample by sample.

        What is not kept is silence.
        """
        return _woven(self._side(self._caller, since, until), self._side(self._agent, since, until))

    def take(self, until: int) -> bytes:
        """As `look`, from where it was taken last; it is not kept any longer."""
        taken = self.look(self.start, until)
        self.forget(until)
        return taken

    def forget(self, until: int) -> None:
        """Keep nothing before a position."""
        gone = until - self.start
        if gone > 0:
            del self._caller[:gone]
            del self._agent[:gone]
            self.start = until

    @property
    def agent_end(self) -> int:
        """Where our sound ends."""
        return self._agent_end

    def _side(self, side: bytearray, since: int, until: int) -> bytes:
        before = SILENCE * min(max(0, self.start - since), max(0, until - since))
        kept = bytes(side[max(0, since - self.start) : max(0, until - self.start)])
        return (before + kept).ljust(max(0, until - since), SILENCE)


def _paint(side: bytearray, sound: bytes, at: int) -> None:
    """Put sound where it belongs; what lies before 0 is gone already."""
    if at < 0:
        sound, at = sound[-at:], 0
    if at > len(side):
        side += SILENCE * (at - len(side))
    side[at : at + len(sound)] = sound


def _woven(caller: bytes, agent: bytes) -> bytes:
    both = bytearray(2 * len(caller))
    both[0::2] = caller
    both[1::2] = agent
    return bytes(both)
