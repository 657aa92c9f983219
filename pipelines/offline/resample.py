"""22.05 kHz speech to 8 kHz, in a stream.

A polyphase windowed-sinc low-pass (cut-off 3.7 kHz, below the telephone's band edge) whose state
is kept between chunks, so that a chunk's border is no border in the sound. See any text on
multirate filtering, e.g. Crochiere and Rabiner, "Multirate Digital Signal Processing", 1983.
"""

from __future__ import annotations

from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

CUTOFF_HZ: Final = 3700.0
TAPS: Final = 96
"""Input samples that one output sample is made from; 4.4 ms at 22.05 kHz."""

Floats = NDArray[np.float32]


class Downsampler:
    """Converts one utterance.

    Args:
        from_hz: rate of the input.
        to_hz: rate of the output, lower than `from_hz`.
    """

    def __init__(self, from_hz: int, to_hz: int = 8000) -> None:
        divisor = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // divisor, from_hz // divisor
        self._bank = _bank(self._up, CUTOFF_HZ / from_hz)
        self._kept: Floats = np.zeros(TAPS // 2, dtype=np.float32)
        self._next = 0

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """The output that `samples` completes; lags half the taps behind."""
        self._kept = np.concatenate((self._kept, samples.astype(np.float32)))
        last = (len(self._kept) - TAPS) * self._up
        if last < self._next:
            return np.zeros(0, dtype=np.int16)
        count = (last - self._next) // self._down + 1
        places = self._next + self._down * np.arange(count)
        starts, phases = places // self._up, places % self._up
        windows = np.lib.stride_tricks.sliding_window_view(self._kept, TAPS)[starts]
        out = np.einsum("nt,nt->n", windows, self._bank[phases])
        self._next += self._down * count
        drop = self._next // self._up
        self._kept = self._kept[drop:]
        self._next -= drop * self._up
        rounded: NDArray[np.int16] = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        return rounded

    def finish(self) -> NDArray[np.int16]:
        """The rest."""
        return self.feed(np.zeros(TAPS // 2, dtype=np.int16))


def _bank(phases: int, cutoff: float) -> Floats:
    """One filter per phase; each sums to 1. `cutoff` is a share of the input rate."""
    offsets = np.arange(TAPS)[None, :] - (TAPS // 2 - 1) - np.arange(phases)[:, None] / phases
    taps = np.sinc(2 * cutoff * offsets) * np.kaiser(TAPS, 8.0)[None, :]
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)
