"""What is told of a call's webhooks to whoever traces calls; the rest is told as live events.

One call is one trace, whoever serves it: the id is made from the carrier's name of the call, so
that webhook, socket and turns belong together without being handed from one to the other, over
workers and restarts. No words, names, numbers or keys ever come this way.
"""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

TRACE_DIGITS: Final = 32
"""Of 4 bits each, as W3C's trace context writes them (https://www.w3.org/TR/trace-context/)."""


def trace_of(call_sid: str) -> str:
    """The trace id of a call, in hexadecimal digits; never all nought."""
    return hashlib.sha256(call_sid.encode()).hexdigest()[:TRACE_DIGITS]


class WebhookTrace(Protocol):
    """Hears of answered webhooks."""

    def webhook(self, call_sid: str, hook: str, took_s: float) -> None:
        """A webhook about a call has just been answered.

        Args:
            call_sid: the call.
            hook: which one, e.g. ``incoming``.
            took_s: from the request's arrival.
        """
        ...
