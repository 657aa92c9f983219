"""How many processors this process may run on."""

from __future__ import annotations

import os


def processors_here() -> int:
    """At least 1. Of a process that is pinned, those that it is pinned to."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
