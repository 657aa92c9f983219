from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.audio import (
    FLOOR_DBFS,
    SoundRing,
    block_levels,
    level_dbfs,
    mulaw_decode,
    mulaw_encode,
    pcm_from_bytes,
    pcm_to_bytes,
)

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


def test_levels() -> None:
    assert level_dbfs(np.zeros(160, dtype=np.int16)) == FLOOR_DBFS
    assert level_dbfs(np.zeros(0, dtype=np.int16)) == FLOOR_DBFS
    assert level_dbfs(np.full(160, 16384, dtype=np.int16)) == pytest.approx(-6.02, abs=0.01)
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
    ring = SoundRing(capacity)
    stream = np.zeros(0, dtype=np.int16)
    for run in runs:
        samples = np.arange(stream.size, stream.size + run).astype(np.int16)
        stream = np.concatenate((stream, samples))
        ring.append(samples)
    assert ring.end == stream.size
    assert ring.start == max(0, stream.size - capacity)
    low, high = span
    expected = stream[max(low, ring.start) : min(high, ring.end)] if high > low else stream[:0]
    assert ring.read(low, high).tolist() == expected.tolist()
