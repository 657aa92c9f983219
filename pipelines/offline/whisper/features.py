"""Telephone sound as Whisper wants it: a log-mel spectrogram, of the sound and a short rest only.

Whisper was trained on 16 kHz in windows of 30 s. A telephone's sound has nothing above 4 kHz, so
it is not upsampled: a transform of half the length at half the rate has the same bins (40 Hz apart)
and the same frames (every 10 ms), and the upper bands are empty either way. And the window is the
sound and `REST_S` of silence, which costs a tenth of the full one; with less than a second of rest
the model repeats itself. See Radford and others, "Robust speech recognition via large-scale weak
supervision", 2022, and the mel scale of Slaney's Auditory Toolbox, 1998.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_8K: Final = 8000
HOP: Final = 80
BANDS: Final = 80
REST_S: Final = 2.0
"""Silence after the sound."""

LONGEST_S: Final = 28.0
"""More sound than this cannot be taken in at once; its beginning is left out."""

_FFT: Final = 200
_BIN_HZ: Final = 40.0
_TOP_HZ: Final = 8000.0
_QUIETEST: Final = 1e-10
_RANGE: Final = 8.0
_KNEE_HZ: Final = 1000.0
_KNEE_MEL: Final = 15.0
_STEP: Final = float(np.log(6.4)) / 27.0

Floats = NDArray[np.float32]


def log_mel(pcm_8k: NDArray[np.int16], rest_s: float = REST_S) -> Floats:
    """The spectrogram of an utterance.

    Args:
        pcm_8k: the sound; of more than `LONGEST_S` the end is taken.
        rest_s: silence to add.

    Returns:
        Shape (`BANDS`, frames), a frame every 10 ms.
    """
    sound = pcm_8k[-int(LONGEST_S * RATE_8K) :].astype(np.float32) / 32768.0
    length = -(-(len(sound) + int(rest_s * RATE_8K)) // (2 * HOP)) * 2 * HOP
    padded = np.zeros(length, np.float32)
    padded[: len(sound)] = sound
    padded = np.pad(padded, _FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[:-1:HOP]
    spectrum = np.fft.rfft(frames * _HANN, axis=1)
    # Half the samples, so half the amplitude of the same sound at 16 kHz.
    power = 4.0 * (spectrum.real**2 + spectrum.imag**2)
    log = np.log10(np.maximum(power @ _FILTERS, _QUIETEST))
    log = np.maximum(log, log.max() - _RANGE)
    return np.ascontiguousarray(((log + 4.0) / 4.0).T, dtype=np.float32)


def _slaney_mel(hertz: Floats) -> Floats:
    """Linear below 1 kHz, logarithmic above."""
    above = _KNEE_MEL + np.log(np.maximum(hertz, 1.0) / _KNEE_HZ) / _STEP
    return np.where(hertz < _KNEE_HZ, hertz * _KNEE_MEL / _KNEE_HZ, above)


def _slaney_hertz(mel: Floats) -> Floats:
    above = _KNEE_HZ * np.exp(_STEP * (mel - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _KNEE_HZ / _KNEE_MEL, above)


def _filters() -> Floats:
    """Shape (bins below 4 kHz, `BANDS`); each triangle has the same area."""
    top = float(_slaney_mel(np.array([_TOP_HZ], np.float32))[0])
    edges = _slaney_hertz(np.linspace(0.0, top, BANDS + 2).astype(np.float32)).astype(np.float64)
    bins = np.arange(_FFT // 2 + 1) * _BIN_HZ
    filters = np.zeros((len(bins), BANDS))
    for band in range(BANDS):
        low, centre, high = edges[band : band + 3]
        rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
        filters[:, band] = np.clip(np.minimum(rising, falling), 0, None) * 2.0 / (high - low)
    return filters.astype(np.float32)


_FILTERS: Final = _filters()
_HANN: Final = np.hanning(_FFT + 1)[:-1].astype(np.float32)
