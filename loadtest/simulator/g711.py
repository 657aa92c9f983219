"""μ-law, as the telephone network carries it (ITU-T G.711, 8 kHz, one byte a sample).

Both directions are table look-ups, so a frame of 160 samples costs microseconds.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
"""Linear 16-bit samples at 8 kHz, one channel."""

RATE_HZ: Final = 8000
FRAME_8K: Final = 160
"""Samples in a frame of 20 ms."""

SILENCE: Final = b"\xff"
"""The μ-law byte of a zero sample."""

_BIAS: Final = 0x84
_CLIP: Final = 32635


def _decoding_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent = (code >> 4) & 0x07
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoding_table() -> npt.NDArray[np.uint8]:
    """The code of every 16-bit sample, indexed by the sample's unsigned bit pattern."""
    sample = np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(sample < 0, 0x80, 0)
    biased = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.frexp(biased)[1].astype(np.int32) - 8
    mantissa = (biased >> (exponent + 3)) & 0x0F
    code: npt.NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8)


_DECODE: Final = _decoding_table()
_ENCODE: Final = _encoding_table()
_POWER: Final = _DECODE.astype(np.float64) ** 2


def encode(samples: Samples) -> bytes:
    """Linear samples to μ-law bytes, one each; values beyond ±32635 are clipped."""
    return _ENCODE[samples.view(np.uint16)].tobytes()


def decode(mulaw: bytes) -> Samples:
    """μ-law bytes to linear samples, -32124 to 32124."""
    return _DECODE[np.frombuffer(mulaw, np.uint8)]


def rms(mulaw: bytes) -> float:
    """Root mean square of μ-law audio on the 16-bit scale; 0 for no audio."""
    if not mulaw:
        return 0.0
    return float(np.sqrt(_POWER[np.frombuffer(mulaw, np.uint8)].mean()))
