"""Codec and files, against independent statements of the standard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.simulator import g711, wav


def segment_decode(code: int) -> int:
    """G.711 as its tables put it: sign, three bits of segment, four of interval."""
    code ^= 0xFF
    magnitude = (33 + 2 * (code & 15)) * 2 ** ((code >> 4) & 7) - 33
    return int((-1 if code & 0x80 else 1) * magnitude * 4)


def test_decoding_follows_the_standard() -> None:
    assert g711.decode(bytes(range(256))).tolist() == [segment_decode(c) for c in range(256)]


def test_known_codes() -> None:
    samples = np.array([0, 32767, -32768, 32124, -32124], dtype=np.int16)
    assert g711.encode(samples) == bytes([0xFF, 0x80, 0x00, 0x80, 0x00])
    assert g711.encode(np.zeros(1, np.int16)) == g711.SILENCE


def test_every_code_survives_a_round_trip() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is minus zero
    assert g711.encode(g711.decode(codes)) == codes


@given(st.integers(-32635, 32635))
def test_coding_error_is_within_half_a_step(sample: int) -> None:
    back = int(g711.decode(g711.encode(np.array([sample], np.int16)))[0])
    assert abs(back - sample) <= max(4, (abs(sample) + 132) / 32)


def test_rms() -> None:
    assert g711.rms(b"") == 0
    assert g711.rms(g711.SILENCE * 10) == 0
    assert g711.rms(bytes([0x80, 0x00] * 80)) == pytest.approx(32124)


def sine(hz: float, rate_hz: int, seconds: float) -> np.ndarray:
    return 10_000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)


def write(path: Path, data: bytes, *, rate_hz: int, width: int, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(data)


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000])
def test_resampling_keeps_the_voice_band(tmp_path: Path, rate_hz: int) -> None:
    write(
        tmp_path / "a.wav",
        sine(1000, rate_hz, 0.5).astype("<i2").tobytes(),
        rate_hz=rate_hz,
        width=2,
    )
    got = wav.read(tmp_path / "a.wav").astype(float)
    want = sine(1000, 8000, 0.5)
    assert abs(len(got) - len(want)) <= 1
    middle = slice(400, 3600)
    assert np.abs(got[middle] - want[middle]).max() < 20


def test_resampling_removes_what_would_alias() -> None:
    out = wav.resample(sine(5000, 48000, 0.5), 48000, 8000)
    assert np.abs(out[400:3600]).max() < 10


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_widths_and_channels(tmp_path: Path, width: int) -> None:
    left = np.array([0, 12800, -12800, 256], dtype=np.int64)
    both = np.stack([left, left], axis=1).reshape(-1)
    if width == 1:
        data = (both // 256 + 128).astype(np.uint8).tobytes()
    else:
        scaled = both << (8 * (width - 2))
        data = b"".join(int(v).to_bytes(width, "little", signed=True) for v in scaled)
    write(tmp_path / "a.wav", data, rate_hz=8000, width=width, channels=2)
    assert wav.read(tmp_path / "a.wav").tolist() == left.tolist()


def test_not_a_wav(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF but no more")
    with pytest.raises(wav.WavError, match=r"a\.wav"):
        wav.read(tmp_path / "a.wav")


def test_stereo_is_padded_and_kept_apart(tmp_path: Path) -> None:
    wav.write_stereo(tmp_path / "s.wav", np.array([1, 2, 3], np.int16), np.array([9], np.int16))
    with wave.open(str(tmp_path / "s.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        frames = np.frombuffer(file.readframes(9), "<i2").reshape(-1, 2)
    assert frames.tolist() == [[1, 9], [2, 0], [3, 0]]
