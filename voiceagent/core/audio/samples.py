"""Linear sound on the telephone: 16-bit signed PCM at 8 kHz as a one-dimensional numpy array.

Mu-law is in `g711`, levels in `levels`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""16-bit signed linear samples at 8 kHz, shape (n,)."""

RATE_8K: Final = 8000
"""Samples per second of everything named ``_8k``."""

SAMPLES_PER_MS: Final = 8
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = 160
"""One carrier frame: 20 ms at 8 kHz."""

FULL_SCALE: Final = 32768.0

FLOOR_DBFS: Final = -96.0
"""What digital silence is called: the level of the 16-bit quantiser's last bit."""


def pcm_from_bytes(pcm_8k: bytes) -> Pcm:
    """Little-endian 16-bit PCM as an array.

    Raises:
        ValueError: an odd number of bytes.
    """
    return np.frombuffer(pcm_8k, dtype="<i2").astype(np.int16, copy=False)


def pcm_to_bytes(samples: Pcm) -> bytes:
    """An array as little-endian 16-bit PCM."""
    return samples.astype("<i2", copy=False).tobytes()
