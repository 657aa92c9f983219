"""Recognition and speech stand back for the process that sends callers their sound."""

from __future__ import annotations

import os
from typing import Final

SETTING: Final = "SPEECH_NICENESS"
"""By how much they stand back, 0 to 19; for machines where other programs run beside the engine."""

NICENESS: Final = 10
"""A tenth of the share of a process at 0. Where a worker has cores to spare it changes nothing; on
a busy core a late transcript costs a moment of silence, a late frame or greeting is heard at once.
"""


def stand_back(by: int) -> None:
    """Lower the priority of the running process and of all its threads."""
    os.nice(by)
