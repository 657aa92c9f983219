"""The carrier's outbound buffer: what the caller really hears, and when.

Twilio appends received media to a buffer that drains at 8000 samples a second, plays it in order,
echoes a mark when the audio queued before it has played, and on `clear` empties the buffer and
returns every pending mark at once (Twilio, "Media Streams WebSocket messages").

`PlayoutBuffer` is that buffer, and keeps no sound; `RecordedPlayout` is one that remembers what was
heard. Sans-I/O: every call carries the time, counted in samples at 8 kHz. A time earlier than one
already seen is taken as that one, so the model never runs backwards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from loadtest.simulator import g711

UTTERANCE_GAP_8K: Final = 4000
"""A dry buffer for this long or longer is a pause between utterances, not a gap inside one."""

_EDGE_8K: Final = 80
_SOUND_RMS: Final = 200.0

Time = TypeVar("Time", int, float)
"""Whole samples where a caller's line counts frames; parts of one where arrivals are timed."""


class PlayoutBuffer(Generic[Time]):
    """One line's outbound buffer. Audio is μ-law, one byte a sample.

    Args:
        start_8k: time at which it begins, empty.
    """

    def __init__(self, start_8k: Time) -> None:
        self._now_8k: Time = start_8k
        self._dry_8k: Time = start_8k
        self._pending: deque[tuple[Time, str]] = deque()
        self._between = True
        self._received_8k = 0
        self._discarded_8k: Time = start_8k - start_8k

    @property
    def received_8k(self) -> int:
        """Samples received so far."""
        return self._received_8k

    @property
    def discarded_8k(self) -> Time:
        """Samples that `clear` threw away before they played."""
        return self._discarded_8k

    @property
    def dry_8k(self) -> Time:
        """When everything received will have been played, or when it had been."""
        return self._dry_8k

    @property
    def pending_marks(self) -> tuple[str, ...]:
        """Marks not echoed yet, oldest first."""
        return tuple(name for _, name in self._pending)

    def receive(self, at_8k: Time, audio: bytes) -> Time:
        """Appends audio that arrived at `at_8k`; when it plays, at once if the buffer is dry."""
        now_8k = self._pass_to(at_8k)
        start_8k = max(self._dry_8k, now_8k)
        if not audio:
            return start_8k
        length_8k = now_8k - self._dry_8k
        if 0 < length_8k < UTTERANCE_GAP_8K and not self._between:
            self._ran_dry(self._dry_8k, length_8k, audio)
        self._dry_8k = start_8k + len(audio)
        self._received_8k += len(audio)
        self._between = False
        return start_8k

    def mark(self, at_8k: Time, name: str) -> None:
        """Queues a mark behind everything received so far."""
        now_8k = self._pass_to(at_8k)
        self._pending.append((max(self._dry_8k, now_8k), name))

    def due_marks(self, at_8k: Time) -> tuple[str, ...]:
        """Takes the marks whose audio has played by `at_8k`, in order."""
        now_8k = self._pass_to(at_8k)
        due = []
        while self._pending and self._pending[0][0] <= now_8k:
            due.append(self._pending.popleft()[1])
        return tuple(due)

    def clear(self, at_8k: Time) -> tuple[str, ...]:
        """Empties the buffer; returns all pending marks, though their audio was not heard."""
        now_8k = self._pass_to(at_8k)
        self._discarded_8k += self.buffered_8k(now_8k)
        self._dry_8k = min(self._dry_8k, now_8k)
        self._between = True
        names = self.pending_marks
        self._pending.clear()
        return names

    def buffered_8k(self, at_8k: Time) -> Time:
        """Samples waiting to be played at `at_8k`."""
        now_8k = max(at_8k, self._now_8k)
        return max(self._dry_8k, now_8k) - now_8k

    def played_8k(self, at_8k: Time) -> Time:
        """Samples of received audio that the caller has heard by `at_8k`."""
        return self._received_8k - self._discarded_8k - self.buffered_8k(at_8k)

    def _pass_to(self, at_8k: Time) -> Time:
        self._now_8k = max(self._now_8k, at_8k)
        return self._now_8k

    def _ran_dry(self, at_8k: Time, length_8k: Time, audio: bytes) -> None:
        """The buffer was dry within an utterance from `at_8k` until `audio` came; to override."""


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


class RecordedPlayout(PlayoutBuffer[int]):
    """A buffer that remembers what was heard, from time 0."""

    def __init__(self) -> None:
        super().__init__(0)
        self._segments: list[_Segment] = []
        self._starts_8k: list[int] = []
        self._gaps: list[Gap] = []

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Every gap inside an utterance, oldest first."""
        return tuple(self._gaps)

    def receive(self, at_8k: int, audio: bytes) -> int:
        """Also keeps the audio."""
        start_8k = super().receive(at_8k, audio)
        if audio:
            self._segments.append(_Segment(start_8k, audio))
            self._starts_8k.append(start_8k)
        return start_8k

    def clear(self, at_8k: int) -> tuple[str, ...]:
        """Also forgets what will not be heard."""
        names = super().clear(at_8k)
        while self._segments and self._segments[-1].end_8k > self._now_8k:
            last = self._segments.pop()
            self._starts_8k.pop()
            if last.start_8k < self._now_8k:
                heard = last.audio[: self._now_8k - last.start_8k]
                self._segments.append(_Segment(last.start_8k, heard))
                self._starts_8k.append(last.start_8k)
        return names

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

    def _ran_dry(self, at_8k: int, length_8k: int, audio: bytes) -> None:
        before = self.heard(max(0, at_8k - _EDGE_8K), at_8k)
        cuts_sound = min(g711.rms(before), g711.rms(audio[:_EDGE_8K])) >= _SOUND_RMS
        self._gaps.append(Gap(at_8k, length_8k, cuts_sound))
