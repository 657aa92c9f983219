"""The classifier of sounds by voices that it has never heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.rig import load, speech_spans
from voiceagent.core.audio.samples import SAMPLES_PER_MS
from voiceagent.core.turns.interruption import SoundScores
from voiceagent.media.inbound_audio import BEFORE_RUN_MS
from voiceagent.media.sound_classifier import INPUTS, WEIGHTS, SoundClassifier, picture

VOICES = ("espeak_f5", "espeak_m7", "espeak_linda", "espeak_david", "espeak_m6")


@pytest.fixture(scope="module")
def classifier() -> SoundClassifier:
    return SoundClassifier()


def scores(classifier: SoundClassifier, voice: str, name: str, run_ms: int) -> SoundScores:
    """After so much of it, from 40 ms behind its onset on, where the voice model notices it."""
    path = f"panel/{voice}/{name}.wav"
    onset = int(speech_spans("panel")[path][0] * 8000) + 320
    start = max(0, onset - BEFORE_RUN_MS * SAMPLES_PER_MS)
    return classifier.scores(load(path)[start : onset + run_ms * SAMPLES_PER_MS])


@given(st.integers(0, 8000), st.integers(0, 2**32 - 1))
def test_any_sound_has_a_picture_and_an_opinion(samples: int, seed: int) -> None:
    sound = np.random.default_rng(seed).integers(-32768, 32767, samples).astype(np.int16)
    image = picture(sound)
    assert image.shape == (INPUTS,)
    assert 0.0 <= image.min() <= image.max() <= 1.0


def test_an_opinion_is_shared_out(classifier: SoundClassifier) -> None:
    said = classifier.scores(np.zeros(3000, dtype=np.int16))
    assert said.words + said.nod + said.filler + said.noise == pytest.approx(1.0)


def test_it_costs_what_two_networks_of_fifty_thousand_weights_do() -> None:
    with np.load(WEIGHTS) as weights:
        shapes = {name: weights[name].shape for name in weights}
    assert {shape[0] for shape in shapes.values()} == {2}
    assert sum(int(np.prod(shape[1:])) for shape in shapes.values()) < 50_000
    assert WEIGHTS.stat().st_size < 200_000


def test_loudness_is_no_argument(classifier: SoundClassifier) -> None:
    sound = load("panel/espeak_m7/yeah.wav")[1600:5000]
    assert classifier.scores(sound).nod == pytest.approx(classifier.scores(sound // 4).nod, abs=0.1)


def slightness(sound: SoundScores) -> float:
    """How surely somebody said it without asking for the floor."""
    return sound.nod + sound.filler


def test_most_nods_are_told_from_most_words_in_a_third_of_a_second(
    classifier: SoundClassifier,
) -> None:
    slight = [
        slightness(scores(classifier, voice, name, 320))
        for voice, name in (
            ("espeak_f5", "mm_hm"),
            ("espeak_m7", "mm_hm"),
            ("espeak_david", "mm_hm"),
            ("espeak_m6", "uh_huh"),
            ("espeak_m7", "yeah"),
        )
    ]
    words = [
        scores(classifier, voice, name, 320).words
        for voice, name in (
            ("espeak_f5", "wait"),
            ("espeak_m7", "wait"),
            ("espeak_m6", "wait"),
            ("espeak_f5", "excuse_me_how_much_was_that"),
            ("espeak_david", "wait"),
        )
    ]
    assert np.median(slight) > 0.7
    assert np.median(words) > 0.5
