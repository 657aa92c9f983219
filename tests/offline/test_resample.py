from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.offline.resample import Downsampler


def tone(hertz: float, seconds: float = 0.5) -> np.ndarray:
    at = np.arange(int(22050 * seconds)) / 22050
    return (10000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def converted(samples: np.ndarray, piece: int = 10**9) -> np.ndarray:
    down = Downsampler(22050)
    parts = [down.feed(samples[i : i + piece]) for i in range(0, len(samples), piece)]
    return np.concatenate([*parts, down.finish()])


@pytest.mark.parametrize(
    ("hertz", "least_db", "most_db"),
    [(500, -0.1, 0.1), (3000, -0.1, 0.1), (4200, -200, -40), (8000, -200, -60)],
)
def test_the_voice_band_passes_and_what_would_alias_does_not(
    hertz: float, least_db: float, most_db: float
) -> None:
    sound = converted(tone(hertz))[200:-200].astype(float)
    gain_db = 20 * np.log10(max(sound.std(), 1e-6) / tone(hertz).std())
    assert least_db <= gain_db <= most_db


@given(st.integers(min_value=1, max_value=3000))
@settings(max_examples=25, deadline=None)
def test_the_border_of_a_chunk_is_no_border_in_the_sound(piece: int) -> None:
    sound = tone(700, 0.2)
    assert np.array_equal(converted(sound, piece), converted(sound))


def test_length_follows_the_rates() -> None:
    assert abs(len(converted(tone(500, 1.0))) - 8000) <= 2
