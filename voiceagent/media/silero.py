"""Silero voice activity detection for many lines in one batch.

The model (silero-vad v5, ONNX) takes 256 new samples at 8 kHz with the 32 before them, and a
recurrent state of shape (2, lines, 128). We keep state and context in arrays with a row per line
("slot") and run all lines that have a window ready at once: 100 us for one, about 30 us each for
sixteen. Row by row the result equals a session per call within 1e-4.

Long silence and noise drag the recurrent state so that the next word is under-reported; pipecat's
analyser resets it after two seconds of sound, in clear non-speech only. Same rule here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.media.models import SILERO, open_session, wheel_file

Windows = NDArray[np.float32]
"""Shape (lines, `WINDOW_SAMPLES`), samples in [-1, 1)."""

CONTEXT_SAMPLES: Final = 32
STATE_SIZE: Final = 128

RESET_AFTER: Final = 63
"""Windows between resets: the first count that holds two seconds of sound."""

RESET_BELOW: Final = 0.1
RESET_LOW_RUN: Final = 5
"""A reset waits for this many windows in a row below `RESET_BELOW` (160 ms)."""


REST_WINDOWS: Final = 32
"""How much of an empty room a line at rest has heard: one second.

A line that is silent need not be asked (`InboundAudio.count_rest`), and when sound comes, the model
goes on from the state it has after this much faint noise. That is not bit for bit what asking all
the time
gives: of 473 recordings here after 0.45, 1, 1.3 and 2.5 s of silence, 8 % of the beginnings moved,
29 ms to the front in the mean; 1.1 % by more than two windows earlier, 0.2 % by more than one later
(`tests/media/test_rest.py`). Between two draws of faint noise, one in six moves. With the model's
state left as it was, words were found 8 ms later in the mean, some by two windows."""

COMFORT_DBFS: Final = -54.0

COMFORT: Final[Windows] = (
    np.random.default_rng(8000).standard_normal((64, WINDOW_SAMPLES)) * 10 ** (COMFORT_DBFS / 20)
).astype(np.float32)
"""Two seconds of faint noise, a window a row, for lines that are digitally silent between words.

The model learnt from rooms. After digital silence it finds the next word 100 ms late at the median
and misses syllables; with a room's worth of noise beneath it is at once there. The same rows every
time, so a replayed call decides the same."""


class Vad(Protocol):
    """Voice probability for lines in slots."""

    slots: int

    def reset(self, slot: int) -> None:
        """Forget what a slot has heard; for a new line."""
        ...

    def rest(self, slot: int) -> None:
        """Take a slot to have heard an empty room; until sound comes it need not be asked."""
        ...

    def probabilities(
        self, slots: Sequence[int], windows: Windows, quiet: Sequence[bool]
    ) -> NDArray[np.float32]:
        """Judge one window of each of several lines.

        Args:
            slots: the lines, each at most once.
            windows: a row per line.
            quiet: per line, whether it is outside speech (a state reset would do no harm).

        Returns:
            Probability of voice, shape (lines,).
        """
        ...


class BatchedVad:
    """One ONNX session for all lines of a worker.

    Args:
        slots: lines it has room for; 1.3 kB each.
        path: the model file; by default the one in pipecat's wheel.
    """

    def __init__(self, slots: int, path: Path | None = None) -> None:
        self.slots = slots
        self._session = open_session(path or wheel_file(SILERO))
        self._state = np.zeros((2, slots, STATE_SIZE), dtype=np.float32)
        self._context = np.zeros((slots, CONTEXT_SAMPLES), dtype=np.float32)
        self._since_reset = np.zeros(slots, dtype=np.int64)
        self._low_run = np.zeros(slots, dtype=np.int64)
        self._rate = np.array(RATE_8K, dtype=np.int64)
        for row in COMFORT[:REST_WINDOWS]:
            self.probabilities([0], row[np.newaxis], [False])
        self._rest_state = self._state[:, 0].copy()
        self._rest_context = self._context[0].copy()
        self.reset(0)

    def reset(self, slot: int) -> None:
        """Forget what a slot has heard."""
        self._forget(np.array([slot]))
        self._low_run[slot] = 0

    def rest(self, slot: int) -> None:
        """Take a slot to have heard `REST_WINDOWS` of an empty room (see `Vad`)."""
        self._state[:, slot] = self._rest_state
        self._context[slot] = self._rest_context
        self._since_reset[slot] = REST_WINDOWS
        self._low_run[slot] = RESET_LOW_RUN

    def probabilities(
        self, slots: Sequence[int], windows: Windows, quiet: Sequence[bool]
    ) -> NDArray[np.float32]:
        """Judge one window of each of several lines (see `Vad`)."""
        if windows.shape != (len(slots), WINDOW_SAMPLES):
            raise ValueError(f"windows must be ({len(slots)}, {WINDOW_SAMPLES})")
        rows = np.asarray(slots, dtype=np.int64)
        sound = np.concatenate((self._context[rows], windows), axis=1)
        output, state = self._session.run(
            None, {"input": sound, "state": self._state[:, rows], "sr": self._rate}
        )
        self._state[:, rows] = state
        self._context[rows] = sound[:, -CONTEXT_SAMPLES:]
        probabilities = np.asarray(output, dtype=np.float32)[:, 0]
        self._reset_due(rows, probabilities, np.asarray(quiet, dtype=np.bool_))
        return probabilities

    def _reset_due(
        self,
        rows: NDArray[np.int64],
        probabilities: NDArray[np.float32],
        quiet: NDArray[np.bool_],
    ) -> None:
        """Reset the rows whose time has come; it takes effect from their next window."""
        self._since_reset[rows] += 1
        self._low_run[rows] = np.where(probabilities < RESET_BELOW, self._low_run[rows] + 1, 0)
        due = quiet & (self._since_reset[rows] >= RESET_AFTER)
        due &= self._low_run[rows] >= RESET_LOW_RUN
        if due.any():
            self._forget(rows[due])

    def _forget(self, rows: NDArray[np.int64]) -> None:
        self._state[:, rows] = 0.0
        self._context[rows] = 0.0
        self._since_reset[rows] = 0
