"""What was heard at each mark, by Pico's estimated word places, beside what an aligner says.

Where words really begin was found once, by `training.spoken_places`, at 165 words a minute. A mark
comes every 200 ms from the carrier, and says how much of the sound was played.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from pipelines.heard import SpeechLedger
from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import VoiceEngine
from pipelines.providers.offline.tts import offline_speech, spoken

RATE = 8000
MARK_MS = 200

ALIGNED_S = {
    "First, for your safety: do you smell gas or burning, see smoke, or is a carbon monoxide alarm "
    "going off?": (
        0.0, 0.75, 1.09, 1.36, 2.21, 2.4, 2.67, 3.09, 3.46, 3.66, 4.35, 4.62, 5.33, 5.54, 5.71,
        5.77, 6.22, 6.99, 7.44, 7.82,
    ),
    "I have (555) 123-0000.": (
        0.0, 0.18, 0.49, 0.89, 1.26, 1.97, 2.21, 2.45, 3.1, 3.5, 3.92, 4.34,
    ),
    "The estimate for the repair is $825 in total.": (
        0.0, 0.23, 0.72, 0.88, 0.99, 1.44, 1.58, 1.83, 2.28, 3.09, 3.58, 3.74,
    ),
    "I have tonight, 9-11 PM, or tomorrow, 8-10 AM.": (
        0.0, 0.18, 0.53, 1.18, 1.49, 1.68, 2.19, 2.46, 3.0, 3.21, 4.09, 4.34, 4.46, 4.75, 4.82,
    ),
    "Is there anything we should know before we see you, like a gate code or a pet?": (
        0.0, 0.24, 0.51, 0.95, 1.15, 1.38, 1.63, 2.02, 2.26, 2.58, 3.02, 3.35, 3.42, 3.71, 4.03,
        4.19, 4.25,
    ),
    "Please get everyone out of the building now, don't touch any switches, then hang up and dial "
    "911 from outside.": (
        0.0, 0.39, 0.61, 1.16, 1.29, 1.41, 1.5, 1.94, 2.45, 2.73, 3.08, 3.35, 4.19, 4.47, 4.86,
        5.03, 5.2, 5.56, 5.9, 6.12, 6.35, 6.8,
    ),
}  # fmt: skip
"""Written sentence -> where each spoken word begins after the first, seconds."""


async def test_what_was_heard_at_a_mark_is_right_to_a_word() -> None:
    off: Counter[int] = Counter()
    async with SpeakerClient(VoiceEngine.PICO).running() as speaker:
        for written, aligned_s in ALIGNED_S.items():
            speech = offline_speech(speaker, written, voice="en-us", words_per_minute=165)
            pieces = [piece async for piece in speech]
            starts = [start for piece in pieces for start in piece.word_starts]
            assert len(starts) == len(aligned_s) == len(spoken(written).split())
            ledger = SpeechLedger()
            ledger.sentence(written)
            for piece in pieces:
                ledger.sound(piece.samples, piece.word_starts)
            for mark in range(0, ledger.samples, MARK_MS * RATE // 1000):
                begun = bisect_right(aligned_s, (mark - starts[0]) / RATE)
                off[bisect_right(starts, mark) - begun] += 1
                assert written.startswith(ledger.heard(mark))
            assert ledger.heard(ledger.samples) == written
    marks = off.total()
    assert marks > 100
    assert set(off) <= {-2, -1, 0, 1}, f"words too many or too few, by marks: {off}"
    assert sum(off[one] for one in (-1, 0, 1)) / marks > 0.97, off
    assert off[0] / marks > 0.7, off
