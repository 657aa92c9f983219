from __future__ import annotations

import numpy as np

from pipelines.offline.front_end import CEPSTRA, Centring, FrontEnd, Network
from training.scores import errors as word_errors


def noise(seconds: float, seed: int, loudness: float = 800) -> bytes:
    samples = np.random.default_rng(seed).normal(0, loudness, int(8000 * seconds))
    return samples.astype("<i2").tobytes()


def cepstra(sound: bytes, piece: int) -> np.ndarray:
    network = Network.load()
    front_end = FrontEnd(network, Centring(network.centre))
    parts = [front_end.feed(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    return np.concatenate([*parts, front_end.finish()])


def test_how_sound_is_cut_makes_no_difference() -> None:
    sound = noise(0.3, 1, 20) + noise(1.5, 2)
    whole = cepstra(sound, len(sound))
    for piece in (160, 322, 960):
        np.testing.assert_allclose(cepstra(sound, piece), whole, atol=0.05)


def test_every_frame_comes_out() -> None:
    assert cepstra(noise(1.0, 3), 960).shape == ((8000 - 205) // 80 + 1, CEPSTRA)


def test_a_sound_too_short_for_a_frame_gives_none() -> None:
    assert cepstra(noise(0.01, 4), 960).shape == (0, CEPSTRA)


def test_loudness_of_the_line_does_not_matter() -> None:
    sound = noise(1.5, 5, 3000)
    quiet = (np.frombuffer(sound, "<i2") // 3).astype("<i2").tobytes()
    difference = cepstra(sound, 960) - cepstra(quiet, 960)
    assert np.abs(difference[50:]).mean() < 1.5


def test_the_next_turn_starts_from_what_was_learned() -> None:
    network = Network.load()
    front_end = FrontEnd(network, Centring(network.centre))
    front_end.feed(noise(1.0, 6))
    front_end.finish()
    carried = front_end.centring.carry()
    assert carried.frames > Centring(network.centre).frames
    assert not np.allclose(carried.mean, network.centre)


def test_word_errors_count_all_three_kinds() -> None:
    assert word_errors(["a", "b", "c"], ["a", "x", "c", "d"]) == 2
    assert word_errors(["a", "b"], []) == 2
    assert word_errors([], ["a"]) == 1
