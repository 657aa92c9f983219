"""What the bench's stub services say, and how long they take: the engine's and the baselines'.

One script for all subjects: `docs/benchmarks.md` lists it. Nothing of the engine is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

RATE_HZ: Final = 8000


@dataclass(frozen=True, slots=True)
class Delays:
    """How long the stubs take, seconds.

    `partial_s`: being asked for the transcript so far to having it (the baselines never ask) ·
    `final_s`: end of the caller's turn to the final transcript; for the baselines the voice having
    stopped (0.2 s of silence) · `word_s`: the caller's words to the model's, at the median ·
    `tail`: standard deviation of its logarithm; 0 is always the median · `sound_s`: the model's
    words to their first sound.
    """

    partial_s: float = 0.0
    final_s: float = 0.05
    word_s: float = 0.1
    tail: float = 0.0
    sound_s: float = 0.05


HEARD: Final = "hello there how are you"
WORD_BYTES: Final = RATE_HZ * 2 * 3 // 10
"""Sound of one word, 300 ms: nobody says three words in half a second."""

SAID: Final = ("Sure, ", "I ", "can ", "help ", "with ", "that.")
"""The model's answer to everything, as it comes."""

REPLY_S: Final = 3.0
CHUNK_BYTES: Final = RATE_HZ // 5 * 2
"""200 ms of 16-bit PCM."""


def noise(seconds: float) -> bytes:
    """Noise at the level of speech, 16-bit PCM at 8 kHz; the same at every call."""
    samples = np.random.default_rng(0).standard_normal(int(seconds * RATE_HZ))
    return (samples * 3000).astype("<i2").tobytes()


_REPLY: Final = noise(REPLY_S)
SOUND: Final = tuple(_REPLY[at : at + CHUNK_BYTES] for at in range(0, len(_REPLY), CHUNK_BYTES))
"""The reply's sound in pieces."""
