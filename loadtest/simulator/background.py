"""What is heard behind a caller all the time: a street, a television, a machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from loadtest.simulator import g711
from loadtest.simulator.g711 import FRAME_8K, Samples
from loadtest.simulator.recording import Recording

_QUIETEST_RMS: Final = 30.0
"""Samples below it are pauses of a noise (between two barks) and do not count for its level."""


class Background:
    """A noise that goes round and round under everything a caller sends.

    Args:
        samples: as loud as it is to be; at least one frame.

    Raises:
        ValueError: less than a frame.
    """

    def __init__(self, samples: Samples) -> None:
        frames = len(samples) // FRAME_8K
        if not frames:
            raise ValueError("a background noise has at least 20 ms of sound")
        self._frames = samples[: frames * FRAME_8K].reshape(frames, FRAME_8K).astype(np.int32)

    @classmethod
    def at_snr(cls, samples: Samples, speech: Iterable[Recording], snr_db: float) -> Background:
        """A noise so loud that the speech of the recordings lies `snr_db` above it.

        Levels are root mean squares: of the speech spans, and of the noise where it sounds.

        Raises:
            ValueError: a noise without sound, or recordings without speech.
        """
        spoken = _rms(
            [
                g711.decode(one.audio[one.speech.start_8k : one.speech.end_8k])
                for one in speech
                if one.speech is not None
            ]
        )
        sounding = _rms([samples[np.abs(samples) >= _QUIETEST_RMS]])
        if not spoken or not sounding:
            raise ValueError("a level needs a noise that sounds and a caller who speaks")
        scaled = samples * (spoken / sounding * 10 ** (-snr_db / 20))
        return cls(np.clip(scaled, -32768, 32767).astype(np.int16))

    def under(self, audio: bytes, frame: int) -> bytes:
        """A frame of the caller, with the noise of that moment.

        Args:
            audio: μ-law, 160 samples.
            frame: its number on the line.
        """
        mixed = g711.decode(audio) + self._frames[frame % len(self._frames)]
        return g711.encode(np.clip(mixed, -32768, 32767).astype(np.int16))


def _rms(pieces: list[Samples]) -> float:
    whole = np.concatenate(pieces) if pieces else np.zeros(0)
    return float(np.sqrt((whole.astype(np.float64) ** 2).mean())) if len(whole) else 0.0
