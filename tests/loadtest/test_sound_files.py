"""Any usual sound file comes in as 8 kHz mono; what is none is said so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from loadtest.simulator.wav import WavError, read, write_mono

KINDS = [
    ("wav", subtype)
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")
] + [("flac", "PCM_16"), ("flac", "PCM_24"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III")]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
@pytest.mark.parametrize(("ending", "subtype"), KINDS)
def test_a_tone_stays_the_tone(
    ending: str, subtype: str, rate_hz: int, channels: int, tmp_path: Path
) -> None:
    file = tmp_path / f"tone.{ending}"
    seconds = np.arange(rate_hz) / rate_hz
    tone = 0.5 * np.sin(2 * np.pi * 440 * seconds)
    soundfile.write(file, np.stack([tone] * channels, axis=1), rate_hz, subtype=subtype)
    got = read(file).astype(np.float64)
    assert abs(len(got) - 8000) < 1000  # lossy kinds add a frame
    middle = got[2000:6000]
    loudest_hz = np.argmax(np.abs(np.fft.rfft(middle))) * 8000 / len(middle)
    assert loudest_hz == pytest.approx(440, abs=3)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 * 32768 / np.sqrt(2), rel=0.05)


def test_what_we_write_is_read_back_exactly(tmp_path: Path) -> None:
    samples = np.array([0, 1, -1, 32767, -32768, 5], dtype=np.int16)
    write_mono(tmp_path / "x.wav", samples)
    assert np.array_equal(read(tmp_path / "x.wav"), samples)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"# text\n" * 99, b"\0" * 999]
)
def test_what_is_no_sound_is_said_so(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.wav"
    file.write_bytes(content)
    with pytest.raises(WavError, match="no sound that can be read"):
        read(file)
