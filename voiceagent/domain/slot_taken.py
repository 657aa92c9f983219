"""What a caller is told whose time somebody else has got, wherever that comes to light."""

from __future__ import annotations

from voiceagent.errors import CallerFixable


def taken() -> CallerFixable:
    """Somebody else was quicker."""
    return CallerFixable(
        "slot.taken",
        "That time has just been taken.",
        say="I'm sorry, that time has just been taken. Let me look for another one.",
        field="scheduled_time",
    )
