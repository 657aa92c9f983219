"""Any usual sound file, as a telephone would carry it: mono, 8 kHz, 16 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE_8K: Final = 8000
LONGEST_S: Final = 60.0


class SoundFileError(Exception):
    """The file is no sound that can be read; the text says why."""


def read_8k(path: Path) -> NDArray[np.int16]:
    """The sound of a file: WAV, FLAC, Ogg, MP3, AIFF and what else libsndfile reads.

    Channels are mixed, other rates converted.

    Raises:
        SoundFileError: it cannot be read, or is longer than a minute.
    """
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            if file.frames > LONGEST_S * rate:
                raise SoundFileError(f"{path}: no utterance is longer than {LONGEST_S:.0f} s.")
            sound = file.read(dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        problem = f"{path}: no sound that can be read (WAV, FLAC, Ogg, MP3 and AIFF can)"
        raise SoundFileError(problem) from error
    mono = sound.mean(axis=1)
    if rate != RATE_8K and len(mono):
        mono = soxr.resample(mono, rate, RATE_8K)
    scaled = np.clip(np.rint(mono * 32768.0), -32768, 32767)
    return np.asarray(scaled, dtype=np.int16)
