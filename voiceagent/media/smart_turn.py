"""The turn model: does this voice sound finished?

Smart Turn v3 (ONNX, pipecat's wheel) hears the last eight seconds of the caller and answers with a
probability that the turn is over. One inference takes about 100 ms of a core, so all lines of a
worker share one session on one thread, questions wait in a short line, and a question whose caller
went on speaking is withdrawn before it starts.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from voiceagent.core.audio.samples import RATE_8K, SAMPLES_PER_MS, Pcm
from voiceagent.media.features import SECONDS, double_rate, log_mel
from voiceagent.media.models import SMART_TURN, open_session, wheel_file

WAITING_MOST: Final = 4
"""Questions in the line at most: a later answer would come after the decision."""


IMAGINED_MS: Final = 200
"""Silence added before the model listens. It learnt from turns that end in some hundred
milliseconds of silence; asked 110 ms into it, it misses most endings, and with this it finds about
as many as when asked 300 ms later."""

_IMAGINED: Final = np.zeros(IMAGINED_MS * SAMPLES_PER_MS, dtype=np.float32)


class Question(Protocol):
    """A question to the turn model."""

    def probability(self) -> float | None:
        """That the turn is over, 0-1; ``None`` while there is no answer (or none will come)."""
        ...

    def withdraw(self) -> None:
        """The answer is of no use any more."""
        ...


class TurnModel(Protocol):
    """Judges the end of turns for all lines of a worker. Never blocks."""

    def ask(self, samples_8k: Pcm) -> Question | None:
        """Judge the caller's turn so far, its silence included; ``None`` when it is too busy."""
        ...

    def close(self) -> None:
        """Let go of the thread."""
        ...


class SmartTurn:
    """The model itself; the work of one inference. Not for the frame scheduler's thread.

    Args:
        path: the model file; by default the one in pipecat's wheel.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._session = open_session(path or wheel_file(SMART_TURN))

    def probability(self, samples_8k: Pcm) -> float:
        """That the speech, with its trailing silence, is a finished turn: 0-1. About 100 ms."""
        sound = samples_8k[-SECONDS * RATE_8K :].astype(np.float32) / np.float32(32768.0)
        sound = np.concatenate((sound, _IMAGINED))
        features = log_mel(double_rate(sound))[np.newaxis]
        (answer,) = self._session.run(None, {"input_features": features})
        return float(np.asarray(answer).reshape(-1)[0])


class _Pending:
    """A question on its way through the worker thread."""

    def __init__(self, future: Future[float]) -> None:
        self._future = future

    def probability(self) -> float | None:
        """The answer, if it is there."""
        if not self._future.done() or self._future.cancelled():
            return None
        return None if self._future.exception() is not None else self._future.result()

    def withdraw(self) -> None:
        """Take it out of the line unless it has started."""
        self._future.cancel()


class TurnModelThread:
    """One worker thread for all lines.

    Args:
        model: what it runs.
    """

    def __init__(self, model: SmartTurn) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turn-model")
        self._line: list[Future[float]] = []
        self.refused = 0
        """Questions turned away because the line was full."""

    def ask(self, samples_8k: Pcm) -> Question | None:
        """Put a question in the line (see `TurnModel`)."""
        self._line = [future for future in self._line if not future.done()]
        if len(self._line) >= WAITING_MOST:
            self.refused += 1
            return None
        future = self._thread.submit(self._model.probability, samples_8k)
        self._line.append(future)
        return _Pending(future)

    def close(self) -> None:
        """Withdraw what waits and end the thread; does not wait for a running inference."""
        self._thread.shutdown(wait=False, cancel_futures=True)
