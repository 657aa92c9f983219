"""Recognition and speech stand back for the process that sends callers their sound."""

from __future__ import annotations

import os
from typing import Final

from voiceagent.errors import OwnerFixable

SETTING: Final = "SPEECH_NICENESS"
"""By how much they stand back, 0 to 19; for machines where other programs run beside the engine."""

NICENESS: Final = 10
"""A tenth of the share of a process at 0. Where a worker has cores to spare it changes nothing; on
a busy core a late transcript costs a moment of silence, a late frame or greeting is heard at once.
"""

_LEAST: Final = 19
"""The lowest priority there is (nice(2))."""


def niceness(text: str) -> int:
    """What the setting says; `NICENESS` when it is empty.

    Raises:
        OwnerFixable: ``settings.value``, when it is no number from 0 to 19.
    """
    if not text:
        return NICENESS
    if not text.isascii() or not text.isdecimal() or int(text) > _LEAST:
        raise OwnerFixable("settings.value", f"Write a number from 0 to {_LEAST}.", where=SETTING)
    return int(text)


def stand_back(by: int) -> None:
    """Lower the priority of the running process and of all its threads."""
    os.nice(by)
