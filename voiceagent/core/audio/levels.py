"""How loud sound is, and how sharp."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import FLOOR_DBFS

Levels = NDArray[np.float32]
"""Levels in dBFS, one per block of `BLOCK_SAMPLES`."""

BLOCK_SAMPLES: Final = 64
"""Levels are taken over 8 ms: fine enough to place the end of a word."""

_HISS: Final = 1.6


def block_levels(windows: NDArray[np.float32]) -> Levels:
    """Levels of consecutive 8 ms blocks, for many windows at once.

    Args:
        windows: shape (lines, samples), samples in [-1, 1), a multiple of `BLOCK_SAMPLES`.

    Returns:
        dBFS, shape (lines, samples / `BLOCK_SAMPLES`), not below `FLOOR_DBFS`.
    """
    blocks = windows.reshape(windows.shape[0], -1, BLOCK_SAMPLES)
    power = np.einsum("lbs,lbs->lb", blocks, blocks) / BLOCK_SAMPLES
    levels: Levels = np.maximum(FLOOR_DBFS, 10.0 * np.log10(power + 1e-12)).astype(np.float32)
    return levels


def hisses(windows: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether the sound of each window lies in the high bands, as that of an "s" does.

    Told by the power of its differences against its own: 2 for white noise, below 1 for a vowel.

    Args:
        windows: shape (lines, samples).

    Returns:
        Shape (lines,).
    """
    steps = windows[:, 1:] - windows[:, :-1]
    sharp = np.einsum("ls,ls->l", steps, steps)
    hissing: NDArray[np.bool_] = sharp > _HISS * np.einsum("ls,ls->l", windows, windows)
    return hissing
