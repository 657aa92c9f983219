"""Who speaks a sentence of ours when a voice fails. Sans-I/O.

=========  ======  ==========================================  =========
state      event   what is done                                then
=========  ======  ==========================================  =========
ASKED      PIECE   it is given on                              SOUNDING
ASKED      END     it was empty: the next says the sentence    ASKED
ASKED      SLOW    the next says the sentence                  ASKED
ASKED      FAILED  the next says the sentence                  ASKED
SOUNDING   PIECE   it is given on                              SOUNDING
SOUNDING   END     the sentence is said                        DONE
SOUNDING   SLOW    the next says the rest                      RESUMING
SOUNDING   FAILED  the next says the rest                      RESUMING
RESUMING   PIECE   it is given on                              SOUNDING
RESUMING   END     it was empty: the next says the rest        RESUMING
RESUMING   SLOW    the next says the rest                      RESUMING
RESUMING   FAILED  the next says the rest                      RESUMING
=========  ======  ==========================================  =========

So a sentence is begun anew only while nothing of it has sounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voiceagent.core.failover.chain import FailoverReason


class SentenceState(StrEnum):
    """Of a sentence."""

    ASKED = "asked"
    SOUNDING = "sounding"
    RESUMING = "resuming"
    DONE = "done"


class SentenceEvent(StrEnum):
    """What comes of a voice that was asked for it."""

    PIECE = "piece"
    END = "end"
    SLOW = "slow"
    FAILED = "failed"


class SentenceAct(StrEnum):
    """What is done about it."""

    GIVE_ON = "give_on"
    FINISH = "finish"
    NEXT_WHOLE = "next_whole"
    NEXT_REST = "next_rest"


_S, _E, _A = SentenceState, SentenceEvent, SentenceAct

TABLE: Final[Mapping[tuple[SentenceState, SentenceEvent], tuple[SentenceState, SentenceAct]]] = {
    (_S.ASKED, _E.PIECE): (_S.SOUNDING, _A.GIVE_ON),
    (_S.ASKED, _E.END): (_S.ASKED, _A.NEXT_WHOLE),
    (_S.ASKED, _E.SLOW): (_S.ASKED, _A.NEXT_WHOLE),
    (_S.ASKED, _E.FAILED): (_S.ASKED, _A.NEXT_WHOLE),
    (_S.SOUNDING, _E.PIECE): (_S.SOUNDING, _A.GIVE_ON),
    (_S.SOUNDING, _E.END): (_S.DONE, _A.FINISH),
    (_S.SOUNDING, _E.SLOW): (_S.RESUMING, _A.NEXT_REST),
    (_S.SOUNDING, _E.FAILED): (_S.RESUMING, _A.NEXT_REST),
    (_S.RESUMING, _E.PIECE): (_S.SOUNDING, _A.GIVE_ON),
    (_S.RESUMING, _E.END): (_S.RESUMING, _A.NEXT_REST),
    (_S.RESUMING, _E.SLOW): (_S.RESUMING, _A.NEXT_REST),
    (_S.RESUMING, _E.FAILED): (_S.RESUMING, _A.NEXT_REST),
}


@dataclass(frozen=True, slots=True)
class SpeechDeadlines:
    """Seconds.

    `first_s`: from asking a voice to its first sound. `behind_s`: how long a sentence may be silent
    in all once it sounds, because its sound is slower than speech. `silence_s`: how long it may be
    silent whoever is asked; then there is no voice. Who has nobody behind it has as long.
    """

    first_s: float = 1.0
    behind_s: float = 0.7
    silence_s: float = 3.5


@dataclass(slots=True)
class SentenceClock:
    """How one sentence comes: its state, and when it is too late.

    Attributes:
        sounds_until_s: when what has come of it will have been played, if it is played as it comes.
    """

    deadlines: SpeechDeadlines
    asked_s: float
    state: SentenceState = SentenceState.ASKED
    sounds_until_s: float = field(init=False)
    _voice_s: float = field(init=False)
    _gaps_s: float = 0.0

    def __post_init__(self) -> None:
        self.sounds_until_s = self._voice_s = self.asked_s

    def due_s(self, *, last: bool) -> float:
        """When the next piece is too late.

        Args:
            last: nobody else can be asked.
        """
        out_s = self.sounds_until_s + self.deadlines.silence_s
        if last:
            return out_s
        if self.state is SentenceState.SOUNDING:
            return min(out_s, self.sounds_until_s + self.deadlines.behind_s - self._gaps_s)
        return min(out_s, max(self._voice_s, self.sounds_until_s) + self.deadlines.first_s)

    def silent_too_long(self, now_s: float) -> bool:
        """Whether nobody need be asked any more."""
        return now_s >= self.sounds_until_s + self.deadlines.silence_s

    def asked(self, now_s: float) -> None:
        """Another voice is asked."""
        self._voice_s, self._gaps_s = now_s, 0.0

    def came(self, event: SentenceEvent, now_s: float, seconds: float = 0.0) -> SentenceAct:
        """Something came of the voice; a piece lasts `seconds`."""
        if event is SentenceEvent.PIECE:
            if self.state is SentenceState.SOUNDING:
                self._gaps_s += max(0.0, now_s - self.sounds_until_s)
            self.sounds_until_s = max(self.sounds_until_s, now_s) + seconds
        self.state, act = TABLE[self.state, event]
        return act

    @property
    def late(self) -> FailoverReason:
        """What it is called when the next piece is too late."""
        sounding = self.state is SentenceState.SOUNDING
        return FailoverReason.STALLED if sounding else FailoverReason.SLOW
