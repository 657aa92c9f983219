"""Sound files in and out: any usual file in, as 8 kHz mono; WAV of 8 kHz and 16 bits out."""

from __future__ import annotations

import math
import wave
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import soundfile

from loadtest.simulator.g711 import RATE_HZ, Samples

_ZERO_CROSSINGS: Final = 24
"""Half-width of the resampling filter, in zero crossings of its sinc."""

_KAISER_BETA: Final = 9.0
"""Window shape: images and aliases about 90 dB down."""

_BLOCK: Final = 8192
"""Output samples computed at a time, which bounds memory."""

Floats = npt.NDArray[np.float64]


class WavError(ValueError):
    """A file holds no sound that this module can read."""


def read(path: Path | str) -> Samples:
    """The recording as 8 kHz mono samples.

    Any usual file is taken: WAV of any rate, width or law (PCM, float, A-law, mu-law), FLAC, Ogg,
    MP3, AIFF. Channels are averaged; another rate is converted by a polyphase filter.

    Raises:
        WavError: the file is no sound that can be read, or holds none.
        OSError: the file cannot be read.
    """
    with Path(path).open("rb") as raw:  # before soundfile, whose errors do not say why
        try:
            with wave.open(raw, "rb") as file:
                channels, rate_hz = file.getnchannels(), file.getframerate()
                data = file.readframes(file.getnframes())
                linear = _linear(data, file.getsampwidth(), path)
        except (wave.Error, EOFError):
            raw.seek(0)
            linear, channels, rate_hz = _other(raw, path)
    if channels == 1 and rate_hz == RATE_HZ:
        return _to_int16(linear.astype(np.float64))
    mono = linear[: len(linear) // channels * channels].reshape(-1, channels).mean(axis=1)
    return _to_int16(resample(mono, rate_hz, RATE_HZ))


def _other(raw: BinaryIO, path: Path | str) -> tuple[Floats, int, int]:
    """Interleaved samples on the 16-bit scale, channels and rate of a file that is no PCM WAV."""
    try:
        found, rate_hz = soundfile.read(raw, dtype="float64", always_2d=True)
    except (soundfile.LibsndfileError, TypeError, ValueError) as error:
        raise WavError(
            f"{path}: no sound that can be read (WAV, FLAC, Ogg, MP3 and AIFF can)"
        ) from error
    return np.asarray(found, np.float64).reshape(-1) * 32768, found.shape[1], int(rate_hz)


def write_stereo(path: Path | str, left: Samples, right: Samples) -> None:
    """Writes two 8 kHz channels; the shorter one is filled up with silence."""
    both = np.zeros((max(len(left), len(right)), 2), dtype="<i2")
    both[: len(left), 0] = left
    both[: len(right), 1] = right
    _write(path, both, channels=2)


def write_mono(path: Path | str, samples: Samples) -> None:
    """Writes one 8 kHz channel."""
    _write(path, samples.astype("<i2"), channels=1)


def resample(samples: Floats, from_hz: int, to_hz: int) -> Floats:
    """Converts the rate by a Kaiser-windowed sinc, evaluated only at the phases needed.

    Delay-free: output sample n is the input at time n / to_hz.
    """
    common = math.gcd(from_hz, to_hz)
    up, down = to_hz // common, from_hz // common
    if up == down or not len(samples):
        return samples.astype(np.float64)
    taps, reach = _phases(up, down)
    length = -(-len(samples) * up // down)
    padded = np.concatenate([np.zeros(reach), samples, np.zeros(reach + 1)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps.shape[1])
    out = np.empty(length)
    for first in range(0, length, _BLOCK):
        at = np.arange(first, min(first + _BLOCK, length)) * down
        out[first : first + _BLOCK] = np.einsum("ij,ij->i", windows[at // up], taps[at % up])
    return out


def _phases(up: int, down: int) -> tuple[Floats, int]:
    """One row of taps per output phase, and the taps before the current input sample."""
    cutoff = min(1.0, up / down)
    reach = math.ceil(_ZERO_CROSSINGS / cutoff)
    offset = np.arange(-reach, reach + 1)[None, :] - np.arange(up)[:, None] / up
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (offset / (reach + 1)) ** 2)))
    taps = np.sinc(offset * cutoff) * window
    return taps / taps.sum(axis=1, keepdims=True), reach


def _linear(data: bytes, width: int, path: Path | str) -> Floats | Samples:
    """Interleaved samples on the 16-bit scale."""
    whole = data[: len(data) // width * width]
    match width:
        case 1:
            return (np.frombuffer(whole, np.uint8).astype(np.float64) - 128) * 256
        case 2:
            return np.frombuffer(whole, "<i2").astype(np.int16)
        case 3:
            low, mid, high = np.frombuffer(whole, np.uint8).reshape(-1, 3).astype(np.int32).T
            return (((high ^ 0x80) - 0x80) * 65536 + mid * 256 + low) / 256
        case 4:
            return np.frombuffer(whole, "<i4") / 65536
        case _:
            raise WavError(f"{path}: {width * 8}-bit samples are not supported")


def _to_int16(samples: Floats) -> Samples:
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def _write(path: Path | str, samples: npt.NDArray[np.int16], *, channels: int) -> None:
    with Path(path).open("wb") as raw, wave.open(raw, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
