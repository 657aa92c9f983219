"""How much of something a peer may send: a rate, and a burst on top of it.

A token bucket (RFC 2697 calls its two numbers the information rate and the burst size) with one
addition: after a gap, what would have come in it may come at once. When this process, or the
network, stood still for a minute, a minute of sound is not a flood. Sans-I/O: time comes in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` for good, and `burst` at once; of whatever is counted."""

    per_s: float
    burst: float


class Allowance:
    """What one peer has left.

    Args:
        rate: what it may send.
        now_s: monotonic time; it starts with the whole burst.
    """

    __slots__ = ("_left", "_looked_s", "_rate")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate = rate
        self._left = rate.burst
        self._looked_s = now_s

    def take(self, amount: float, now_s: float) -> bool:
        """Whether `amount` more is allowed; it is taken off only then.

        Args:
            amount: not negative.
            now_s: monotonic; a time before the last one counts as the last one.
        """
        grown = self._rate.per_s * max(0.0, now_s - self._looked_s)
        self._looked_s = max(self._looked_s, now_s)
        # What a gap has brought comes on top of the burst, and stays until it is used.
        self._left = max(self._left, min(self._left, self._rate.burst) + grown)
        if amount > self._left:
            return False
        self._left -= amount
        return True

    def full(self, now_s: float) -> bool:
        """Whether nothing is missing from the burst: it need not be remembered."""
        grown = self._rate.per_s * max(0.0, now_s - self._looked_s)
        return self._left + grown >= self._rate.burst
