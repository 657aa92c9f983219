"""How well the places of Pico's words are estimated, beside those that an aligner finds.

    python -m training.spoken_places

pocketsphinx is told the words of each sentence that the agent says and aligns them with its sound.
Sentences with a word that its dictionary lacks are left out, and so are first words, which need no
estimate. Errors are in seconds, positive where a word is thought to begin later than it does; even
spreading over the sound is told beside.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pocketsphinx
from numpy.typing import NDArray

from pipelines.offline.pico import Pico
from pipelines.offline.pico_text import parts
from pipelines.offline.speaking import WordMark
from training.own_speech import WPM, said
from voiceagent.language.aloud import spoken

LEAST_WORDS = 4


@dataclass(frozen=True, slots=True)
class PlacedWords:
    """A sentence: where its words begin by the aligner and by the estimate, and its length, s."""

    words: tuple[str, ...]
    aligned_s: tuple[float, ...]
    estimated_s: tuple[float, ...]
    length_s: float


class Aligner:
    """pocketsphinx, which is told the words."""

    def __init__(self) -> None:
        model = pocketsphinx.get_model_path() + "/en-us"
        self._decoder = pocketsphinx.Decoder(
            hmm=f"{model}/en-us", dict=f"{model}/cmudict-en-us.dict", lm=None, loglevel="FATAL"
        )

    def starts(self, words: Sequence[str], sound: NDArray[np.int16]) -> list[float] | None:
        """Where each word begins, seconds; ``None`` when it cannot tell."""
        entries = [self._entries(word) for word in words]
        flat = [entry for one in entries for entry in one]
        if not all(entries) or any(self._decoder.lookup_word(entry) is None for entry in flat):
            return None
        try:
            self._decoder.set_align_text(" ".join(flat))
            self._decoder.start_utt()
            self._decoder.process_raw(sound.tobytes(), no_search=False, full_utt=True)
            self._decoder.end_utt()
        except RuntimeError:
            return None
        found = [(re.sub(r"\(\d+\)", "", one.word), one.start_frame) for one in self._decoder.seg()]
        found = [(word, frame) for word, frame in found if not word.startswith(("<", "(", "["))]
        if [word for word, _ in found] != flat:
            return None
        frames = iter(found)
        return [min(next(frames)[1] for _ in one) / 100 for one in entries]

    def _entries(self, word: str) -> list[str]:
        plain = re.sub(r"[^a-z' -]", "", word.lower()).replace("-", " ").split()
        return [f"{one}." if len(one) == 1 and one not in "ai" else one for one in plain]


def placed() -> Iterator[PlacedWords]:
    """What the agent says, as far as it can be aligned."""
    pico, aligner = Pico(), Aligner()
    for one in said():
        for part in parts(spoken(one.written)):
            if len(part.words) < LEAST_WORDS:
                continue
            sounds: list[NDArray[np.int16]] = []
            marks: list[WordMark] = []

            def heard(
                sound: NDArray[np.int16],
                words: list[WordMark],
                sounds: list[NDArray[np.int16]] = sounds,
                marks: list[WordMark] = marks,
            ) -> bool:
                sounds.append(sound)
                marks.extend(words)
                return True

            pico.speak(" ".join(part.words), voice="en-us", words_per_minute=WPM, heard=heard)
            sound = np.concatenate(sounds)
            aligned = aligner.starts(part.words, sound)
            if aligned is not None:
                estimated = tuple(mark.sample / pico.rate_hz for mark in marks)
                length_s = len(sound) / pico.rate_hz
                yield PlacedWords(part.words, tuple(aligned), estimated, length_s)


def told(name: str, errors: Sequence[float]) -> str:
    """One line."""
    sizes = np.abs(errors)
    p50, p95 = np.percentile(sizes, [50, 95])
    return (
        f"{name}: mean {np.mean(errors):+.3f}, of their size mean {sizes.mean():.3f}, "
        f"median {p50:.3f}, p95 {p95:.3f}, most {sizes.max():.2f} s ({len(errors)} words)\n"
    )


def main() -> None:
    """Measure and tell."""
    estimated: list[float] = []
    even: list[float] = []
    for one in placed():
        count = len(one.words)
        for at in range(1, count):
            estimated.append(one.estimated_s[at] - one.aligned_s[at])
            even.append(one.length_s * at / count - one.aligned_s[at])
    sys.stdout.write(told("estimated", estimated))
    sys.stdout.write(told("spread evenly", even))


if __name__ == "__main__":
    main()
