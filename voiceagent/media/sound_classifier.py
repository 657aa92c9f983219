"""What a sound is: words, a "mm-hm", an "um", or no speech. From half a second at most.

A voice model says that somebody speaks, a recogniser says what, a second later. Between them stands
the question whether our own sentence should stop for it, and there the first quarter second tells
much: a hum has no consonant, "okay" begins like "okay", a cough is all noise. Small networks read
it from a picture of the sound: 18 mel bands every 16 ms, each run aligned at its onset, relative to
its loudest moment. Two networks of 45 thousand weights,
about 0.2 ms an opinion.

The weights (`sound_classifier.npz`) come from `training/sound_classifier`, which says what they
have learnt from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import RATE_8K, SAMPLES_PER_MS, Pcm
from voiceagent.core.turns.interruption import SoundScores

Floats = NDArray[np.float32]

WEIGHTS: Final = Path(__file__).with_name("sound_classifier.npz")

HEARD_MS: Final = 640
"""The longest stretch it looks at."""

LEAST_MS: Final = 128
MOST_MS: Final = 480
"""A shorter run tells nothing yet, and a longer one speaks for itself."""

EVERY_MS: Final = 64
"""As long as the voice goes on, it is asked this often."""

KINDS: Final = ("words", "nod", "filler", "noise")
"""Outputs, in order; the fields of `SoundScores`."""

BANDS: Final = 18
_LOW_HZ: Final = 150.0
_HIGH_HZ: Final = 3700.0
_WINDOW: Final = 256
_HOP: Final = 128
_RANGE_DB: Final = 50.0
"""What is softer than the loudest band by more is all the same."""

FRAMES: Final = (HEARD_MS * SAMPLES_PER_MS - _WINDOW) // _HOP + 1
INPUTS: Final = FRAMES * BANDS + 1

STRIDE: Final = 2
"""Of both convolutions, frames."""


def _filters() -> Floats:
    """Triangular filters on the mel scale (O'Shaughnessy), shape (bins, `BANDS`)."""
    low_mel, high_mel = (float(2595 * np.log10(1 + hz / 700)) for hz in (_LOW_HZ, _HIGH_HZ))
    mel = np.linspace(low_mel, high_mel, BANDS + 2)
    corners = 700 * (10 ** (mel / 2595) - 1)
    bins = np.linspace(0, RATE_8K / 2, _WINDOW // 2 + 1)[:, np.newaxis]
    low, mid, high = corners[:-2], corners[1:-1], corners[2:]
    filters = np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid))
    return np.asarray(np.maximum(filters, 0.0), dtype=np.float32)


_FILTERS: Final = _filters()
_HANN: Final = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)


def picture(samples_8k: Pcm) -> Floats:
    """The network's input for the beginning of a run: shape (`INPUTS`,), values in 0-1.

    Args:
        samples_8k: the run so far; what is beyond `HEARD_MS` is not looked at, what is missing is
            black. The last value is the share that is there.
    """
    frames = max(0, min(FRAMES, (samples_8k.size - _WINDOW) // _HOP + 1))
    image = np.zeros((FRAMES, BANDS), dtype=np.float32)
    if frames:
        sound = samples_8k.astype(np.float32) / np.float32(32768.0)
        pieces = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP][:frames]
        power = np.abs(np.fft.rfft(pieces * _HANN, axis=1)) ** 2
        bands = 10.0 * np.log10(power @ _FILTERS + 1e-9)
        image[:frames] = np.maximum(0.0, 1.0 + (bands - bands.max()) / _RANGE_DB)
    share = np.array([frames / FRAMES], dtype=np.float32)
    return np.concatenate((image.reshape(-1), share))


def pieces(images: Floats, reach: int) -> Floats:
    """What each position of a convolution over time sees: a view, `STRIDE` apart.

    Args:
        images: shape (..., frames, channels), contiguous.
        reach: frames seen at once.

    Returns:
        Shape (..., positions, `reach` times channels).
    """
    *rest, frames, channels = images.shape
    *before, step, item = images.strides
    shape = (*rest, (frames - reach) // STRIDE + 1, reach * channels)
    return np.lib.stride_tricks.as_strided(images, shape, (*before, step * STRIDE, item))


class SoundScorer(Protocol):
    """Says what the beginning of a run of voice is like."""

    def scores(self, samples_8k: Pcm) -> SoundScores:
        """What the run of voice so far is like."""
        ...


class SoundClassifier:
    """Networks that are asked together: two convolutions over time, two layers upon them.

    Args:
        path: their weights, ``first``, ``second``, ``third``, ``last``, each of shape (nets,
            inputs, outputs), and of each the ``_bias``, shape (nets, outputs).
    """

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as weights:
            self._first, self._second, self._third, self._last = (
                (
                    weights[name].astype(np.float32),
                    weights[f"{name}_bias"].astype(np.float32)[:, np.newaxis],
                )
                for name in ("first", "second", "third", "last")
            )

    def scores(self, samples_8k: Pcm) -> SoundScores:
        """What the run of voice so far is like.

        Args:
            samples_8k: from `core` audio, `inbound.BEFORE_RUN_MS` before the onset on.
        """
        image = picture(samples_8k)
        seen = image[:-1].reshape(FRAMES, BANDS)
        for weights, bias in (self._first, self._second):
            reach = weights.shape[1] // seen.shape[-1]
            seen = np.maximum(0.0, pieces(seen, reach) @ weights + bias)
        flat = seen.reshape(len(seen), 1, -1)
        share = np.broadcast_to(image[-1:], (len(flat), 1, 1))
        whole = np.concatenate((flat, share), axis=2)
        third = np.maximum(0.0, whole @ self._third[0] + self._third[1])
        scores = (third @ self._last[0] + self._last[1]).mean(axis=(0, 1))
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        words, nod, filler, noise = shares.tolist()
        return SoundScores(words, nod, filler, noise)
