"""How much of a sound is a voice, for sounds that nobody meant as words.

The recognisers must always choose from words. The voice detector of the calls (Silero) has learnt
what hum, hiss, a horn and a ringing telephone are; what it hears no voice in is not listened to.
The silence around the words is left out: it costs time, and Whisper fills it with repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.media.silero import BatchedVad

VOICE: Final = 0.5
"""A window that is likelier a voice than this is one."""

AROUND_S: Final = 0.3
"""The detector is late by a syllable, and misses faint ends."""


@dataclass(frozen=True, slots=True)
class Voiced:
    """Where in a sound there is a voice.

    Attributes:
        seconds: how long there is one.
        start: the sample from which on the sound is worth listening to.
        end: the sample after the last such; `start` when there is none.
    """

    seconds: float
    start: int
    end: int


class VoiceFinder:
    """Judges one sound after another."""

    def __init__(self) -> None:
        self._vad = BatchedVad(1)

    def of(self, pcm_8k: NDArray[np.int16]) -> Voiced:
        """Where there is a voice."""
        whole = len(pcm_8k) // WINDOW_SAMPLES * WINDOW_SAMPLES
        windows = (pcm_8k[:whole].astype(np.float32) / 32768.0).reshape(-1, WINDOW_SAMPLES)
        self._vad.reset(0)
        likely = [float(self._vad.probabilities([0], one[None], [False])[0]) for one in windows]
        return voiced(likely, len(pcm_8k))


def voiced(likely: Sequence[float], samples: int) -> Voiced:
    """What the windows of a sound amount to.

    Args:
        likely: how likely each is a voice, 0..1.
        samples: how long the sound is.
    """
    voices = [at for at, one in enumerate(likely) if one > VOICE]
    if not voices:
        return Voiced(0.0, 0, 0)
    around = int(AROUND_S * RATE_8K)
    start = max(0, voices[0] * WINDOW_SAMPLES - around)
    end = min(samples, (voices[-1] + 1) * WINDOW_SAMPLES + around)
    return Voiced(len(voices) * WINDOW_SAMPLES / RATE_8K, start, end)
