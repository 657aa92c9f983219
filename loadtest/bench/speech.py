"""What the swarm's callers say: a recording, then silence, cycle after cycle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtest.simulator.g711 import FRAME_8K, RATE_HZ, SILENCE
from loadtest.simulator.recording import Recording

SPEECH: Final = (
    Path(__file__).resolve().parents[2]
    / "audio_fixtures/golden/rms/i-need-to-reschedule-my-appointment.wav"
)
"""What callers say where nothing else is asked for."""

CYCLE_S: Final = 8.0
"""A recording starts every so often; it and the reply must fit in."""


@dataclass(frozen=True, slots=True)
class SpeechCycle:
    """One cycle of a caller's line: frames, and which of them hold the speech's two ends."""

    frames: tuple[bytes, ...]
    first: int
    last: int

    @classmethod
    def of(cls, recording: Recording) -> SpeechCycle:
        """The recording, then silence to the end of the cycle.

        Raises:
            ValueError: no speech in it, or too long for a cycle.
        """
        span = recording.speech
        total = int(CYCLE_S * RATE_HZ)
        if span is None or len(recording.audio) > total * 5 // 8:
            raise ValueError(f"{recording.name}: needs speech, and at most {CYCLE_S * 5 / 8} s")
        sound = recording.audio.ljust(total, SILENCE)
        frames = tuple(sound[at : at + FRAME_8K] for at in range(0, total, FRAME_8K))
        return cls(frames, span.start_8k // FRAME_8K, (span.end_8k - 1) // FRAME_8K)
