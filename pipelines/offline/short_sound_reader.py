"""Reads short sounds with Whisper, in the recognising process.

On a thread and with an instance of its own, so that no turn of another caller must be over first.

A caller's "stop" lasts a third of a second. Whisper tiny.en reads it when it is told that a word of
that kind comes; without a prompt it loses one in four.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.short_sounds import ShortReading
from pipelines.offline.whisper.model import Whisper

PROMPT: Final = "Stop. Wait. No. Hold on. Yes. Right. Okay. Um. Uh-huh. Mm-hmm."
"""What people say over somebody's speech: commands, nods and hesitations alike."""

WAITING: Final = 8
"""Sounds that wait at most; of more the oldest is read by nobody."""


@dataclass(frozen=True, slots=True)
class _Sound:
    stream: int
    pcm_8k: NDArray[np.int16]


class ShortSoundReader:
    """The thread.

    Args:
        whisper: the model; nobody else's.
        tell: told the stream and what was read, from the thread.
    """

    def __init__(self, whisper: Whisper, tell: Callable[[int, ShortReading], None]) -> None:
        self._whisper = whisper
        self._tell = tell
        self._waiting: deque[_Sound] = deque(maxlen=WAITING)
        self._change = threading.Condition()

    def start(self) -> None:
        """Read until the process ends."""
        threading.Thread(target=self._run, name="short sounds", daemon=True).start()

    def read(self, stream: int, pcm_8k: bytes) -> None:
        """Take a sound in; from any thread."""
        samples = np.frombuffer(pcm_8k[: len(pcm_8k) // 2 * 2], np.int16)
        with self._change:
            self._waiting.append(_Sound(stream, samples))
            self._change.notify()

    def reading(self, pcm_8k: NDArray[np.int16]) -> ShortReading:
        """What a sound says."""
        if not len(pcm_8k):
            return ShortReading("", 0.0)
        found = self._whisper.hear(self._whisper.encode(pcm_8k), PROMPT).found
        if not found:
            return ShortReading("", 0.0)
        return ShortReading(found[0].text, math.exp(min(0.0, found[0].score)))

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._waiting:
                    self._change.wait()
                sound = self._waiting.popleft()
            self._tell(sound.stream, self.reading(sound.pcm_8k))
