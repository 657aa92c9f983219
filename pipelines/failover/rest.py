"""What of a sentence has sounded, and what another voice has to say of it.

A written thing that is spoken as one ("$248", a telephone number) is never cut: the other voice
says it whole. A word of which only a part may have sounded is said again.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Final

from pipelines.ready_speech import SpeechPiece
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.language.aloud import speakable

SLOW_8K: Final = RATE_8K // 11
"""Samples a letter of slow speech: by it a word has surely been said."""


class SentenceSound:
    """One sentence, said by one voice or by several.

    Args:
        text: as written.
    """

    def __init__(self, text: str) -> None:
        self._tokens = speakable(text)
        self.spoken = [word for token in self._tokens for word in token.spoken.split()]
        """Its words, as they are said."""
        self._samples = 0
        self._given = 0
        self._leg_word = 0
        self._leg_sample = 0
        self._starts: list[int] = []

    def add(self, piece: SpeechPiece) -> SpeechPiece:
        """A piece of the voice that speaks now, with its words placed in the whole sentence.

        A word is named when its sound has begun, and once, whoever begins it again.
        """
        self._samples += piece.samples
        self._starts += [self._leg_sample + start for start in piece.word_starts]
        begun = self._leg_word + sum(start < self._samples for start in self._starts)
        fresh = range(self._given, begun)
        starts = tuple(
            self._starts[word - self._leg_word] if word >= self._leg_word else self._leg_sample
            for word in fresh
        )
        self._given = max(self._given, begun)
        return SpeechPiece(piece.pcm_8k, starts)

    def rest(self) -> str:
        """What another voice has to say; empty when all of it was said. It begins there."""
        said = self._leg_word + self._whole()
        if said >= len(self.spoken):
            return ""
        tokens, word = deque(self._tokens), 0
        while word + tokens[0].words <= said:
            word += tokens.popleft().words
        self._leg_word, self._leg_sample, self._starts = word, self._samples, []
        return "".join(token.written for token in tokens).strip()

    def _whole(self) -> int:
        """Words of this voice that have been said to their end."""
        if not self._starts:
            return self._fitting(self._leg_word, self._samples - self._leg_sample, SLOW_8K)
        ends = [following for _, following in pairwise(self._starts)]
        whole = sum(end <= self._samples for end in ends)
        if whole == len(self._starts) - 1:  # of the last one known only its beginning is
            last = self._leg_word + whole
            left = self._samples - self._starts[-1]
            whole += min(1, self._fitting(last, left, self._letter_8k(last)))
        return whole

    def _letter_8k(self, word: int) -> float:
        """Samples a letter of this voice, by its words before this one."""
        letters = sum(len(one) + 1 for one in self.spoken[self._leg_word : word])
        return (self._starts[-1] - self._starts[0]) / letters if letters else SLOW_8K

    def _fitting(self, first: int, samples: int, letter_8k: float) -> int:
        """How many words from `first` on so much sound holds."""
        left, whole = float(samples), 0
        for word in self.spoken[first:]:
            left -= letter_8k * (len(word) + 1)
            if left < -1.0:
                break
            whole += 1
        return whole
