"""G.711 mu-law, as telephony carries it: plain ``bytes``, one byte a sample.

Source: ITU-T G.711. Both directions are table look-ups: 64 kB and 512 bytes.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import FLOOR_DBFS, FULL_SCALE, Pcm

SILENCE: Final = b"\xff"
"""A sample of silence in mu-law (ITU-T G.711: positive zero)."""


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
_DECODE_UNIT: Final[NDArray[np.float32]] = _DECODE.astype(np.float32) / np.float32(FULL_SCALE)
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


def mulaw_level_dbfs(mulaw: bytes) -> float:
    """Mean power in dB below full scale; `FLOOR_DBFS` for silence and for nothing at all."""
    if not mulaw:
        return FLOOR_DBFS
    power = float(_POWER[np.frombuffer(mulaw, dtype=np.uint8)].sum()) / len(mulaw)
    return max(FLOOR_DBFS, 10.0 * math.log10(power + 1e-12))
