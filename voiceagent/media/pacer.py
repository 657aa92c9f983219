"""Our sound towards the carrier: a little ahead, never much, and marked.

The carrier plays what it gets and buffers without bound, so the less we send ahead the less must be
thrown away when the caller cuts in; too little, and a stall of ours is heard as a gap. The pacer
keeps `Tuning.lead_ms` at the carrier, sends what a stall has cost in one go, plants a mark every
`Tuning.mark_ms` and at the end of each utterance, and keeps everything else to itself.

A sound over ours that may be the caller *suspends* it: the carrier's buffer is emptied at once and
what was in it is taken back. Then either it *resumes* from the first unheard sample, with marks
and played position going on where they were, or it is cleared for good.

An utterance may be *withheld*: its sound is taken in and not sent until somebody says so, or it is
dropped unheard. So an answer can be ready before it is known to be wanted.

Utterance numbers rise. A clear makes all numbers seen so far stale: sound that still comes for them
(a speech service that has not heard of the barge-in yet) is dropped here.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.audio.playout import Playout
from voiceagent.core.audio.samples import FRAME_SAMPLES, RATE_8K, SAMPLES_PER_MS, pcm_from_bytes
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.wire import CarrierLink, Played

TICK_S: Final = 0.01
"""How often the scheduler turns. What falls due before its next turn is sent in this one."""

SEND_SAMPLES: Final = 4 * FRAME_SAMPLES
"""Sound leaves in pieces of 80 ms and their multiples, with a quarter as many messages as there are
frames: each is a write for us, and a read for the carrier. It is due when 20 ms are missing, and
leaves up to a tick before; so while the scheduler is punctual there are never less than `lead_s` -
20 ms at the carrier, and never more than + 70 ms. `clear` empties it, however much there is."""

_NOTHING: Final = -1
"""No utterance has this number."""


@dataclass(slots=True)
class _Utterance:
    """Sound of one utterance; what lies before `offset` is at the carrier."""

    number: int
    mulaw: bytearray = field(default_factory=bytearray)
    offset: int = 0
    ended: bool = False

    @property
    def waiting(self) -> int:
        """Samples not sent."""
        return len(self.mulaw) - self.offset

    def take(self, samples: int) -> bytes:
        """The next samples, mu-law."""
        start, self.offset = self.offset, self.offset + samples
        return bytes(self.mulaw[start : self.offset])


class Pacer:
    """The outbound half of a line.

    Args:
        link: where sound, marks and clears go.
        tuning: lead, bound and distance of marks.
    """

    def __init__(self, link: CarrierLink, tuning: Tuning) -> None:
        self._link = link
        self.lead_s = min(tuning.lead_ms, tuning.ahead_ms) / 1000.0
        """Sound kept at the carrier."""
        self._mark_every = tuning.mark_ms * SAMPLES_PER_MS
        self._grace_s = tuning.mark_grace_s
        self.playout = Playout()
        self.underruns = 0
        """Times the carrier's buffer ran dry in the middle of an utterance's sound."""
        self.dropped = 0
        """Stale samples dropped."""
        self._queue: deque[_Utterance] = deque()
        self._flown: deque[_Utterance] = deque()
        """Sent to the end, not proven heard: kept in case it must be sent again."""
        self._suspended = False
        self._newest = -1
        self._stale_through = -1
        self._held = False
        self._withheld = _NOTHING
        self._dry_s = 0.0
        self._unmarked = 0

    def say(self, number: int, pcm_8k: bytes) -> None:
        """Take sound of an utterance in; any length. A new number ends the one before it."""
        samples = pcm_from_bytes(pcm_8k)
        if number <= self._stale_through:
            self.dropped += samples.size
            return
        self._utterance(number).mulaw += mulaw_encode(samples)

    def end(self, number: int) -> None:
        """No more sound will come for this utterance."""
        if number > self._stale_through:
            self._utterance(number).ended = True

    def hold(self) -> None:
        """Send nothing until `release`."""
        self._held = True

    def release(self) -> None:
        """Send again."""
        self._held = False

    def withhold(self, number: int) -> None:
        """Take an utterance's sound in, and send none of it until `grant`. One at a time."""
        self._withheld = number
        self._newest = max(self._newest, number)

    def grant(self, number: int) -> None:
        """Send an utterance that was withheld."""
        if self._withheld == number:
            self._withheld = _NOTHING

    def drop(self, number: int) -> None:
        """Forget a withheld utterance, and whatever sound of it is still to come.

        It must be the newest one, with nothing older under way.
        """
        if self._withheld != number:
            return
        self._withheld = _NOTHING
        self._queue = deque(u for u in self._queue if u.number != number)
        self._stale_through = max(self._stale_through, number)

    def pump(self, now_s: float) -> tuple[Played, ...]:
        """Send what is due; progress of utterances that ended without any sound."""
        silent: list[Played] = []
        while not self._held and not self._suspended and (utterance := self._next) is not None:
            self._send_due(utterance, now_s)
            if utterance.waiting or not utterance.ended:
                break
            self._queue.popleft()
            if utterance.offset:
                self._flown.append(utterance)
                self.playout.end(utterance.number)
                self._mark()
            else:
                silent.append(Played(utterance.number, 0, True, None))
        return tuple(silent)

    def settle(self, now_s: float) -> None:
        """Let go of what was heard; stop waiting for marks that should be back long ago."""
        while self._flown and self._flown[0].number not in self.playout.open:
            self._flown.popleft()
        if self._next is not None or self._suspended or not self.playout.outstanding:
            return
        if self.playout.overdue_s(now_s) > self._grace_s:
            self.playout.give_up(now_s)

    def suspend(self, now_s: float) -> None:
        """Silence at once, forgetting nothing: take back what the carrier has not played."""
        if self._suspended:
            return
        self._suspended = True
        if not self.playout.outstanding:
            return
        unheard = self.playout.rewind(now_s)  # first: marks that the carrier returns are stale
        self._link.send_clear()
        sent = {utterance.number: utterance for utterance in (*self._flown, *self._queue)}
        waiting = {utterance.number for utterance in self._queue}
        for part in reversed(unheard):
            utterance = sent[part.utterance]
            utterance.offset = part.heard
            if part.utterance not in waiting:
                self._flown.remove(utterance)
                self._queue.appendleft(utterance)
        self._unmarked = 0

    def resume(self, now_s: float) -> None:
        """Go on from the first unheard sample."""
        if not self._suspended:
            return
        self._suspended = False
        self._dry_s = now_s
        if not self._queue and self.playout.outstanding:
            self._mark()  # all was heard as far as we know; only the proof was lost

    def beyond(self, number: int) -> bool:
        """Whether sound of a newer utterance than this one has been sent."""
        sent = (*self._flown, *(u for u in self._queue if u.offset))
        return any(u.number > number for u in sent) or max(self.playout.open, default=-1) > number

    def clear(self, now_s: float, *, through: int | None = None) -> Played | None:
        """Throw everything away, here and at the carrier; how far the caller had heard.

        Args:
            now_s: the time.
            through: throw away utterances up to this number only; newer ones stay, and once one of
                them sounds there is nothing at the carrier to be thrown away.
        """
        if through is not None and self.beyond(through):
            self._stale_through = max(self._stale_through, through)
            return None
        cut: Played | None = None
        if self.playout.outstanding:
            cut = self.playout.clear(now_s)  # first: marks that the carrier returns are stale
            if not self._suspended:
                self._link.send_clear()
        self._suspended = False
        stale = self._newest if through is None else through
        self._queue = deque(u for u in self._queue if u.number > stale)
        self._flown.clear()
        self._withheld = self._withheld if self._withheld > stale else _NOTHING
        self._stale_through = max(self._stale_through, stale)
        self._dry_s = now_s
        self._unmarked = 0
        return cut

    @property
    def waiting(self) -> bool:
        """There is sound (or an end) to be sent."""
        return any(
            utterance.waiting or utterance.ended
            for utterance in self._queue
            if utterance.number != self._withheld
        )

    @property
    def idle(self) -> bool:
        """Nothing waits and everything sent was heard."""
        return self._next is None and not self.playout.outstanding

    def over(self, number: int) -> bool:
        """Whether an utterance was begun, ended and heard; sound that is still to come is not."""
        return self.idle and number <= self._newest

    @property
    def due_s(self) -> float:
        """When `pump` and `settle` will have something to do next; infinity: only after a call.

        `pump` does it up to `TICK_S` before.
        """
        if self._suspended:
            return math.inf
        if (first := self._next) is not None:
            can_send = first.ended or first.waiting >= FRAME_SAMPLES
            if not can_send or self._held:
                return math.inf
            return self._dry_s - self.lead_s + FRAME_SAMPLES / RATE_8K
        return self.playout.played_by_s + self._grace_s if self.playout.outstanding else math.inf

    @property
    def remaining_s(self) -> float:
        """How long it takes to play all that waits here."""
        return sum(utterance.waiting for utterance in self._queue) / RATE_8K

    @property
    def _next(self) -> _Utterance | None:
        """The utterance whose sound is sent next; ``None`` when there is none that may be."""
        if not self._queue or self._queue[0].number == self._withheld:
            return None
        return self._queue[0]

    def _utterance(self, number: int) -> _Utterance:
        """The queue's entry for a number; new numbers go to the end."""
        for utterance in self._queue:
            if utterance.number == number:
                return utterance
        if self._queue:
            self._queue[-1].ended = True
        self._newest = max(self._newest, number)
        self._queue.append(_Utterance(number))
        return self._queue[-1]

    def _send_due(self, utterance: _Utterance, now_s: float) -> None:
        """Fill the lead as it will be a tick from now, to the nearest `SEND_SAMPLES`."""
        if self._dry_s < now_s:
            if utterance.offset and utterance.waiting:
                self.underruns += 1
            self._dry_s = now_s
        missing = round((self.lead_s - (self._dry_s - now_s - TICK_S)) * RATE_8K)
        pieces = (missing + SEND_SAMPLES - FRAME_SAMPLES) // SEND_SAMPLES
        due = max(0, pieces * SEND_SAMPLES)
        if not utterance.ended:
            due = min(due, utterance.waiting // FRAME_SAMPLES * FRAME_SAMPLES)
        due = min(due, utterance.waiting)
        while due > 0:
            part = min(due, self._mark_every - self._unmarked)
            self.playout.send(utterance.number, part, now_s)
            self._dry_s += part / RATE_8K
            self._unmarked += part
            due -= part
            mark = self._next_mark() if self._unmarked >= self._mark_every else ""
            self._link.send_audio(utterance.take(part), mark)

    def _mark(self) -> None:
        self._link.send_mark(self._next_mark())

    def _next_mark(self) -> str:
        """The name of a mark that is sent now."""
        self._unmarked = 0
        return self.playout.mark()
