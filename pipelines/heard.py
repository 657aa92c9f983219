"""What the caller really heard of an utterance. Sans-I/O.

Speech is produced much faster than it is played, so "sent" says nothing. Here each sentence is
laid over the utterance's sample axis as its sound arrives; the played position, which the media
plane proves with marks, then tells which written words have reached the caller's ear.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from voiceagent.language.aloud import speakable
from voiceagent.language.en_us.speak import SpokenToken, heard_text


@dataclass(slots=True)
class _Sentence:
    """A sentence and its place: samples [start, end) of the utterance, unknown until it sounds.

    `shares`: it has no sound of its own, because it sounded together with what came before it; it
    was heard when all of that was.
    """

    written: str
    tokens: tuple[SpokenToken, ...]
    aside: bool = False
    start: int | None = None
    end: int = 0
    word_starts: list[int] = field(default_factory=list)
    shares: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether it has its place, and its sound is still to come."""
        return self.start == self.end and not self.shares

    def heard_in_full(self, position: int) -> bool:
        if self.start is None or self.is_silent:
            return False
        return max(1, self.end) <= position

    def words_heard(self, position: int) -> int:
        """Spoken words that had begun *and* ended before `position` (samples of the utterance)."""
        if self.start is None or not self.start < position or self.end == self.start:
            return 0
        total = sum(len(token.spoken.split()) for token in self.tokens)
        if self.word_starts:
            return max(0, bisect_right(self.word_starts, position) - 1)
        return int(total * (position - self.start) / (self.end - self.start))


class SpeechLedger:
    """The sentences of one utterance and where each lies on its sample axis (8 kHz)."""

    def __init__(self) -> None:
        self._sentences: list[_Sentence] = []
        self._sounding = -1
        self.samples = 0

    def plan(self, written: str) -> None:
        """A sentence is on its way to speech synthesis."""
        self._sentences.append(_Sentence(written, speakable(written)))

    def sentence(self, written: str) -> None:
        """A sentence begins at the current end of the sound; it need not have been planned."""
        following = self._sentences[self._sounding + 1 :]
        skipped = next((i for i, s in enumerate(following) if s.written == written), None)
        if skipped is None:
            self._sentences.insert(self._sounding + 1, _Sentence(written, speakable(written)))
            skipped = 0
        self._sounding += 1 + skipped
        placed = self._sentences[self._sounding]
        placed.start = placed.end = self.samples

    def sound(self, samples: int, word_starts: tuple[int, ...] = ()) -> None:
        """`samples` of sound arrived for the sentence that sounds.

        `word_starts` are offsets of spoken words, in samples from the sentence's first sample;
        without them the words are spread evenly over the sentence.
        """
        self.samples += samples
        if self._sounding >= 0:
            sounding = self._sentences[self._sounding]
            sounding.end = self.samples
            start = sounding.start or 0
            sounding.word_starts.extend(start + offset for offset in word_starts)

    def shares_sound(self) -> None:
        """The sentence that begins now has no sound of its own: it came with what was before it.

        Who makes the sound has to say so: a sentence that merely has none was not heard.
        """
        if self._sounding >= 0:
            placed = self._sentences[self._sounding]
            placed.shares = placed.is_silent

    def interject(
        self, written: str, samples: int, word_starts: tuple[int, ...] = (), *, aside: bool
    ) -> None:
        """A whole sentence sounds before the one whose sound has not come yet.

        An `aside` (a filler) is part of what was said, but no part of the answer.
        """
        place = self._sounding + 1
        waiting = self._sentences[self._sounding] if self._sounding >= 0 else None
        if waiting is not None and waiting.is_silent:
            place = self._sounding
        start, self.samples = self.samples, self.samples + samples
        self._sentences.insert(
            place,
            _Sentence(
                written,
                speakable(written),
                aside,
                start,
                self.samples,
                [start + offset for offset in word_starts],
            ),
        )
        self._sounding += 1
        if place < self._sounding and waiting is not None:
            waiting.start = waiting.end = self.samples

    @property
    def text(self) -> str:
        """All that was meant to be said."""
        return " ".join(sentence.written for sentence in self._sentences)

    def heard(self, position: int) -> str:
        """The written words that had been played in full at `position` samples."""
        parts = []
        for sentence in self._sentences:
            if sentence.heard_in_full(position):
                parts.append(sentence.written)
            else:
                parts.append(heard_text(sentence.tokens, sentence.words_heard(position)))
                break
        return " ".join(part for part in parts if part)

    def answer_heard(self, position: int) -> bool:
        """Whether any word but asides had been played in full at `position` samples."""
        return any(
            not sentence.aside
            and (sentence.heard_in_full(position) or sentence.words_heard(position) > 0)
            for sentence in self._sentences
        )

    def unheard(self, position: int) -> str:
        """The sentences not yet heard in full at `position`, the cut one from its beginning.

        Asides are not worth saying twice.
        """
        return " ".join(
            sentence.written
            for sentence in self._sentences
            if not (sentence.aside or sentence.heard_in_full(position))
        )
