"""Recognition and speech stand back for the process that sends callers their sound."""

from __future__ import annotations

import os
from typing import Final

NICE: Final = 10
"""A tenth of the share of a process at 0. Where a worker has cores to spare it changes nothing; on
a busy core a late transcript costs a moment of silence, a late frame or greeting is heard at once.
"""


def stand_back() -> None:
    """Lower the priority of the running process and of all its threads."""
    os.nice(NICE)
