"""How much of what we sent has reached the caller's ear.

The carrier buffers our sound and plays it in order. We plant marks; an echo proves that everything
before its mark was played. Between echoes the position is the clock's, never beyond the next mark
that has not come back, so an estimate can be late but not early by more than the network.

`clear` empties the carrier's buffer and sends *all* pending marks back, so those prove nothing
(Twilio: "mark" and "clear" messages). Mark names carry an epoch that `clear` ends.

Positions are samples at 8 kHz since the line was opened, and count only what may still be played:
sound thrown away by a clear is taken back. After `clear` it is forgotten; after `rewind` it is sent
again later, and the utterance in the ear goes on counting where it was.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.wire import Played


@dataclass(slots=True)
class _Span:
    """The place of one utterance in the stream."""

    utterance: int
    start: int
    end: int
    first_sent_s: float
    ended: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Unheard:
    """An utterance whose sound was taken back from the carrier; `heard` samples of it remain."""

    utterance: int
    heard: int


class Playout:
    """The heard position of one line. Sans-I/O: times come in as arguments and never go back."""

    def __init__(self) -> None:
        self.sent = 0
        """Samples given to the carrier."""
        self.proven = 0
        """Samples proven played."""
        self.stale_marks = 0
        """Echoes that proved nothing: of an earlier epoch, or unknown."""
        self._epoch = 0
        self._serial = 0
        self._base = 0
        self._base_s = 0.0
        self._reported = 0
        self._marks: deque[_Mark] = deque()
        self._spans: deque[_Span] = deque()

    def send(self, utterance: int, samples: int, now_s: float) -> None:
        """`samples` of an utterance were given to the carrier."""
        if self.heard(now_s) == self.sent:  # the buffer ran dry: playing starts now
            self._base, self._base_s = self.sent, now_s
        if not self._spans or self._spans[-1].utterance != utterance:
            self._spans.append(_Span(utterance, self.sent, self.sent, now_s))
        self.sent += samples
        self._spans[-1].end = self.sent

    def end(self, utterance: int) -> None:
        """Nothing more of this utterance will be sent; its last mark must follow."""
        for span in self._spans:
            if span.utterance == utterance:
                span.ended = True

    def mark(self) -> str:
        """Name of a mark to send now: it stands for everything sent so far."""
        self._serial += 1
        name = f"{self._epoch}.{self._serial}"
        self._marks.append(_Mark(name, self.sent))
        return name

    def echo(self, name: str, now_s: float) -> tuple[Played, ...]:
        """A mark came back; what it proves, oldest utterance first.

        Lost echoes are made up for by later ones. Unknown names and names of an earlier epoch
        change nothing.
        """
        if all(mark.name != name for mark in self._marks):
            self.stale_marks += 1
            return ()
        while self._marks:
            mark = self._marks.popleft()
            self.proven = max(self.proven, mark.position)
            if mark.name == name:
                break
        self._base, self._base_s = self.proven, now_s
        progress = []
        while self._spans and self._spans[0].start < self.proven:
            span = self._spans[0]
            progress.append(self._progress(span, self.proven))
            if not (span.ended and span.end <= self.proven):
                break
            self._spans.popleft()
        return tuple(progress)

    def heard(self, now_s: float) -> int:
        """Samples played by now: proven, plus the clock's share up to the next pending mark."""
        bound = self._marks[0].position if self._marks else self.sent
        by_clock = self._base + round(max(0.0, now_s - self._base_s) * RATE_8K)
        self._reported = max(self._reported, min(by_clock, bound, self.sent))
        return self._reported

    def clear(self, now_s: float) -> Played | None:
        """The carrier's buffer is being emptied; how far the utterance in the ear had come.

        ``None`` when nothing was outstanding. Sound sent but not heard is taken back.
        """
        heard = self.heard(now_s)
        current = next((span for span in self._spans if span.end > heard), None)
        if current is None and self._spans:
            current = self._spans[-1]
        cut = self._progress(current, heard) if current is not None else None
        self._epoch += 1
        self._marks.clear()
        self._spans.clear()
        self.sent = self.proven = self._base = heard
        self._base_s = now_s
        return cut

    def rewind(self, now_s: float) -> tuple[Unheard, ...]:
        """The carrier's buffer is being emptied, and what was in it will be sent again.

        Returns:
            The utterances with sound (or an end) still to come, and how far each was heard; none
            when nothing was outstanding. What was estimated as heard counts as heard.
        """
        heard = self.heard(now_s)
        self._epoch += 1
        self._marks.clear()
        self.sent = self._base = heard
        self._base_s = now_s
        unheard = tuple(
            Unheard(span.utterance, max(0, heard - span.start))
            for span in self._spans
            if span.end > heard
        )
        for _ in unheard[1:]:
            self._spans.pop()
        if unheard:
            self._spans[-1].end = heard
            self._spans[-1].ended = False
        return unheard

    def give_up(self, now_s: float) -> None:
        """The pending marks will not come back; go on as if all had been played.

        Nothing is reported as heard by this: what was proven stays the truth about the caller.
        """
        self._marks.clear()
        self._spans.clear()
        self.proven = self._base = self.sent
        self._base_s = now_s

    @property
    def open(self) -> frozenset[int]:
        """Utterances whose end is not proven heard."""
        return frozenset(span.utterance for span in self._spans)

    @property
    def outstanding(self) -> bool:
        """Sound was sent whose end is not proven heard."""
        return self.proven < self.sent or any(not span.ended for span in self._spans)

    @property
    def played_by_s(self) -> float:
        """When everything sent should have been played."""
        return self._base_s + (self.sent - self._base) / RATE_8K

    def overdue_s(self, now_s: float) -> float:
        """Seconds since everything sent should have been played; negative while it plays."""
        return now_s - self.played_by_s

    def _progress(self, span: _Span, heard: int) -> Played:
        samples = max(0, min(heard, span.end) - span.start)
        done = span.ended and heard >= span.end
        return Played(span.utterance, samples, done, span.first_sent_s)
