"""The carrier's outbound buffer: what the caller really hears, and when.

Twilio appends received media to a buffer that drains at 8000 samples a second, plays it in order,
echoes a mark when the audio queued before it has played, and on `clear` empties the buffer and
returns every pending mark at once (Twilio, "Media Streams WebSocket messages").

Sans-I/O: every call carries the time, counted in samples at 8 kHz since the line was opened. A time
earlier than one already seen is taken as that one, so the model never runs backwards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import Final

from loadtest.simulator import g711

UTTERANCE_GAP_8K: Final = 4000
"""A dry buffer for this long or longer is a pause between utterances, not a gap inside one."""

_EDGE_8K: Final = 80
_SOUND_RMS: Final = 200.0


@dataclass(frozen=True, slots=True)
class Gap:
    """The buffer ran dry inside an utterance.

    Attributes:
        at_8k: when it ran dry.
        length_8k: samples until audio arrived again.
        cuts_sound: there was sound on both edges, so the caller heard a chop.
    """

    at_8k: int
    length_8k: int
    cuts_sound: bool


@dataclass(frozen=True, slots=True)
class _Segment:
    start_8k: int
    audio: bytes

    @property
    def end_8k(self) -> int:
        return self.start_8k + len(self.audio)


class RecordedPlayout:
    """One line's outbound buffer. Audio is μ-law, one byte a sample."""

    def __init__(self) -> None:
        self._now_8k = 0
        self._dry_8k = 0
        self._segments: list[_Segment] = []
        self._starts_8k: list[int] = []
        self._pending: deque[tuple[int, str]] = deque()
        self._gaps: list[Gap] = []
        self._cleared = True
        self._received_8k = 0
        self._discarded_8k = 0

    @property
    def received_8k(self) -> int:
        """Samples received so far."""
        return self._received_8k

    @property
    def discarded_8k(self) -> int:
        """Samples that `clear` threw away before they played."""
        return self._discarded_8k

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Every gap inside an utterance, oldest first."""
        return tuple(self._gaps)

    @property
    def pending_marks(self) -> tuple[str, ...]:
        """Marks not echoed yet, oldest first."""
        return tuple(name for _, name in self._pending)

    def receive(self, at_8k: int, audio: bytes) -> int:
        """Appends audio that arrived at `at_8k`; when it plays, at once if the buffer is dry."""
        now_8k = self._pass_to(at_8k)
        if not audio:
            return max(self._dry_8k, now_8k)
        if self._dry_8k < now_8k:
            self._note_gap(now_8k, audio)
            self._dry_8k = now_8k
        self._segments.append(_Segment(self._dry_8k, audio))
        self._starts_8k.append(self._dry_8k)
        self._dry_8k += len(audio)
        self._received_8k += len(audio)
        self._cleared = False
        return self._starts_8k[-1]

    def mark(self, at_8k: int, name: str) -> None:
        """Queues a mark behind everything received so far."""
        now_8k = self._pass_to(at_8k)
        self._pending.append((max(self._dry_8k, now_8k), name))

    def due_marks(self, at_8k: int) -> tuple[str, ...]:
        """Takes the marks whose audio has played by `at_8k`, in order."""
        now_8k = self._pass_to(at_8k)
        due = []
        while self._pending and self._pending[0][0] <= now_8k:
            due.append(self._pending.popleft()[1])
        return tuple(due)

    def clear(self, at_8k: int) -> tuple[str, ...]:
        """Empties the buffer; returns all pending marks, though their audio was not heard."""
        now_8k = self._pass_to(at_8k)
        self._discarded_8k += self.buffered_8k(now_8k)
        while self._segments and self._segments[-1].end_8k > now_8k:
            last = self._segments.pop()
            self._starts_8k.pop()
            if last.start_8k < now_8k:
                self._segments.append(_Segment(last.start_8k, last.audio[: now_8k - last.start_8k]))
                self._starts_8k.append(last.start_8k)
        self._dry_8k = min(self._dry_8k, now_8k)
        self._cleared = True
        names = self.pending_marks
        self._pending.clear()
        return names

    def buffered_8k(self, at_8k: int) -> int:
        """Samples waiting to be played at `at_8k`."""
        return max(0, self._dry_8k - max(at_8k, self._now_8k))

    def played_8k(self, at_8k: int) -> int:
        """Samples of received audio that the caller has heard by `at_8k`."""
        now_8k = max(at_8k, self._now_8k)
        return self._received_8k - self._discarded_8k - max(0, self._dry_8k - now_8k)

    def heard(self, from_8k: int, to_8k: int) -> bytes:
        """What the caller heard from `from_8k` up to `to_8k`: the audio, and silence elsewhere.

        For times still to come: what will be heard if nothing else arrives.
        """
        if to_8k <= from_8k:
            return b""
        index = max(0, bisect_right(self._starts_8k, from_8k) - 1)
        pieces: list[bytes] = []
        at_8k = from_8k
        while index < len(self._segments) and self._segments[index].start_8k < to_8k:
            segment = self._segments[index]
            index += 1
            if segment.end_8k <= at_8k:
                continue
            if segment.start_8k > at_8k:
                pieces.append(g711.SILENCE * (segment.start_8k - at_8k))
                at_8k = segment.start_8k
            piece = segment.audio[at_8k - segment.start_8k : to_8k - segment.start_8k]
            pieces.append(piece)
            at_8k += len(piece)
        pieces.append(g711.SILENCE * (to_8k - at_8k))
        return b"".join(pieces)

    def is_playing(self, from_8k: int, to_8k: int) -> bool:
        """Whether any received audio falls between the two times; cheaper than `heard`."""
        index = bisect_right(self._starts_8k, to_8k - 1) - 1
        return index >= 0 and self._segments[index].end_8k > from_8k

    def _pass_to(self, at_8k: int) -> int:
        self._now_8k = max(self._now_8k, at_8k)
        return self._now_8k

    def _note_gap(self, now_8k: int, audio: bytes) -> None:
        length_8k = now_8k - self._dry_8k
        if self._cleared or length_8k >= UTTERANCE_GAP_8K:
            return
        before = self.heard(max(0, self._dry_8k - _EDGE_8K), self._dry_8k)
        cuts_sound = min(g711.rms(before), g711.rms(audio[:_EDGE_8K])) >= _SOUND_RMS
        self._gaps.append(Gap(self._dry_8k, length_8k, cuts_sound))
