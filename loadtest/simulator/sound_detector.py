"""The caller's ear: when the agent sounds and when it is silent, from what was really heard."""

from __future__ import annotations

from typing import Final

from loadtest.simulator import g711
from loadtest.simulator.recording import SampleSpan

SOUND_RMS: Final = 200.0
"""Level (16-bit scale) from which a frame counts as sound: about -44 dB of full scale."""

HANGOVER_8K: Final = 1600
"""A shorter silence belongs to the utterance around it."""


class SoundDetector:
    """Energy detector with hangover over consecutive frames of heard μ-law audio."""

    def __init__(self, *, sound_rms: float = SOUND_RMS, hangover_8k: int = HANGOVER_8K) -> None:
        self._sound_rms = sound_rms
        self._hangover_8k = hangover_8k
        self._utterances: list[SampleSpan] = []
        self._open = False

    @property
    def sounding(self) -> bool:
        """Whether an utterance is open: sound, or a silence still within the hangover."""
        return self._open

    @property
    def utterances(self) -> tuple[SampleSpan, ...]:
        """Every utterance heard, from its first to its last sound."""
        return tuple(self._utterances)

    def hear(self, start_8k: int, audio: bytes) -> None:
        """Takes the next frame; `start_8k` is the time of its first sample."""
        end_8k = start_8k + len(audio)
        if audio and g711.rms(audio) >= self._sound_rms:
            if self._open:
                start_8k = self._utterances.pop().start_8k
            self._utterances.append(SampleSpan(start_8k, end_8k))
            self._open = True
        else:
            self.quiet(end_8k)

    def quiet(self, now_8k: int) -> None:
        """Nothing was played up to `now_8k`."""
        if self._open and now_8k - self._utterances[-1].end_8k >= self._hangover_8k:
            self._open = False

    def sound_8k(self, from_8k: int, to_8k: int | None = None) -> int:
        """Samples inside utterances between two times (default: up to now)."""
        total = 0
        for span in reversed(self._utterances):
            if span.end_8k <= from_8k:
                break
            end_8k = span.end_8k if to_8k is None else min(span.end_8k, to_8k)
            total += max(0, end_8k - max(span.start_8k, from_8k))
        return total

    def first_sound_8k(self, since_8k: int) -> int | None:
        """When the first sound after `since_8k` began, or that time if one was going on."""
        first = None
        for span in reversed(self._utterances):
            if span.end_8k <= since_8k:
                break
            first = max(span.start_8k, since_8k)
        return first

    def last_sound_8k(self) -> int:
        """When the last sound ended; 0 if there was none."""
        return self._utterances[-1].end_8k if self._utterances else 0
