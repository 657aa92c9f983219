"""What a telephone call left open, for the conversation in writing that goes on with it.

A number can be forged and a telephone is passed around, so caller ID alone opens nothing here
either: what somebody wants done goes on, who they are and where they live is asked again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from voiceagent.dialogue.case_file import CaseFile

_CARRIED: Final = frozenset(
    {"service", "symptoms", "problem", "others", "haste", "day", "daypart", "wish"}
)
"""Facts of the errand; no name, number, address, code, note or booking is among them."""

_BY_CODE: Final = frozenset({"reschedule", "cancel", "look up", "change"})
"""Errands that are about a booking: whose it is must be shown by its code in any case."""


def matter_of(case: CaseFile, now: datetime) -> CaseFile | None:
    """What goes on of a case that a call has left; ``None`` when nothing was open.

    Args:
        case: as the call left it.
        now: when it goes on, aware.
    """
    if not case.errand or case.booking is not None:
        return None
    by_code = case.errand in _BY_CODE
    facts = {
        name: replace(known, origin=None)
        for name, known in case.facts.items()
        if name in _CARRIED and not by_code
    }
    return CaseFile(started_at=now, facts=facts, errand=case.errand, private=case.private)
