"""The header of a stereo mu-law WAV file at 8 kHz, which stays valid while the file grows.

RIFF with the chunks ``fmt`` (format tag 7, WAVE_FORMAT_MULAW, which browsers play), ``fact``,
``LIST``/``INFO``/``ICRD`` (when it began) and ``data``. All before the sound has one length, so
that the two sizes and the count can be written over while the file grows.

Source: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991, and "New
Multimedia Data Types and Data Techniques", 1994.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Final

from voiceagent.core.audio.samples import RATE_8K

SIDES: Final = 2
_MULAW: Final = 7
_DATED: Final = "2026-01-31T12:00:00.000Z"
_DATE_BYTES: Final = len(_DATED) + 2
"""With zeros after it, to an even length."""

_LAYOUT: Final = struct.Struct(f"<4sI4s 4sIHHIIHHH 4sII 4sI4s4sI{_DATE_BYTES}s 4sI")
HEADER_BYTES: Final = _LAYOUT.size


def header(samples: int, began: datetime) -> bytes:
    """The bytes before the sound.

    Args:
        samples: of one side.
        began: aware; when the first of them sounded.
    """
    size = samples * SIDES
    date = began.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _LAYOUT.pack(
        b"RIFF", HEADER_BYTES - 8 + size, b"WAVE",
        b"fmt ", 18, _MULAW, SIDES, RATE_8K, RATE_8K * SIDES, SIDES, 8, 0,
        b"fact", 4, samples,
        b"LIST", 12 + _DATE_BYTES, b"INFO", b"ICRD", _DATE_BYTES, date.encode(),
        b"data", size,
    )  # fmt: skip


def began(head: bytes) -> datetime:
    """When the first sample of a file sounded, by its header.

    Raises:
        ValueError: it is not the header of one of our files.
    """
    try:
        parts = _LAYOUT.unpack(head[:HEADER_BYTES])
        at = datetime.fromisoformat(parts[-3].rstrip(b"\0").decode()).astimezone(UTC)
        known = header(parts[-1] // SIDES, at) == head[:HEADER_BYTES]
    except (struct.error, ValueError) as error:
        raise ValueError("not a header of a recording") from error
    if not known:
        raise ValueError("not a header of a recording")
    return at
