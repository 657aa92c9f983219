"""Log-mel features of speech as the Whisper family of models takes them (Radford et al., 2022).

Eight seconds at 16 kHz become 800 frames of 80 mel bands: a 25 ms Hann window every 10 ms, power
spectrum, triangular mel filters on the Slaney scale with equal area, log10, cut 80 dB below the
loudest, scaled to about [-1, 1].
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

RATE_16K: Final = 16000
SECONDS: Final = 8
SAMPLES_16K: Final = RATE_16K * SECONDS
BANDS: Final = 80
FRAMES: Final = 800

_WINDOW: Final = 400
_HOP: Final = 160
_BREAK_HZ: Final = 1000.0
_BREAK_MEL: Final = 15.0
_HZ_PER_MEL: Final = 200.0 / 3.0
_LOG_STEP: Final = float(np.log(6.4)) / 27.0


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale (Auditory Toolbox, 1998): linear to 1 kHz, logarithmic above."""
    return np.where(
        mel < _BREAK_MEL,
        mel * _HZ_PER_MEL,
        _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL)),
    )


def _filters() -> NDArray[np.float32]:
    """Triangular filters, shape (`BANDS`, bins), each of the same area."""
    nyquist = RATE_16K / 2
    top_mel = _BREAK_MEL + float(np.log(nyquist / _BREAK_HZ)) / _LOG_STEP
    corners = _mel_to_hz(np.linspace(0.0, top_mel, BANDS + 2))
    bins = np.linspace(0.0, nyquist, _WINDOW // 2 + 1)
    low, mid, high = (corners[i : i + BANDS, np.newaxis] for i in range(3))
    rising = (bins - low) / (mid - low)
    falling = (high - bins) / (high - mid)
    triangles = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (high - low))
    return triangles.astype(np.float32)


_FILTERS: Final = _filters()
_HANN: Final = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
_FLOOR: Final = np.float32(1e-10)


def log_mel(samples_16k: Float) -> Float:
    """Features of a stretch of speech.

    Args:
        samples_16k: the sound in [-1, 1); only the last eight seconds count, and what is missing
            is silence in front, so that the end of the speech is the end of the input.

    Returns:
        Shape (`BANDS`, `FRAMES`).
    """
    sound = np.zeros(SAMPLES_16K, dtype=np.float32)
    kept = samples_16k[-SAMPLES_16K:]
    sound[SAMPLES_16K - kept.size :] = kept
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + np.float32(1e-7))
    padded = np.pad(sound, _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:FRAMES]
    alike = _silent_frames(SAMPLES_16K - kept.size)
    spectrum = np.fft.rfft(frames[alike:] * _HANN, axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    power = np.concatenate((np.repeat(power[:1], alike, axis=0), power))
    log = np.log10(np.maximum(_FLOOR, _FILTERS @ power.T.astype(np.float32)))
    log = np.maximum(log, log.max() - 8.0)
    scaled: Float = ((log + 4.0) / 4.0).astype(np.float32)
    return scaled


def _silent_frames(missing: int) -> int:
    """Frames in front of a sound that lacks so many samples, each the same as the one after it."""
    return max(0, min((missing - _WINDOW // 2) // _HOP, FRAMES - 1)) if missing > _WINDOW else 0


def _half_band() -> Float:
    """Low-pass at a quarter of the new rate, 63 taps, for doubling the sampling rate."""
    taps = np.arange(-31, 32)
    kernel = np.sinc(taps / 2.0) * np.kaiser(taps.size, 7.0)
    taps_16k: Float = (2.0 * kernel / kernel.sum()).astype(np.float32)
    return taps_16k


_KERNEL: Final = _half_band()


def double_rate(samples_8k: Float) -> Float:
    """8 kHz to 16 kHz by zero-stuffing and a linear-phase low-pass (no delay, shape (2 n,))."""
    if samples_8k.size == 0:
        return np.zeros(0, dtype=np.float32)
    stuffed = np.zeros(2 * samples_8k.size, dtype=np.float32)
    stuffed[::2] = samples_8k
    half = _KERNEL.size // 2
    return np.convolve(stuffed, _KERNEL)[half : half + stuffed.size].astype(np.float32)
