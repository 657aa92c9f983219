"""The life of a call, and its one outcome.

Life is a table (stage, event) -> stage and runs one way. What happens in the call is noted as
evidence, whatever its order, and `domain.outcomes` decides what it makes of it at the end. `close`
answers once and always the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voiceagent.core.wire import LineEnd
from voiceagent.domain.outcomes import Evidence, decide
from voiceagent.domain.records import Outcome


class CallStage(StrEnum):
    """Where a call is.

    RINGING: announced by the webhook · OPEN: its sound is connected · GREETED: the greeting with
    its disclosure was heard · LEAVING: goodbye is being said · ENDED.
    """

    RINGING = "ringing"
    OPEN = "open"
    GREETED = "greeted"
    LEAVING = "leaving"
    ENDED = "ended"


class CallLifeEvent(StrEnum):
    """What moves it on."""

    CONNECTED = "connected"
    GREETING_HEARD = "greeting_heard"
    GOODBYE = "goodbye"
    CLOSED = "closed"


_STAGES: Final[Mapping[tuple[CallStage, CallLifeEvent], CallStage]] = {
    (CallStage.RINGING, CallLifeEvent.CONNECTED): CallStage.OPEN,
    (CallStage.OPEN, CallLifeEvent.GREETING_HEARD): CallStage.GREETED,
    (CallStage.OPEN, CallLifeEvent.GOODBYE): CallStage.LEAVING,
    (CallStage.GREETED, CallLifeEvent.GOODBYE): CallStage.LEAVING,
    (CallStage.RINGING, CallLifeEvent.CLOSED): CallStage.ENDED,
    (CallStage.OPEN, CallLifeEvent.CLOSED): CallStage.ENDED,
    (CallStage.GREETED, CallLifeEvent.CLOSED): CallStage.ENDED,
    (CallStage.LEAVING, CallLifeEvent.CLOSED): CallStage.ENDED,
}

TABLE: Final[Mapping[tuple[CallStage, CallLifeEvent], CallStage]] = MappingProxyType(
    {
        (stage, event): _STAGES.get((stage, event), stage)
        for stage in CallStage
        for event in CallLifeEvent
    }
)
"""Every (stage, event); repeated and late events change nothing."""

BROKEN: Final[frozenset[LineEnd]] = frozenset({LineEnd.FAILED, LineEnd.MEDIA_GAP})
"""Endings that nobody chose."""


class CallLife:
    """One call's stage, the evidence of what happened in it, and its outcome."""

    def __init__(self) -> None:
        self.stage = CallStage.RINGING
        self.evidence = Evidence()
        self._outcome: Outcome | None = None

    def feed(self, event: CallLifeEvent) -> CallStage:
        """Move on; the stage it is in now. `CLOSED` is better told by `close`."""
        self.stage = TABLE[self.stage, event]
        return self.stage

    def note(self, evidence: Evidence) -> None:
        """Something happened that the call may be remembered for. Too late after the end."""
        if self._outcome is None:
            self.evidence |= evidence

    def close(self, end: LineEnd) -> Outcome:
        """End the call; its outcome. Asked again, the same answer."""
        self.stage = TABLE[self.stage, CallLifeEvent.CLOSED]
        if self._outcome is None:
            self.evidence |= Evidence(broken=end in BROKEN)
            self._outcome = decide(self.evidence)
        return self._outcome

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, ``None`` while the call lives."""
        return self._outcome
