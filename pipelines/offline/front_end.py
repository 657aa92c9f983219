"""Telephone speech as the acoustic model expects to hear it.

The model that ships with the recogniser was trained on 16 kHz recordings; a telephone passes 300 to
3400 Hz, so whole bands that tell *s* from *f* are missing and every cepstrum is bent. Upsampling
does not bring them back. A small network does: it looks at eleven frames of the telephone's mel
spectrum and predicts the cepstra that a wide-band recording would have given. Its target includes
cepstral mean normalisation, so the decoder runs with its own switched off.

Shapes: sound is float samples at 8 kHz in 16-bit scale; a frame is 25.6 ms every 10 ms; a mel
spectrum has `BANDS` natural logarithms; cepstra are `CEPSTRA` values, float32.
`training/front_end.py` makes the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_8K: Final = 8000
HOP: Final = 80
WINDOW: Final = 205
BANDS: Final = 20
CEPSTRA: Final = 13
CONTEXT: Final = 5
PRIOR_FRAMES: Final = 15.0
MEMORY_FRAMES: Final = 200.0
LOOK_AHEAD: Final = 40
LONGEST_HOLD: Final = 250
WEIGHTS: Final = Path(__file__).with_name("front_end.npz")
_FFT: Final = 256
_FLOOR: Final = 60.0
_DEPTH: Final = 3.45
_FAINT: Final = 8.5

Floats = NDArray[np.float32]


def _mel_filters() -> Floats:
    def mel(hertz: float) -> float:
        return 2595.0 * float(np.log10(1 + hertz / 700.0))

    edges = 700.0 * (10 ** (np.linspace(mel(200), mel(3700), BANDS + 2) / 2595.0) - 1)
    bins = np.arange(_FFT // 2 + 1) * RATE_8K / _FFT
    filters = np.zeros((len(bins), BANDS))
    for band in range(BANDS):
        low, centre, high = edges[band : band + 3]
        rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
        filters[:, band] = np.clip(np.minimum(rising, falling), 0, None) * 2 / (high - low) * 40
    return filters.astype(np.float32)


_FILTERS: Final = _mel_filters()
_HAMMING: Final = np.hamming(WINDOW).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Network:
    """Weights: spectrum (centred, `(2 * CONTEXT + 1) * BANDS`) -> hidden -> hidden -> cepstra.

    `centre` is the mean spectrum of a caller never heard before.
    """

    centre: Floats
    hidden: Floats
    hidden_bias: Floats
    second: Floats
    second_bias: Floats
    out: Floats
    out_bias: Floats

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Network:
        """Read the weights that ship with the package."""
        with np.load(path) as data:
            return cls(**{name: data[name].astype(np.float32) for name in cls.__slots__})

    def __call__(self, stacked: Floats) -> Floats:
        """Cepstra of each row of stacked frames."""
        first = np.maximum(stacked @ self.hidden + self.hidden_bias, 0)
        second = np.maximum(first @ self.second + self.second_bias, 0)
        return np.asarray(second @ self.out + self.out_bias, dtype=np.float32)


def mel_frames(sound: Floats, before: float) -> Floats:
    """Log mel spectra of every whole window in `sound`; `before` is the sample ahead of it."""
    count = (len(sound) - WINDOW) // HOP + 1
    if count <= 0:
        return np.zeros((0, BANDS), np.float32)
    sharpened = sound - np.float32(0.97) * np.concatenate(([np.float32(before)], sound[:-1]))
    at = np.arange(WINDOW)[None, :] + HOP * np.arange(count)[:, None]
    spectrum = np.fft.rfft(sharpened[at] * _HAMMING, _FFT)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return np.asarray(np.log(power @ _FILTERS + np.float32(_FLOOR)), dtype=np.float32)


class Centring:
    """The running mean of a caller's spectrum: it tells a line's colour and loudness from speech.

    It waits for `LOOK_AHEAD` frames of speech before it lets the first frame go, so that already an
    utterance's first word is centred; the decoder is fast enough to catch up. Only frames within
    15 dB of the loudest count as speech. What was learned is carried to the caller's next turn.
    """

    def __init__(self, centre: Floats, frames: float = PRIOR_FRAMES) -> None:
        self.mean = centre.astype(np.float64)
        self.frames = frames
        self._held: list[Floats] = []
        self._released = False
        self._loudest = _FAINT

    def feed(self, spectra: Floats) -> Floats:
        """Centre frames; how they were cut into pieces makes no difference to the result."""
        if self._released:
            return self._follow(spectra)
        for index in range(len(spectra)):
            self._held.append(spectra[index : index + 1])
            self._loudest = max(self._loudest, float(spectra[index].mean()))
            if self._enough():
                return np.concatenate((self._release(), self._follow(spectra[index + 1 :])))
        return spectra[:0]

    def finish(self) -> Floats:
        """What is still held back."""
        return np.zeros((0, BANDS), np.float32) if self._released else self._release()

    def carry(self) -> Centring:
        """What the next utterance of the same caller starts from."""
        return Centring(self.mean.astype(np.float32), min(self.frames, MEMORY_FRAMES))

    def _enough(self) -> bool:
        if len(self._held) < LOOK_AHEAD:
            return False
        levels = np.array([frame.mean() for frame in self._held])
        speech = np.count_nonzero(levels > max(self._loudest - _DEPTH, _FAINT))
        return bool(speech >= LOOK_AHEAD) or len(self._held) >= LONGEST_HOLD

    def _release(self) -> Floats:
        self._released = True
        held = np.concatenate(self._held) if self._held else np.zeros((0, BANDS), np.float32)
        self._held = []
        speech = held[held.mean(axis=1) > max(self._loudest - _DEPTH, _FAINT)]
        total = self.frames + len(speech)
        self.mean = (self.mean * self.frames + speech.sum(axis=0)) / total
        self.frames = total
        return np.asarray(held - self.mean, dtype=np.float32)

    def _follow(self, spectra: Floats) -> Floats:
        if not len(spectra):
            return spectra
        levels = spectra.mean(axis=1)
        loudest = np.maximum.accumulate(np.maximum(levels, self._loudest))
        weights = np.where(levels > np.maximum(loudest - _DEPTH, _FAINT), 1.0, 0.0)
        totals = self.frames + np.cumsum(weights)
        sums = self.mean * self.frames + np.cumsum(spectra * weights[:, None], axis=0)
        means = sums / totals[:, None]
        self._loudest = float(loudest[-1])
        self.mean, self.frames = means[-1], float(totals[-1])
        return np.asarray(spectra - means, dtype=np.float32)


class FrontEnd:
    """One utterance: sound in, cepstra out, `CONTEXT` frames behind.

    Args:
        network: the weights.
        centring: what is known of the caller's line.
    """

    def __init__(self, network: Network, centring: Centring) -> None:
        self._network = network
        self.centring = centring
        self._sound = np.zeros(0, np.float32)
        self._before = 0.0
        self._frames: Floats | None = None

    def feed(self, pcm_8k: bytes) -> Floats:
        """Cepstra that the new sound completes; shape (frames, CEPSTRA)."""
        fresh = np.frombuffer(pcm_8k, "<i2").astype(np.float32)
        self._sound = np.concatenate((self._sound, fresh))
        spectra = mel_frames(self._sound, self._before)
        used = len(spectra) * HOP
        if used:
            self._before = float(self._sound[used - 1])
            self._sound = self._sound[used:]
        return self._predict(self.centring.feed(spectra))

    def finish(self) -> Floats:
        """The last cepstra, once no more sound will come."""
        late = self._predict(self.centring.finish())
        if self._frames is None:
            return late
        return np.concatenate((late, self._predict(np.repeat(self._frames[-1:], CONTEXT, axis=0))))

    def _predict(self, centred: Floats) -> Floats:
        if self._frames is None:
            if not len(centred):
                return np.zeros((0, CEPSTRA), np.float32)
            self._frames = np.repeat(centred[:1], CONTEXT, axis=0)
        self._frames = np.concatenate((self._frames, centred))
        count = len(self._frames) - 2 * CONTEXT
        if count <= 0:
            return np.zeros((0, CEPSTRA), np.float32)
        cepstra = self._network(stack(self._frames))
        self._frames = self._frames[count:]
        return cepstra


def stack(frames: Floats) -> Floats:
    """Each frame with `CONTEXT` neighbours on both sides, side by side."""
    width = 2 * CONTEXT + 1
    count = len(frames) - width + 1
    return np.concatenate([frames[i : i + count] for i in range(width)], axis=1)
