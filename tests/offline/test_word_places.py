"""Where words begin, from the text and the sound's own pauses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.word_places import Pause, Sounding, word_starts

RATE = 16000


def sound(*stretches_s: float) -> np.ndarray:
    """Voice and silence by turns, voice first after a silence of the first length."""
    rng = np.random.default_rng(1)
    parts = []
    for at, seconds in enumerate(stretches_s):
        noise = rng.normal(0, 1500, round(seconds * RATE))
        parts.append(noise * (at % 2))
    return np.concatenate(parts).astype(np.int16)


def seconds(words: str, *stretches_s: float) -> list[float]:
    sounding = Sounding.of(sound(*stretches_s), RATE)
    return [at / RATE for at in word_starts(words.split(), sounding, RATE)]


def test_pauses_are_found_and_what_is_before_a_plosive_is_none() -> None:
    found = Sounding.of(sound(0.1, 0.5, 0.03, 0.5, 0.2, 0.4, 0.3), RATE)
    assert found.start == pytest.approx(0.1 * RATE, abs=80)
    assert found.end == pytest.approx(1.73 * RATE, abs=80)
    (pause,) = found.pauses
    assert pause.start == pytest.approx(1.13 * RATE, abs=80)
    assert pause.end == pytest.approx(1.33 * RATE, abs=80)


def test_a_phrase_begins_after_its_pause() -> None:
    starts = seconds("one two, three four", 0.1, 0.6, 0.2, 0.6, 0.1)
    assert starts[0] == pytest.approx(0.1, abs=0.01)
    assert starts[2] == pytest.approx(0.9, abs=0.01)


def test_the_nearer_pause_is_taken_and_a_stray_one_left() -> None:
    starts = seconds("one two three four, five", 0.0, 0.3, 0.08, 0.9, 0.25, 0.4, 0.1)
    assert starts[4] == pytest.approx(1.53, abs=0.01)
    assert starts == sorted(starts)


def test_a_mark_without_a_pause_is_done_without() -> None:
    starts = seconds("well, thanks", 0.0, 0.8, 0.1)
    assert 0.2 < starts[1] < 0.6


def test_long_words_take_their_time() -> None:
    a, b, c = seconds("a refrigerator is", 0.0, 1.2, 0.1)
    assert b - a < 0.4 * (c - b)


@given(
    st.lists(st.sampled_from(["a", "visit,", "two", "hundred.", "o'clock", "strengths", "?!"])),
    st.lists(st.integers(0, 400), max_size=9),
)
def test_every_word_has_a_place_in_order_within_the_sound(
    words: list[str], stretches_ms: list[int]
) -> None:
    samples = sound(*(ms / 1000 for ms in stretches_ms)) if stretches_ms else np.zeros(0, np.int16)
    starts = word_starts(words, Sounding.of(samples, RATE), RATE)
    assert len(starts) == len(words)
    assert all(0 <= at <= len(samples) for at in starts)
    assert all(before <= after for before, after in pairwise(starts))


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.integers(1, 8))
def test_no_word_begins_in_a_pause(gaps_ms: list[int], count: int) -> None:
    stretches = [0.05, *(s / 1000 for gap in gaps_ms for s in (200, gap + 80)), 0.2]
    sounding = Sounding.of(sound(*stretches), RATE)
    for at in word_starts(["word,"] * count, sounding, RATE):
        assert not any(p.start < at < p.end for p in sounding.pauses)


def test_silence_has_no_pauses() -> None:
    assert Sounding.of(np.zeros(8000, np.int16), RATE) == Sounding(0, 8000, ())
    assert Pause(1, 2) not in Sounding.of(np.zeros(3, np.int16), RATE).pauses
