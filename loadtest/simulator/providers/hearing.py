"""What an emulated recogniser hears, and how it is told: sound in, words with times out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import RATE_HZ, Samples


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and where it is: samples at 8 kHz from the first sample that was asked about."""

    text: str
    start_8k: int
    end_8k: int


Recognise = Callable[[Samples], Sequence[HeardWord]]
"""The words that are in this sound, 8 kHz, in order; a word whose sound is missing is not there."""

ENCODINGS: Final = ("linear16", "mulaw")
"""What `decoded` understands."""


class UndecodableAudio(ValueError):
    """Bytes that are no sound of the announced encoding."""


def decoded(audio: bytes, encoding: str, rate_hz: int) -> Samples:
    """Sound as it came over the wire, as 8 kHz samples.

    Raises:
        UndecodableAudio: half a sample, or an encoding that is not in `ENCODINGS`.
    """
    match encoding:
        case "mulaw":
            samples = g711.decode(audio)
        case "linear16" if len(audio) % 2 == 0:
            samples = np.frombuffer(audio, "<i2").astype(np.int16)
        case _:
            raise UndecodableAudio(f"{len(audio)} bytes of {encoding}")
    if rate_hz == RATE_HZ:
        return samples
    resampled = wav.resample(samples.astype(np.float64), rate_hz, RATE_HZ)
    return np.clip(np.rint(resampled), -32768, 32767).astype(np.int16)
