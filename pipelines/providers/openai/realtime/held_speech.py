"""A response's words and sound: what may be heard of it, and where each sentence ends. Sans-I/O.

Realtime sends a transcript and sound side by side and does not say which sound belongs to which
words. It sends the words first. So:

* sound that came before the first letter of the next sentence belongs to this one, or to those
  before;
* beyond that a sentence ends at the first pause after 40 % of the time that its letters take to
  say: rather too soon than too late, so that nothing of the next one is heard with it;
* where no pause tells, sentences share the sound by their letters, in the order of the transcript.
  Who is left without any sounded together with those before.

Until the next sentence was accepted (by the guard), only what surely belongs to this one is given
out. That is the rule that keeps unguarded words from the caller's ear:
docs/decisions/0035-sound-waits-for-its-words.md.

Positions are samples at 8 kHz from the first sample of the response; a μ-law byte is a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from voiceagent.core.audio.g711 import mulaw_decode
from voiceagent.dialogue.model.sentences import SentenceCutter
from voiceagent.language.aloud import speakable

SAMPLES_PER_LETTER: Final = 8000 / 15
"""Before anything is known of the voice: 15 letters and blanks a second, a usual speaking rate."""

BLOCK: Final = 80
"""Levels are taken over 10 ms."""

PAUSE_BLOCKS: Final = 16
"""A pause is at least so long: shorter ones are closures of a "p" or "t", and most commas."""

QUIET: Final = 200.0
"""RMS, 16-bit scale, below which nothing is said."""

NO_MORE_WORDS: Final = 2400
"""After so much sound (300 ms) a full stop was the end of its sentence, and no part of a figure."""

EARLIEST, LATEST = 0.4, 1.6
"""A sentence's end is looked for between these parts of the time its letters take."""


@dataclass(slots=True)
class HeldSentence:
    """A sentence of the response.

    Attributes:
        text: as the guard sees it.
        letters: of its spoken form.
        start: of its sound; ``None`` until the end of the one before is known.
        end: of its sound, ``None`` until it is known.
        next_begun: how much sound there was when the next one began in writing.
        accepted: it may be said; ``None`` as long as nobody knows.
        said_to: characters of it that were asked for to be said.
    """

    text: str
    letters: int
    start: int | None = None
    end: int | None = None
    next_begun: int | None = None
    accepted: bool | None = None
    said_to: int = 0


@dataclass(slots=True)
class HeldSpeech:
    """One response.

    Attributes:
        item_id: of the message on the server, "" before it has one.
        sentences: those that are whole.
        whole: the response is over and complete.
        broken: it will not go on.
        per_letter: samples of a letter, as far as is known of the voice.
        given_to: how far its sound was given out.
    """

    item_id: str = ""
    sentences: list[HeldSentence] = field(default_factory=list)
    whole: bool = False
    broken: bool = False
    per_letter: float = SAMPLES_PER_LETTER
    given_to: int = 0
    _sound: bytearray = field(default_factory=bytearray)
    _quiet: list[bool] = field(default_factory=list)
    _cutter: SentenceCutter = field(default_factory=SentenceCutter)
    _uncut: int = 0
    _words_at: int = 0
    _stopped: bool = False

    @property
    def samples(self) -> int:
        """Sound that has come."""
        return len(self._sound)

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.whole or self.broken

    def words(self, text: str) -> list[HeldSentence]:
        """Some more words; the sentences that are whole with them."""
        if not self._uncut and text.strip():
            self._next_begins()
        self._uncut += _characters(text)
        self._words_at = self.samples
        self._stopped = text.endswith(".")
        found = self._take(self._cutter.add(f"{text} " if text.endswith(("?", "!")) else text))
        if found and self._uncut:
            self._next_begins()
        return found

    def sound(self, mulaw_8k: bytes) -> list[HeldSentence]:
        """Some more sound; the sentence that must be whole, as no more words came before it."""
        self._sound += mulaw_8k
        have = len(self._quiet) * BLOCK
        ready = (len(self._sound) - have) // BLOCK * BLOCK
        if ready:
            blocks = mulaw_decode(bytes(self._sound[have : have + ready])).astype(np.float32)
            levels = np.sqrt(np.square(blocks.reshape(-1, BLOCK)).mean(axis=1))
            self._quiet += (levels < QUIET).tolist()
        found: list[HeldSentence] = []
        if self._stopped and self.samples - self._words_at >= NO_MORE_WORDS:
            self._stopped = False
            found = self._take(self._cutter.add(" "))
        self._place()
        return found

    def finish(self, *, whole: bool) -> list[HeldSentence]:
        """Nothing more comes; the last sentence, if it had no end of its own.

        Half a sentence of a response that broke off is none.
        """
        found: list[HeldSentence] = []
        if whole:
            rest = self._cutter.rest()
            found = self._take([rest] if rest else [])
        self.whole, self.broken = whole, not whole
        self._place()
        return found

    def releasable(self, index: int) -> int:
        """How far the sound of a sentence may be given out by now."""
        sentence = self.sentences[index]
        if sentence.end is not None:
            return sentence.end
        if sentence.start is None:
            return 0
        last = index
        while last + 1 < len(self.sentences) and self.sentences[last + 1].accepted:
            last += 1
        limit = self.sentences[last].next_begun
        return self.samples if limit is None else max(sentence.start, limit)

    def expected(self, index: int) -> float:
        """How long a sentence is in samples, or how long it will be as far as is known."""
        sentence = self.sentences[index]
        if sentence.start is not None and sentence.end is not None:
            return float(sentence.end - sentence.start)
        return sentence.letters * self.per_letter

    def cut(self, start: int, end: int) -> bytes:
        """Sound."""
        return bytes(self._sound[start:end])

    @property
    def spoken(self) -> list[HeldSentence]:
        """What may be said of it."""
        return [one for one in self.sentences if one.accepted]

    @property
    def kept_samples(self) -> int | None:
        """Where the last sentence that may be said ends; ``None`` when nobody knows yet."""
        spoken = self.spoken
        if not spoken:
            return 0
        return spoken[-1].end

    def _take(self, texts: Sequence[str]) -> list[HeldSentence]:
        found = [HeldSentence(text, letters_of(text)) for text in texts]
        for sentence in found[:-1]:
            sentence.next_begun = self.samples
        self._uncut -= sum(map(_characters, texts))
        self.sentences.extend(found)
        self._place()
        return found

    def _next_begins(self) -> None:
        if self.sentences and self.sentences[-1].next_begun is None:
            self.sentences[-1].next_begun = self.samples

    def _place(self) -> None:
        """Find the ends that can be told by now."""
        start = 0
        for index, sentence in enumerate(self.sentences):
            if sentence.start is None:
                sentence.start = start
            if sentence.end is None:
                is_last = index + 1 == len(self.sentences) and not self._uncut
                sentence.end = self._end(index, sentence, is_last=is_last)
                if sentence.end is None:
                    return
                self._learn(sentence)
            start = sentence.end

    def _end(self, index: int, sentence: HeldSentence, *, is_last: bool) -> int | None:
        start, begun = sentence.start or 0, sentence.next_begun or 0
        if is_last and self.whole:
            return self.samples
        expected = sentence.letters * self.per_letter
        last = max(begun, start + int(LATEST * expected))
        pause = self._pause(start + int(EARLIEST * expected), last, begun)
        if pause is not None and not (is_last and not self.broken):
            return pause
        if is_last or not (self.whole or self.samples >= last):
            return None
        if self.whole:
            expected = min(expected, self._share(index, start))
        return max(begun, start + int(expected))

    def _share(self, index: int, start: int) -> float:
        """A sentence's part of the sound left for it and those after it, by their letters."""
        letters = sum(one.letters for one in self.sentences[index:])
        left = self.samples - start
        return left * self.sentences[index].letters / letters if letters else left

    def _pause(self, first: int, last: int, begun: int) -> int | None:
        """The end of the first pause after `first` that ends at `begun` or later, if it has."""
        run = 0
        for block in range(first // BLOCK, len(self._quiet)):
            if self._quiet[block]:
                run += 1
                continue
            if run >= PAUSE_BLOCKS and (block + 1) * BLOCK > begun:
                return max(begun, block * BLOCK)
            if block * BLOCK >= last:
                return None
            run = 0
        return None

    def _learn(self, sentence: HeldSentence) -> None:
        """How fast the voice is, by a sentence whose place is known."""
        length = (sentence.end or 0) - (sentence.start or 0)
        if sentence.letters and length:
            seen = length / sentence.letters
            self.per_letter = (self.per_letter + seen) / 2


def letters_of(text: str) -> int:
    """What a text is long in being spoken: letters and blanks of its spoken form."""
    return sum(len(token.spoken) + 1 for token in speakable(text) if token.spoken)


def _characters(text: str) -> int:
    """Of them, blanks apart."""
    return len("".join(text.split()))
