"""A voice model without a network: exact, however its windows are batched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voiceagent.media.silero import Windows


class VoiceByLevel:
    """Implements `Vad`: what is loud is voice. Keeps the windows that each slot was asked about."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.asked: dict[int, list[bytes]] = defaultdict(list)

    def reset(self, slot: int) -> None:
        """Nothing was heard."""
        self.asked.pop(slot, None)

    def rest(self, slot: int) -> None:
        """Nothing to do."""

    def probabilities(
        self,
        slots: Sequence[int],
        windows: Windows,
        quiet: Sequence[bool],
    ) -> NDArray[np.float32]:
        """By the root mean square of each window, alone."""
        for slot, window in zip(slots, windows, strict=True):
            self.asked[slot].append(window.tobytes())
        loud = [float(np.sqrt(np.mean(np.square(window)))) for window in windows]
        return np.array([min(1.0, 10.0 * level) for level in loud], dtype=np.float32)
