"""Of the voice's samples: clipping, clicks and holes are found, and speech has none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media.rig import load
from training.own_voice import FULL, SoundFaults

Pcm = NDArray[np.int16]


def speech() -> Pcm:
    return load("reference/slt/04.wav")


def clipped() -> Pcm:
    sound = speech().astype(np.float64)
    louder = sound * (4 * FULL / float(np.abs(sound).max()))
    return np.asarray(np.clip(louder, -FULL, FULL), dtype=np.int16)


def clicking() -> Pcm:
    sound = speech() // 4
    sound[sound.size // 2] = 20000
    return sound


def holed() -> Pcm:
    sound = speech()
    middle = int(np.abs(sound).argmax())
    return np.concatenate((sound[:middle], np.zeros(9000, np.int16), sound[middle:]))


def test_a_recorded_sentence_is_whole() -> None:
    assert SoundFaults.of(speech()) == SoundFaults(0, 0, 0)


def test_no_sound_at_all_has_no_fault() -> None:
    assert not SoundFaults.of(np.zeros(0, np.int16)).any


@pytest.mark.parametrize(
    ("sound", "faults"),
    [
        (clipped(), lambda found: found.clipped),
        (clicking(), lambda found: found.clicks),
        (holed(), lambda found: found.gaps),
    ],
)
def test_a_fault_is_found(sound: Pcm, faults: Callable[[SoundFaults], int]) -> None:
    assert faults(SoundFaults.of(sound)) > 0
