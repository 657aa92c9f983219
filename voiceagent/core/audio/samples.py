"""Sound on the telephone: G.711 mu-law, 8 kHz frames, levels, and a ring of recent samples.

Linear sound is 16-bit signed PCM at 8 kHz as a one-dimensional numpy array (`Pcm`). Mu-law is
plain ``bytes``, one byte a sample. Both directions are table look-ups: 64 kB and 512 bytes.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""16-bit signed linear samples at 8 kHz, shape (n,)."""

Levels = NDArray[np.float32]
"""Levels in dBFS, one per block of `BLOCK_SAMPLES`."""

RATE_8K: Final = 8000
"""Samples per second of everything named ``_8k``."""

SAMPLES_PER_MS: Final = 8
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = 160
"""One carrier frame: 20 ms at 8 kHz."""

BLOCK_SAMPLES: Final = 64
"""Levels are taken over 8 ms: fine enough to place the end of a word."""

FLOOR_DBFS: Final = -96.0
"""What digital silence is called: the level of the 16-bit quantiser's last bit."""

_FULL_SCALE: Final = 32768.0

_HISS: Final = 1.6


def _decoding_table() -> Pcm:
    """The 256 reconstruction values of ITU-T G.711 table 2a, scaled to 16 bits."""
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = ((code & 0x0F).astype(np.int32) << 3) + 0x84
    magnitude <<= (code & 0x70).astype(np.int32) >> 4
    magnitude -= 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoding_table() -> NDArray[np.uint8]:
    """The code of every 16-bit value, indexed by the value read as unsigned (ITU-T G.711)."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    biased = np.minimum(np.abs(value), 8158) + 33
    segment = np.log2(biased).astype(np.int32) - 5
    code = (segment << 4) | ((biased >> (segment + 1)) & 0x0F)
    table: NDArray[np.uint8] = np.where(value < 0, code ^ 0x7F, code ^ 0xFF).astype(np.uint8)
    return table


_DECODE: Final = _decoding_table()
_ENCODE: Final = _encoding_table()
_DECODE_UNIT: Final[NDArray[np.float32]] = _DECODE.astype(np.float32) / np.float32(_FULL_SCALE)
_POWER: Final[NDArray[np.float32]] = np.square(_DECODE_UNIT)


def mulaw_decode(mulaw: bytes) -> Pcm:
    """Mu-law to linear. Source: ITU-T G.711."""
    return _DECODE[np.frombuffer(mulaw, dtype=np.uint8)]


def mulaw_windows(mulaw: bytes, samples: int) -> NDArray[np.float32]:
    """Mu-law of many windows, one after the other, to rows in [-1, 1): shape (windows, samples)."""
    return _DECODE_UNIT[np.frombuffer(mulaw, dtype=np.uint8)].reshape(-1, samples)


def mulaw_encode(samples: Pcm) -> bytes:
    """Linear to mu-law. Source: ITU-T G.711."""
    return _ENCODE[samples.view(np.uint16)].tobytes()


def pcm_from_bytes(pcm_8k: bytes) -> Pcm:
    """Little-endian 16-bit PCM as an array.

    Raises:
        ValueError: an odd number of bytes.
    """
    return np.frombuffer(pcm_8k, dtype="<i2").astype(np.int16, copy=False)


def pcm_to_bytes(samples: Pcm) -> bytes:
    """An array as little-endian 16-bit PCM."""
    return samples.astype("<i2", copy=False).tobytes()


def mulaw_level_dbfs(mulaw: bytes) -> float:
    """Mean power in dB below full scale; `FLOOR_DBFS` for silence and for nothing at all."""
    if not mulaw:
        return FLOOR_DBFS
    power = float(_POWER[np.frombuffer(mulaw, dtype=np.uint8)].sum()) / len(mulaw)
    return max(FLOOR_DBFS, 10.0 * math.log10(power + 1e-12))


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


class MulawRing:
    """The last stretch of a stream, as mu-law, addressed by position since the stream began.

    Kept as it came: a byte a sample, and slicing bytes costs a tenth of slicing arrays, which
    counts when every call does it fifty times a second. What is needed as numbers is decoded when
    it is needed.

    Args:
        capacity: samples kept; older ones are forgotten.
    """

    __slots__ = ("_base", "_buffer", "_capacity", "end", "start")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._buffer = bytearray()
        self._base = 0
        self.start = 0
        """Position of the oldest sample still kept."""
        self.end = 0
        """Position one past the newest sample."""

    def append(self, mulaw: bytes) -> None:
        """Add samples at the end."""
        self._buffer += mulaw
        self.end += len(mulaw)
        self.start = max(0, self.end - self._capacity)
        if len(self._buffer) > 2 * self._capacity:
            del self._buffer[: -self._capacity]
            self._base = self.start

    def forget(self) -> None:
        """Keep nothing."""
        self._buffer = bytearray()
        self._base = self.start = self.end

    def read(self, start: int, end: int) -> bytes:
        """A copy of [start, end), clipped to what is kept."""
        start, end = max(start, self.start), min(end, self.end)
        return bytes(self._buffer[start - self._base : max(start, end) - self._base])
