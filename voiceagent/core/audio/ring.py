"""A ring of recent sound."""

from __future__ import annotations


class MulawRing:
    """The last stretch of a stream, as mu-law, addressed by position since the stream began.

    Kept as it came: a byte a sample, and slicing bytes costs a tenth of slicing arrays, which
    counts when every call does it fifty times a second. What is needed as numbers is decoded when
    it is needed.

    Args:
        capacity: samples kept; older ones are forgotten.
    """

    __slots__ = ("_base", "_buffer", "_capacity", "end", "start")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._buffer = bytearray()
        self._base = 0
        self.start = 0
        """Position of the oldest sample still kept."""
        self.end = 0
        """Position one past the newest sample."""

    def append(self, mulaw: bytes) -> None:
        """Add samples at the end."""
        self._buffer += mulaw
        self.end += len(mulaw)
        self.start = max(self.start, self.end - self._capacity)
        if len(self._buffer) > 2 * self._capacity:
            del self._buffer[: -self._capacity]
            self._base = self.start

    def forget(self) -> None:
        """Keep nothing; positions go on."""
        self._buffer = bytearray()
        self._base = self.start = self.end

    def read(self, start: int, end: int) -> bytes:
        """A copy of [start, end), clipped to what is kept."""
        start, end = max(start, self.start), min(end, self.end)
        return bytes(self._buffer[start - self._base : max(start, end) - self._base])
