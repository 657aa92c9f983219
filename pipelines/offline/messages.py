"""How the engine and its helper processes speak: length-prefixed binary messages over pipes.

A message is a header of nine bytes (little-endian: payload length, kind, stream) and its payload.
A stream is one utterance; the client numbers them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

HEADER: Final = struct.Struct("<IBI")
LARGEST: Final = 4 * 1024 * 1024
"""Longest payload either side accepts, bytes."""


@dataclass(frozen=True, slots=True)
class HelperMessage:
    """One message. What `kind` means is each helper's own table."""

    kind: int
    stream: int
    payload: bytes = b""

    def encode(self) -> bytes:
        """As it goes over the pipe."""
        return HEADER.pack(len(self.payload), self.kind, self.stream) + self.payload


READY: Final = HelperMessage(0, 0)
"""A helper's first message: it has loaded everything. Its kind is used for nothing else."""

BEAT: Final = HelperMessage(255, 0)
"""A helper at work that has had nothing to say for `BEAT_S` says so. Its kind is used for nothing
else."""

BEAT_S: Final = 0.5


def write_message(pipe: BinaryIO, message: HelperMessage) -> None:
    """Write one message to a blocking pipe, at once."""
    pipe.write(message.encode())
    pipe.flush()


def read_message(pipe: BinaryIO) -> HelperMessage | None:
    """The next message of a blocking pipe; ``None`` at its end.

    Raises:
        ValueError: the header announces more than `LARGEST`.
    """
    header = pipe.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    length, kind, stream = HEADER.unpack(header)
    if length > LARGEST:
        raise ValueError(f"a message of {length} bytes")
    payload = pipe.read(length)
    return None if len(payload) < length else HelperMessage(kind, stream, payload)
