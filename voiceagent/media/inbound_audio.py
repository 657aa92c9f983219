"""The inbound half of a line: packets in, windows and sound for recognition out.

Sound goes through the jitter buffer into a ring of ten seconds. Windows are taken from it for the
batched voice model; the caller's turn is read from it for recognition, from a little before the
voice began; the turn model reads its last eight seconds. Positions are samples since the stream
began, and every position knows when its packet arrived.

Nothing that a carrier sends makes more than that wait. When sound comes faster than it is judged,
after a pause of the machine or from a peer that sends a minute at once, the oldest is dropped and
the next window is the oldest that is left; what comes much faster than real time for good is not
taken at all. Every sample is accounted for (`InboundCounts`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voiceagent.core.audio.allowance import Allowance, Rate
from voiceagent.core.audio.g711 import mulaw_decode, mulaw_encode, mulaw_level_dbfs
from voiceagent.core.audio.jitter import RING_S, Jitter
from voiceagent.core.audio.levels import BLOCK_SAMPLES
from voiceagent.core.audio.ring import MulawRing
from voiceagent.core.audio.samples import RATE_8K, SAMPLES_PER_MS, Pcm
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES, VoiceChange, VoiceGate, VoiceTuning

REST_DBFS: Final = -60.0
"""Windows below this are silence whoever listens: the codec's own steps are louder."""

REST_AFTER: Final = 10
"""Windows of silence (320 ms) after which the voice model is left alone."""

LATE_ONSET_MS: Final = 1500
BEFORE_RUN_MS: Final = 160
"""The voice model notices a word late: its first consonant lies before the run."""

BEFORE_LOOK_MS: Final = 240
"""What a recogniser wants before a word: an "s" takes as long."""

SOUND: Final = Rate(per_s=2.0 * RATE_8K, burst=20.0 * RATE_8K)
"""Samples that are taken from a line: twice real time, and what two rings hold at once. A carrier
that was held up sends what it has kept, then goes on in real time; the recogniser, which all calls
share, could not follow more."""

_GLANCE: Final = RATE_8K
"""Samples after which the clock is looked at: once a second, not once a packet."""


@dataclass(slots=True)
class InboundCounts:
    """Where sound went that nobody judged; samples. The jitter buffer counts its own.

    `refused`: came faster than `SOUND` allows · `dropped`: pushed out of the ring before its turn.
    """

    refused: int = 0
    dropped: int = 0


class InboundAudio:
    """What one line hears.

    Args:
        tuning: when voice is voice.
        preroll_ms: sound before the onset that belongs to a turn.
        now_s: monotonic time.
    """

    def __init__(self, tuning: VoiceTuning, *, preroll_ms: int, now_s: float = 0.0) -> None:
        self.jitter = Jitter()
        self.counts = InboundCounts()
        self._allowance = Allowance(SOUND, now_s)
        self._granted = 0
        self.gate = VoiceGate(tuning)
        self._ring = MulawRing(int(RING_S * RATE_8K))
        self._arrivals: deque[tuple[int, float]] = deque()
        self._preroll = preroll_ms * SAMPLES_PER_MS
        self._told = 0
        self.speech_start = 0
        """Where the caller's turn began: its first voiced sample."""
        self._turn_start = 0
        self.turn_from: int | None = None
        """An earlier sound that the next turn begins with; ``None``: the newest run of voice."""
        self._quiet_run = 0

    def take(
        self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None, now_s: float
    ) -> None:
        """A packet from the carrier; dropped when there have been far too many."""
        self._granted -= len(mulaw)
        if self._granted < 0 and not self._grant(len(mulaw), now_s):
            return
        if self.jitter.accept_in_order(mulaw, timestamp_ms=timestamp_ms, chunk=chunk):
            self._append(mulaw, now_s)
            return
        self.jitter.push(mulaw_decode(mulaw), timestamp_ms=timestamp_ms, chunk=chunk, now_s=now_s)

    def _grant(self, samples: int, now_s: float) -> bool:
        """Allow the next second of sound, or refuse the packet that would begin it."""
        if self._allowance.take(wanted := max(samples, _GLANCE), now_s):
            self._granted += wanted
            return True
        self._granted += samples
        self.counts.refused += samples
        return False

    def drain(self, now_s: float) -> None:
        """Move everything that is in order into the ring."""
        if self.jitter.waiting:
            for piece in self.jitter.take(now_s):
                self._append(mulaw_encode(piece.samples), piece.arrived_s)

    def _append(self, mulaw: bytes, arrived_s: float) -> None:
        ring, arrivals = self._ring, self._arrivals
        ring.append(mulaw)
        arrivals.append((ring.end, arrived_s))
        while arrivals[0][0] <= ring.start:
            arrivals.popleft()
        lost = ring.start - self.gate.position
        if lost > 0:
            self.counts.dropped += lost
            self.gate.skip(lost)

    @property
    def lost(self) -> int:
        """Samples that came and were never judged, for whatever reason."""
        jitter = self.jitter.counts
        return self.counts.refused + self.counts.dropped + jitter.dropped + jitter.late

    def forget(self) -> None:
        """The line is gone: keep none of its sound."""
        self._ring.forget()
        self._arrivals.clear()

    @property
    def out_of_order(self) -> bool:
        """Packets wait for an earlier one; `drain` lets them go in time."""
        return self.jitter.waiting

    @property
    def has_window(self) -> bool:
        """Whether there is a whole window to be judged."""
        return self._ring.end - self.gate.position >= WINDOW_SAMPLES

    @property
    def voice(self) -> bool:
        """A voice is sounding."""
        return self.gate.active

    @property
    def dead_quiet(self) -> bool:
        """Digital silence, which the voice model has never heard (see `VoiceGate`)."""
        return self.gate.dead_quiet

    @property
    def windows_judged(self) -> int:
        """Windows of sound that were judged so far."""
        return self.gate.position // WINDOW_SAMPLES

    @property
    def stirring(self) -> bool:
        """Something sounds that is not called voice yet."""
        return self.gate.stirring

    @property
    def unjudged(self) -> int:
        """Samples that are here but not judged yet."""
        return self._ring.end - self.gate.position

    def window(self) -> bytes | None:
        """The next window to be judged, mu-law; ``None`` until there is a whole one."""
        start = self.gate.position
        if self._ring.end - start < WINDOW_SAMPLES:
            return None
        return self._ring.read(start, start + WINDOW_SAMPLES)

    def count_rest(self, levels: Sequence[float]) -> bool:
        """Whether the next window need not be put before the voice model.

        Outside speech, a window whose blocks are all below `REST_DBFS` cannot be voice: nothing as
        soft is ever called voiced (`VoiceGate`). After `REST_AFTER` of them the model has let go of
        the word before as well, so its answer would be "no voice", which changes nothing.

        Args:
            levels: of the window's blocks, dBFS.
        """
        if max(levels) >= REST_DBFS or self.gate.active or self.gate.stirring:
            self._quiet_run = 0
            return False
        self._quiet_run += 1
        return self._quiet_run > REST_AFTER

    @property
    def begins_rest(self) -> bool:
        """Whether the last window asked about was the first that rested."""
        return self._quiet_run == REST_AFTER + 1

    def judged(
        self, probability: float, levels: Sequence[float], *, eager: bool, hiss: bool = False
    ) -> tuple[VoiceChange, ...]:
        """The voice model's answer for the window handed out last."""
        return self.gate.window(probability, levels, eager=eager, hiss=hiss)

    def arrived_s(self, position: int) -> float:
        """When the packet with this sample came in (the nearest one known)."""
        for end, at_s in self._arrivals:
            if end > position:
                return at_s
        return self._arrivals[-1][1] if self._arrivals else 0.0

    @property
    def onset_s(self) -> float:
        """When the first voiced sample of the newest run came in."""
        return self.arrived_s(self.gate.onset)

    @property
    def speech_start_s(self) -> float:
        """When the first voiced sample of the caller's turn came in."""
        return self.arrived_s(self.speech_start)

    @property
    def speech_end_s(self) -> float:
        """When the last voiced sample came in."""
        return self.arrived_s(self.gate.last_voiced - 1)

    @property
    def silence_ms(self) -> float:
        """Silence up to the newest sample; up to the last window if something sounds after it."""
        rest = self._ring.read(self.gate.position, self._ring.end)
        if len(rest) < BLOCK_SAMPLES:
            return self.gate.silence_ms
        if mulaw_level_dbfs(rest) >= self.gate.threshold_db:
            return self.gate.silence_ms
        return (self._ring.end - self.gate.last_voiced) / SAMPLES_PER_MS

    @property
    def silence_most_ms(self) -> float:
        """`silence_ms` is not more than this; costs nothing."""
        return (self._ring.end - self.gate.last_voiced) / SAMPLES_PER_MS

    @property
    def quiet_ms(self) -> float:
        """Time without anything as loud as the caller; what ends a turn (see `VoiceGate`)."""
        return min(self.silence_ms, self.gate.quiet_ms + self._rest_ms)

    @property
    def _rest_ms(self) -> float:
        """Sound that is here but not judged yet."""
        return self.unjudged / SAMPLES_PER_MS

    def begin_turn(self) -> None:
        """A turn begins at the voice's onset; nothing told before is told again.

        VoiceChange that was part of a long noise is taken from `LATE_ONSET_MS` before now.
        """
        first = self.gate.onset if self.turn_from is None else self.turn_from
        onset = max(first, self.gate.position - LATE_ONSET_MS * SAMPLES_PER_MS)
        start = max(onset - self._preroll, self._told, self._ring.start)
        self.speech_start = onset
        self._turn_start = self._told = start

    def run_so_far(self, most_ms: int) -> Pcm:
        """The run of voice that is going on, with a moment before it; its newest `most_ms`."""
        end = self.gate.position
        start = self.gate.onset - BEFORE_RUN_MS * SAMPLES_PER_MS
        return mulaw_decode(self._ring.read(max(start, end - most_ms * SAMPLES_PER_MS), end))

    def run_whole(self) -> Pcm:
        """The newest run of voice up to now, from `BEFORE_LOOK_MS` before its onset."""
        start = self.gate.onset - BEFORE_LOOK_MS * SAMPLES_PER_MS
        return mulaw_decode(self._ring.read(start, self.gate.position))

    def turn_so_far(self) -> Pcm:
        """The whole turn up to now, for the turn model."""
        return mulaw_decode(self._ring.read(self._turn_start, self._ring.end))

    def untold(self, piece_ms: int) -> list[Pcm]:
        """Whole pieces of the turn that recognition has not got yet."""
        size = piece_ms * SAMPLES_PER_MS
        self._told = max(self._told, self._ring.start)
        pieces = []
        while self._ring.end - self._told >= size:
            pieces.append(mulaw_decode(self._ring.read(self._told, self._told + size)))
            self._told += size
        return pieces

    def rest(self) -> Pcm:
        """What is left of the turn, less than a piece."""
        start, self._told = self._told, self._ring.end
        return mulaw_decode(self._ring.read(start, self._ring.end))
