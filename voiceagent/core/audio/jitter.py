"""From carrier packets to one unbroken stream of samples.

Packets may come late, twice, out of order, with holes between them and with any payload length
(RFC 3550 calls the job a playout buffer; a carrier's TCP stream needs only a small one). `chunk`
gives the order when there is one, `timestamp_ms` the length of a hole. In order means no delay at
all; only a hole in the chunk numbers makes us wait, and not longer than `HOLD_S`.

A hole is filled so that the stream keeps its time: the last sound faded out, then silence, at most
`CONCEAL_MS` of it. Beyond that the time is given up and the stream goes on.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from voiceagent.core.audio.g711 import mulaw_decode
from voiceagent.core.audio.samples import FRAME_MS, FRAME_SAMPLES, RATE_8K, SAMPLES_PER_MS, Pcm

HOLD_S: Final = 0.06
"""How long a packet waits for the ones before it."""

HELD_MOST: Final = 16
"""Packets that wait at most; more of them end the waiting."""

CONCEAL_MS: Final = 200
"""Longest hole that is filled."""

RING_S: Final = 10.0
"""Sound kept for a reader that does not come; then the oldest is dropped."""

TOLERANCE_MS: Final = 15.0
"""A timestamp this far off its place is still in its place: carriers round."""

RESYNC_AFTER: Final = 25
"""So many late packets in a row are not late: the sender's counter was restarted."""


@dataclass(slots=True)
class JitterCounts:
    """What went wrong so far; samples unless named otherwise."""

    concealed: int = 0
    late_packets: int = 0
    late: int = 0
    """In packets that came too late, twice, or before the sender's counter was restarted."""
    dropped: int = 0
    """Pushed out by newer sound before a reader came."""
    reordered_packets: int = 0
    resyncs: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of samples in order, and when the packet that completed it came in."""

    samples: Pcm
    arrived_s: float


@dataclass(frozen=True, slots=True, order=True)
class _Held:
    """A packet that waits for its predecessors, ordered by its place in the stream."""

    place: float
    serial: int
    chunk: int | None
    timestamp_ms: int | None
    samples: Pcm
    arrived_s: float


class Jitter:
    """Puts packets in order. Sans-I/O: time comes in as an argument."""

    def __init__(self) -> None:
        self.counts = JitterCounts()
        self._ready: deque[Piece] = deque()
        self._ready_samples = 0
        self._held: list[_Held] = []
        self._serial = 0
        self._next_chunk: int | None = None
        self._next_ms: float | None = None
        self._late_run = 0
        self._last: Pcm | bytes = b""

    def push(
        self, samples: Pcm, *, timestamp_ms: int | None, chunk: int | None, now_s: float
    ) -> None:
        """Take a packet in, wherever it belongs. An empty one changes nothing but the order."""
        self._serial += 1
        place = float(chunk if chunk is not None else timestamp_ms or 0)
        packet = _Held(place, self._serial, chunk, timestamp_ms, samples, now_s)
        ahead = self._ahead(packet)
        if ahead < 0:
            self.counts.late_packets += 1
            self._late_run += 1
            if self._late_run < RESYNC_AFTER:
                self.counts.late += samples.size
                return
            self.counts.resyncs += 1
            self._next_chunk = self._next_ms = None
            self.counts.late += sum(held.samples.size for held in self._held)
            self._held.clear()
        self._late_run = 0
        if ahead > 0:
            if any(held.place == place for held in self._held):
                self.counts.late_packets += 1
                self.counts.late += samples.size
            else:
                heapq.heappush(self._held, packet)
        else:
            if self._held:
                self.counts.reordered_packets += 1
            self._deliver(packet)
        self._release(now_s)

    def accept_in_order(self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None) -> bool:
        """Whether a packet is the next one and nothing waits: then it need not come in here.

        The short cut for nearly every packet of a good line. When it says yes the packet has been
        counted, exactly as `push` and `take` would have done, and its sound is the caller's to use
        at once; when it says no, nothing has happened.
        """
        if self._held or self._ready or not mulaw or self._next_chunk is None:
            return False
        if chunk != self._next_chunk or timestamp_ms is None or self._next_ms is None:
            return False
        if not -TOLERANCE_MS <= timestamp_ms - self._next_ms <= TOLERANCE_MS:
            return False
        self._serial += 1
        self._late_run = 0
        self._next_chunk += 1
        self._next_ms = timestamp_ms + len(mulaw) / SAMPLES_PER_MS
        self._last = mulaw
        return True

    @property
    def waiting(self) -> bool:
        """Whether packets wait for their predecessors, or for `take`."""
        return bool(self._held or self._ready)

    def take(self, now_s: float) -> list[Piece]:
        """Everything that is in order by now, oldest first."""
        self._release(now_s)
        pieces = list(self._ready)
        self._ready.clear()
        self._ready_samples = 0
        return pieces

    def _ahead(self, packet: _Held) -> int:
        """-1 when its place has passed, 0 when it is the next one, 1 when something is missing."""
        if packet.chunk is not None:
            if self._next_chunk is None:
                return 0
            return (packet.chunk > self._next_chunk) - (packet.chunk < self._next_chunk)
        if packet.timestamp_ms is None or self._next_ms is None:
            return 0
        off_ms = packet.timestamp_ms - self._next_ms
        return (off_ms > TOLERANCE_MS) - (off_ms < -TOLERANCE_MS)

    def _release(self, now_s: float) -> None:
        """Deliver held packets whose turn has come or who have waited long enough."""
        while self._held:
            first = self._held[0]
            ahead = self._ahead(first)
            oldest_s = min(held.arrived_s for held in self._held)
            patient = now_s - oldest_s < HOLD_S and len(self._held) <= HELD_MOST
            if ahead > 0 and patient:
                return
            heapq.heappop(self._held)
            if ahead < 0:
                self.counts.late_packets += 1
                self.counts.late += first.samples.size
            else:
                self._deliver(first)

    def _deliver(self, packet: _Held) -> None:
        """Append a packet to the stream, filling the hole before it."""
        self._conceal(self._hole_ms(packet), packet.arrived_s)
        length_ms = packet.samples.size / SAMPLES_PER_MS
        if packet.chunk is not None:
            self._next_chunk = packet.chunk + 1
        if packet.timestamp_ms is not None:
            self._next_ms = packet.timestamp_ms + length_ms
        elif self._next_ms is not None:
            self._next_ms += length_ms
        if packet.samples.size:
            self._last = packet.samples
            self._append(Piece(packet.samples, packet.arrived_s))

    def _hole_ms(self, packet: _Held) -> float:
        """How much sound is missing before a packet that is about to be delivered."""
        if packet.timestamp_ms is not None and self._next_ms is not None:
            hole_ms = packet.timestamp_ms - self._next_ms
            return hole_ms if hole_ms > TOLERANCE_MS else 0.0
        if packet.chunk is not None and self._next_chunk is not None:
            return float((packet.chunk - self._next_chunk) * FRAME_MS)
        return 0.0

    def _conceal(self, hole_ms: float, arrived_s: float) -> None:
        """Fill a hole: the last sound once more, faded out, then silence."""
        size = int(min(hole_ms, CONCEAL_MS) * SAMPLES_PER_MS)
        if size <= 0:
            return
        filler = np.zeros(size, dtype=np.int16)
        last = mulaw_decode(self._last) if isinstance(self._last, bytes) else self._last
        last = last[-FRAME_SAMPLES:]
        faded = min(size, last.size)
        if faded:
            ramp = np.linspace(1.0, 0.0, faded, dtype=np.float32)
            filler[:faded] = (last[:faded] * ramp).astype(np.int16)
        self.counts.concealed += size
        self._append(Piece(filler, arrived_s))

    def _append(self, piece: Piece) -> None:
        """Add to the ready ring; the oldest piece goes when it is full."""
        self._ready.append(piece)
        self._ready_samples += piece.samples.size
        while self._ready_samples > RING_S * RATE_8K and len(self._ready) > 1:
            gone = self._ready.popleft().samples.size
            self._ready_samples -= gone
            self.counts.dropped += gone
