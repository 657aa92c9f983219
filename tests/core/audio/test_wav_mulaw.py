"""The header of a recording: what other programs read in it, and what we do."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.audio.wav_mulaw import HEADER_BYTES, began, header

AT = datetime(2025, 8, 29, 12, 30, 0, 123000, tzinfo=UTC)


def chunks(file: bytes) -> dict[bytes, bytes]:
    """A RIFF file as its specification says it is read."""
    riff, size, wave = struct.unpack("<4sI4s", file[:12])
    assert (riff, wave, size) == (b"RIFF", b"WAVE", len(file) - 8)
    found, at = {}, 12
    while at < len(file):
        name, length = struct.unpack("<4sI", file[at : at + 8])
        found[name] = file[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return found


@given(st.integers(0, 500))
def test_any_reader_finds_stereo_mulaw(samples: int) -> None:
    sound = bytes(range(256)) * 4
    found = chunks(header(samples, AT) + sound[: 2 * samples].ljust(2 * samples, b"\xff"))
    form = struct.unpack("<HHIIHHH", found[b"fmt "])
    assert form == (7, 2, 8000, 16000, 2, 8, 0)
    assert struct.unpack("<I", found[b"fact"]) == (samples,)
    assert len(found[b"data"]) == 2 * samples
    assert found[b"LIST"].startswith(b"INFOICRD")
    assert b"2025-08-29T12:30:00.123Z" in found[b"LIST"]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(0, 2**31 // 2))  # noqa: DTZ001 - made aware below
def test_it_tells_when_it_began(at: datetime, samples: int) -> None:
    aware = at.replace(tzinfo=UTC)
    head = header(samples, aware)
    assert len(head) == HEADER_BYTES
    assert abs(began(head) - aware) < timedelta(milliseconds=1)


@pytest.mark.parametrize("head", [b"", b"RIFF", b"\0" * HEADER_BYTES, b"x" * HEADER_BYTES])
def test_what_is_none_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        began(head)
