"""The ends of a line that is looked at by itself: the caller's sound, and nobody who takes part."""

from __future__ import annotations

from typing import Final

import numpy as np

from loadtest.panel.script import coded
from loadtest.simulator.g711 import Samples
from voiceagent.core.audio.samples import FRAME_SAMPLES
from voiceagent.core.wire import LineEnd, Played, TurnEnd

NOISE_DBFS: Final = -60.0


def sent_sound(samples: Samples, *, start_8k: int, after_8k: int, seed: int) -> bytes:
    """A caller's sound as the carrier sends it: whole frames of mu-law, in the noise of a line.

    Args:
        samples: linear.
        start_8k: how long the line is silent before it, samples.
        after_8k: and after it.
        seed: of the noise.
    """
    frames = -(-(start_8k + len(samples) + after_8k) // FRAME_SAMPLES)
    caller = np.zeros(frames * FRAME_SAMPLES, dtype=np.int16)
    caller[start_8k : start_8k + len(samples)] = samples
    noise = np.random.default_rng(seed).normal(0, 32768 * 10 ** (NOISE_DBFS / 20), caller.size)
    return coded(caller, noise.astype(np.int16))


class NobodyAnswers:
    """A control plane that lets everything pass (`LineListener`)."""

    def caller_started(self, at_s: float) -> None:
        """See `LineListener`."""

    def barge_in(self, heard: Played | None) -> None:
        """See `LineListener`."""

    def caller_audio(self, pcm_8k: bytes) -> None:
        """See `LineListener`."""

    def caller_paused(self) -> None:
        """See `LineListener`."""

    def caller_resumed(self) -> None:
        """See `LineListener`."""

    def caller_nearly_finished(self) -> None:
        """See `LineListener`."""

    def caller_finished(self, end: TurnEnd) -> None:
        """See `LineListener`."""

    def played(self, progress: Played) -> None:
        """See `LineListener`."""

    def key(self, digit: str) -> None:
        """See `LineListener`."""

    def time_is_up(self) -> None:
        """See `LineListener`."""

    def closed(self, reason: LineEnd, heard: Played | None) -> None:
        """See `LineListener`."""


class DeafCarrier:
    """A carrier that is never sent anything, as nobody answers (`CarrierLink`)."""

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        """See `CarrierLink`."""

    def send_mark(self, name: str) -> None:
        """See `CarrierLink`."""

    def send_clear(self) -> None:
        """See `CarrierLink`."""

    def close(self) -> None:
        """See `CarrierLink`."""
