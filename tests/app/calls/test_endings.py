"""Every way in which a call ends, and every part that may be stuck then, once each (goal R4)."""

from __future__ import annotations

from itertools import cycle

import pytest

from tests.support.endings import DEATHS, EndCause, StuckPart, played
from voiceagent.domain.records import Outcome


@pytest.mark.parametrize(("cause", "part"), list(zip(EndCause, cycle(StuckPart), strict=False)))
def test_a_call_is_free_and_its_row_closed_whatever_is_stuck(
    cause: EndCause, part: StuckPart
) -> None:
    ending = played(cause, part)
    assert ending.held, ending
    if cause is EndCause.HANDED_OVER:
        assert ending.outcome is Outcome.TRANSFERRED
    if cause in DEATHS:
        assert ending.outcome is Outcome.FAILED
