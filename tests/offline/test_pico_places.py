"""What was heard at each mark, by Pico's estimated word places, beside what an aligner says.

A mark comes every 200 ms from the carrier, and says how much of the sound was played. Where words
really begin is found on the sound itself: Pico's pauses are not the same each time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

import numpy as np

from pipelines.heard import SpeechLedger
from pipelines.offline.pico import Pico
from pipelines.offline.speaking import WordMark
from training.spoken_places import Aligner
from voiceagent.language.aloud import spoken

RATE = 16000
MARK = RATE // 5
SAID = (
    "First, for your safety: do you smell gas or burning, see smoke, or is an alarm going off?",
    "Thank you, Sarah, the estimate for the repair is $825 in total.",
)


def test_what_was_heard_at_a_mark_is_right_to_a_word() -> None:
    pico, aligner, off = Pico(), Aligner(), Counter[int]()
    for written in SAID:
        sounds: list[np.ndarray] = []
        starts: list[int] = []

        def heard(
            sound: np.ndarray,
            words: list[WordMark],
            sounds: list[np.ndarray] = sounds,
            starts: list[int] = starts,
        ) -> bool:
            sounds.append(sound)
            starts.extend(word.sample for word in words)
            return True

        words = spoken(written)
        pico.speak(words, voice="en-us", words_per_minute=165, heard=heard)
        sound = np.concatenate(sounds)
        truth_s = aligner.starts(words.split(), sound)
        assert truth_s is not None
        ledger = SpeechLedger()
        ledger.sentence(written)
        ledger.sound(len(sound), tuple(starts))
        for mark in range(0, len(sound), MARK):
            off[bisect_right(starts, mark) - bisect_right(truth_s, mark / RATE)] += 1
            assert written.startswith(ledger.heard(mark))
        assert ledger.heard(len(sound)) == written
    assert off.total() > 40
    assert set(off) <= {-2, -1, 0, 1, 2}, f"words too many or too few, by marks: {off}"
    assert off[0] > 0.6 * off.total(), off
    assert off[-2] + off[2] <= 0.05 * off.total(), off
