from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.audio.g711 import mulaw_decode, mulaw_encode, mulaw_level_dbfs, mulaw_windows
from voiceagent.core.audio.levels import block_levels, hisses
from voiceagent.core.audio.ring import MulawRing
from voiceagent.core.audio.samples import FLOOR_DBFS, Pcm, pcm_from_bytes, pcm_to_bytes

audioop = pytest.importorskip("audioop")

ALL_CODES = bytes(range(256))
ALL_SAMPLES = np.arange(-32768, 32768).astype(np.int16)


def test_decoding_agrees_with_another_implementation_on_every_code() -> None:
    assert pcm_to_bytes(mulaw_decode(ALL_CODES)) == audioop.ulaw2lin(ALL_CODES, 2)


def test_encoding_agrees_with_another_implementation_on_every_sample() -> None:
    assert mulaw_encode(ALL_SAMPLES) == audioop.lin2ulaw(ALL_SAMPLES.tobytes(), 2)


def test_every_code_but_negative_zero_survives_a_round_trip() -> None:
    again = mulaw_encode(mulaw_decode(ALL_CODES))
    assert [code for code in range(256) if again[code] != code] == [0x7F]


def test_encoding_is_monotone_and_within_half_a_step() -> None:
    decoded = mulaw_decode(mulaw_encode(ALL_SAMPLES)).astype(int)
    assert (np.diff(decoded) >= 0).all()
    error = np.abs(decoded - np.clip(ALL_SAMPLES.astype(int), -32124, 32124))
    assert (error <= 8 + np.abs(ALL_SAMPLES.astype(int)) / 16).all()


def mean_power_dbfs(samples: Pcm) -> float:
    power = float(np.mean(np.square(samples.astype(np.float64) / 32768)))
    return max(FLOOR_DBFS, 10 * float(np.log10(power + 1e-12)))


def test_levels() -> None:
    assert mulaw_level_dbfs(mulaw_encode(np.zeros(160, dtype=np.int16))) == FLOOR_DBFS
    assert mulaw_level_dbfs(b"") == FLOOR_DBFS
    half = mulaw_encode(np.full(160, 16384, dtype=np.int16))
    assert mulaw_level_dbfs(half) == pytest.approx(-6.02, abs=0.25)  # a step of the code
    window = np.zeros((2, 256), dtype=np.float32)
    window[1, 64:128] = 0.5
    levels = block_levels(window)
    assert levels.shape == (2, 4)
    assert levels[1, 1] == pytest.approx(-6.02, abs=0.01)
    assert levels[1, 0] == levels[0, 1] == FLOOR_DBFS


def test_odd_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        pcm_from_bytes(b"abc")


@given(
    capacity=st.integers(1, 40),
    runs=st.lists(st.integers(0, 60), max_size=12),
    span=st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
def test_the_ring_is_the_tail_of_the_stream(
    capacity: int, runs: list[int], span: tuple[int, int]
) -> None:
    ring = MulawRing(capacity)
    stream = b""
    for run in runs:
        mulaw = bytes(at % 251 for at in range(len(stream), len(stream) + run))
        stream += mulaw
        ring.append(mulaw)
    assert ring.end == len(stream)
    assert ring.start == max(0, len(stream) - capacity)
    low, high = span
    expected = stream[max(low, ring.start) : min(high, ring.end)] if high > low else b""
    assert ring.read(low, high) == expected


@given(st.integers(1, 200), st.binary(max_size=300), st.binary(max_size=300))
def test_a_ring_that_forgot_has_what_came_since(capacity: int, before: bytes, since: bytes) -> None:
    ring = MulawRing(capacity)
    ring.append(before)
    ring.forget()
    ring.append(since)
    assert ring.read(0, ring.end) == since[-capacity:]


@given(st.binary(min_size=1, max_size=300))
def test_levels_and_windows_of_mulaw_are_those_of_its_samples(mulaw: bytes) -> None:
    samples = mulaw_decode(mulaw)
    assert mulaw_level_dbfs(mulaw) == pytest.approx(mean_power_dbfs(samples), abs=0.01)
    (row,) = mulaw_windows(mulaw, len(mulaw))
    assert row.tolist() == (samples.astype(np.float32) / 32768.0).tolist()


def test_an_s_hisses_and_a_vowel_does_not() -> None:
    at = np.arange(256) / 8000
    vowel = 0.2 * np.sin(2 * np.pi * 220 * at) + 0.1 * np.sin(2 * np.pi * 1100 * at)
    hiss = np.random.default_rng(0).normal(0, 0.01, 256)
    windows = np.array([vowel, hiss, np.zeros(256)], dtype=np.float32)
    assert hisses(windows).tolist() == [False, True, False]
