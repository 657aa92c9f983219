"""From windows of sound to what turn-taking hears of them: gate, gist and doubt of one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voiceagent.core.audio import SAMPLES_PER_MS
from voiceagent.core.doubt import Doubt, DoubtTuning, Mind, Opinion
from voiceagent.core.turns import Event
from voiceagent.core.voice import WINDOW_SAMPLES, Voice
from voiceagent.media.ear import Ear
from voiceagent.media.gist import EVERY_MS, HEARD_MS, LEAST_MS, MOST_MS, Gist

_SAID: Final = {Mind.MEANT: Event.MEANT, Mind.SLIGHT: Event.SLIGHT, Mind.NOISE: Event.NOISE}


class Judge:
    """Says what sounds.

    Args:
        ear: what the line hears.
        tuning: of the doubt.
        gist: tells words from hums and noises; ``None`` leaves that to length and level.
    """

    def __init__(self, ear: Ear, tuning: DoubtTuning, gist: Gist | None) -> None:
        self.doubt = Doubt(tuning)
        self._ear = ear
        self._gist = gist

    def window(
        self,
        probability: float,
        levels: Sequence[float],
        *,
        speaking: bool,
        theirs: bool,
        hiss: bool = False,
    ) -> list[Event]:
        """The events that a window makes, in order.

        Args:
            probability: of voice.
            levels: dBFS of the window's blocks.
            speaking: our own sound is under way.
            theirs: the caller has the floor, so there is no doubt who speaks.
            hiss: the window's sound lies in the high bands.
        """
        gate = self._ear.gate
        before = gate.last_voiced
        changes = self._ear.judged(probability, levels, eager=speaking, hiss=hiss)
        events: list[Event] = []
        if Voice.STARTED in changes:
            self.doubt.begin(gap_ms=(gate.onset - before) / SAMPLES_PER_MS)
            events.append(Event.VOICE)
        if gate.active and not theirs:
            self._note(events, self._going_on(probability, levels, speaking=speaking))
        if Voice.SILENT in changes:
            if not theirs:
                self._note(events, self.doubt.ended(speaking=speaking))
            events.append(Event.SILENCE)
        return events

    def turn_heard(self) -> None:
        """The run that has just ended was the caller's: this is how loud they are."""
        self.doubt.learn(self._ear.gate.loudest_db)

    def _going_on(
        self, probability: float, levels: Sequence[float], *, speaking: bool
    ) -> Mind | None:
        gate = self._ear.gate
        if gate.last_voiced <= gate.position - WINDOW_SAMPLES:
            return self.doubt.lull(self._opinion(lull=True), speaking=speaking)
        peak_db = max(levels)
        opinion = self._opinion(lull=False)
        return self.doubt.window(probability, peak_db, opinion, speaking=speaking)

    def _opinion(self, *, lull: bool) -> Opinion | None:
        """What the run of voice sounds like, while it is short enough to tell.

        Two windows of voice make more of a difference than one; how a sound ends always does.
        """
        gate = self._ear.gate
        lasted_ms = (gate.position - gate.onset) // SAMPLES_PER_MS
        if self._gist is None or not LEAST_MS <= lasted_ms <= MOST_MS:
            return None
        if not lull and lasted_ms % EVERY_MS:
            return None
        return self._gist.opinion(self._ear.run_so_far(HEARD_MS))

    @staticmethod
    def _note(events: list[Event], mind: Mind | None) -> None:
        if mind is not None:
            events.append(_SAID[mind])
