"""The recorded microphone: one file with all turns of a caller, each where its answer is due.

A browser plays a file into a page's microphone from the moment that it is opened, and cannot wait
for the agent. So the call is first made by the emulated carrier, whose caller does wait; where its
turns then lay is where they lie in the file, each a little later than the one before, so that an
agent who takes longer is not cut off.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voiceagent.app.cli.phone import PhoneCall

RATE_8K: Final = 8000
RATE_48K: Final = 48000

OPENING_S: Final = 1.0
"""From opening the microphone to the first sound of the line, at most."""

LATER_S: Final = 1.8
"""How much longer than the emulated caller this one waits before each turn."""

BEFORE_S: Final = 0.15
AFTER_S: Final = 0.35


@dataclass(frozen=True, slots=True)
class SpokenAt:
    """Where a turn lies in the file, seconds."""

    start_s: float
    end_s: float


def microphone(
    call: PhoneCall, recording: Path, to: Path, *, pauses: dict[int, float]
) -> list[SpokenAt]:
    """Write the file.

    Args:
        call: as the emulated carrier has made it.
        recording: of that call, stereo, caller left.
        to: the file, 48 kHz.
        pauses: index of a turn -> how much longer still is waited before it, seconds.

    Returns:
        where the turns lie.
    """
    caller = _left(recording)
    pieces: list[np.ndarray] = [np.zeros(int(OPENING_S * RATE_8K), np.int16)]
    at_8k = len(pieces[0])
    spoken, shift_s = [], OPENING_S
    for index, (start_s, end_s) in enumerate(spans(call)):
        shift_s += LATER_S + pauses.get(index, 0.0)
        begin_8k = int((start_s - BEFORE_S) * RATE_8K)
        sound = caller[begin_8k : int((end_s + AFTER_S) * RATE_8K)]
        place_8k = begin_8k + int(shift_s * RATE_8K)
        pieces += [np.zeros(place_8k - at_8k, np.int16), sound]
        at_8k = place_8k + len(sound)
        spoken.append(SpokenAt(start_s + shift_s, end_s + shift_s))
    pieces.append(np.zeros(60 * RATE_8K, np.int16))
    _write(np.concatenate(pieces), to)
    return spoken


def spans(call: PhoneCall) -> Sequence[tuple[float, float]]:
    """Where the caller spoke, seconds of the recording."""
    turns = call.report.turns
    return [
        (turn.speech_start_s, turn.speech_end_s)
        for turn in turns
        if turn.speech_start_s is not None and turn.speech_end_s is not None
    ]


def _left(recording: Path) -> np.ndarray:
    with wave.open(str(recording)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, RATE_8K)
        frames = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return frames[::2]


def _write(sound_8k: np.ndarray, to: Path) -> None:
    times = np.arange(len(sound_8k) * RATE_48K // RATE_8K) * (RATE_8K / RATE_48K)
    sound = np.interp(times, np.arange(len(sound_8k)), sound_8k).astype(np.int16)
    with wave.open(str(to), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_48K)
        file.writeframes(sound.tobytes())
