"""What the stubs of the baselines say, and how long they take: as the engine's own do.

`docs/benchmarks.md` lists them. Nothing of the engine is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

RATE_HZ: Final = 8000


@dataclass(frozen=True, slots=True)
class Delays:
    """How long the stubs take, seconds: those of the engine's own, by the same names.

    `final_s`: the voice having stopped (0.2 s of silence) to the final transcript · `word_s`: the
    caller's words to the model's, at the median · `tail`: standard deviation of its logarithm ·
    `sound_s`: the model's words to their first sound.
    """

    final_s: float = 0.05
    word_s: float = 0.1
    tail: float = 0.0
    sound_s: float = 0.05


DELAYS: Final[Mapping[str, Delays]] = MappingProxyType(
    {"fixed": Delays(), "providers": Delays(0.15, 0.375, 0.8, 0.1)}
)
HEARD: Final = "hello there how are you"
SAID: Final = ("Sure, ", "I ", "can ", "help ", "with ", "that.")
CHUNK_BYTES: Final = RATE_HZ // 5 * 2
"""200 ms of 16-bit PCM."""

_REPLY: Final = (
    (np.random.default_rng(0).standard_normal(3 * RATE_HZ) * 3000).astype(np.int16).tobytes()
)
SOUND: Final = tuple(_REPLY[at : at + CHUNK_BYTES] for at in range(0, len(_REPLY), CHUNK_BYTES))
"""Three seconds of noise in pieces."""
