"""How much of a sound is a voice, for sounds that nobody meant as words.

The recognisers must always choose from words. The voice detector of the calls (Silero) has learnt
what hum, hiss, a horn and a ringing telephone are; what it hears no voice in is not listened to.
The silence around the words is left out: it costs time, and Whisper fills it with repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

TRACKS: Final = 32
"""So many turns are followed at once."""


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

    def up_to(self, samples: int) -> Voiced:
        """The same of a sound that is cut off after so many samples, where nobody speaks."""
        return replace(self, end=min(self.end, samples))


class VoiceFinder:
    """Judges one sound after another."""

    def __init__(self) -> None:
        self._vad = BatchedVad(1)

    def of(self, pcm_8k: NDArray[np.int16]) -> Voiced:
        """Where there is a voice."""
        whole = len(pcm_8k) // WINDOW_SAMPLES * WINDOW_SAMPLES
        self._vad.reset(0)
        return voiced(_likely(self._vad, 0, pcm_8k[:whole]), len(pcm_8k))


class VoiceTrack:
    """Follows one turn while it is spoken, so that where its voice was is known when it ends.

    Args:
        vad: shared by turns.
        slot: this turn's.
    """

    def __init__(self, vad: BatchedVad, slot: int) -> None:
        self._vad = vad
        self.slot = slot
        self._likely: list[float] = []
        self._rest = np.zeros(0, np.int16)
        self._samples = 0
        vad.reset(slot)

    def feed(self, pcm_8k: NDArray[np.int16]) -> None:
        """More sound."""
        self._samples += len(pcm_8k)
        sound = np.concatenate([self._rest, pcm_8k])
        whole = len(sound) // WINDOW_SAMPLES * WINDOW_SAMPLES
        self._rest = sound[whole:]
        self._likely += _likely(self._vad, self.slot, sound[:whole])

    def so_far(self) -> Voiced:
        """Where there was a voice."""
        return voiced(self._likely, self._samples)


class VoiceTracks:
    """Follows the turns of several callers at once.

    Args:
        turns: how many at most.
    """

    def __init__(self, turns: int = TRACKS) -> None:
        self._vad = BatchedVad(turns)
        self._free = list(range(turns))

    def begin(self) -> VoiceTrack | None:
        """Follow one more; ``None`` when they are too many: it is looked at when it ends."""
        return VoiceTrack(self._vad, self._free.pop()) if self._free else None

    def end(self, track: VoiceTrack | None) -> None:
        """It is over."""
        if track is not None:
            self._free.append(track.slot)


def _likely(vad: BatchedVad, slot: int, pcm_8k: NDArray[np.int16]) -> list[float]:
    """How likely each window of a sound is a voice; it goes on from what the slot has heard."""
    windows = (pcm_8k.astype(np.float32) / 32768.0).reshape(-1, WINDOW_SAMPLES)
    return [float(vad.probabilities([slot], one[None], [False])[0]) for one in windows]


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
