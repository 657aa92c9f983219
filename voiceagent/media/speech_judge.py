"""From windows of sound to what turn-taking hears of them, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voiceagent.core.audio.samples import SAMPLES_PER_MS
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES, VoiceChange
from voiceagent.core.turns.interruption import (
    InterruptionJudge,
    InterruptionTuning,
    InterruptionVerdict,
    SoundScores,
)
from voiceagent.core.turns.table import TurnEvent
from voiceagent.media.inbound_audio import InboundAudio
from voiceagent.media.sound_classifier import EVERY_MS, HEARD_MS, LEAST_MS, MOST_MS, SoundScorer

_SAID: Final = {
    InterruptionVerdict.INTERRUPTION: TurnEvent.SPEECH,
    InterruptionVerdict.BACKCHANNEL: TurnEvent.BACKCHANNEL,
    InterruptionVerdict.NOISE: TurnEvent.NOISE,
}


class SpeechJudge:
    """Says what sounds.

    Args:
        inbound: what the line hears.
        tuning: of the judge of interruptions.
        classifier: tells words from hums and noises; ``None`` leaves that to length and level.
        reads_again: somebody reads what is passed over.
    """

    def __init__(
        self,
        inbound: InboundAudio,
        tuning: InterruptionTuning,
        classifier: SoundScorer | None,
        *,
        reads_again: bool = False,
    ) -> None:
        self.interruption = InterruptionJudge(tuning, reads_again=reads_again)
        self._inbound = inbound
        self._gate = inbound.gate
        self._classifier = classifier

    def window(
        self,
        probability: float,
        levels: Sequence[float],
        *,
        speaking: bool,
        theirs: bool,
        hiss: bool = False,
    ) -> list[TurnEvent]:
        """The events that a window makes, in order.

        Args:
            probability: of voice.
            levels: dBFS of the window's blocks.
            speaking: our own sound is under way.
            theirs: the caller has the floor, so it is clear who speaks.
            hiss: the window's sound lies in the high bands.
        """
        gate = self._gate
        before = gate.last_voiced
        changes = self._inbound.judged(probability, levels, eager=speaking, hiss=hiss)
        events: list[TurnEvent] = []
        if VoiceChange.STARTED in changes:
            self.interruption.begin(gap_ms=(gate.onset - before) / SAMPLES_PER_MS)
            events.append(TurnEvent.VOICE)
        if gate.active and not theirs:
            self._note(events, self._going_on(probability, levels, speaking=speaking))
        if VoiceChange.SILENT in changes:
            if not theirs:
                self._note(events, self.interruption.ended(speaking=speaking))
            events.append(TurnEvent.SILENCE)
        return events

    def turn_heard(self) -> None:
        """The run that has just ended was the caller's: this is how loud they are."""
        self.interruption.learn(self._gate.loudest_db)

    def _going_on(
        self, probability: float, levels: Sequence[float], *, speaking: bool
    ) -> InterruptionVerdict | None:
        gate = self._gate
        if gate.last_voiced <= gate.position - WINDOW_SAMPLES:
            return self.interruption.lull(self._scores(lull=True), speaking=speaking)
        peak_db = max(levels)
        scores = self._scores(lull=False)
        return self.interruption.window(probability, peak_db, scores, speaking=speaking)

    def _scores(self, *, lull: bool) -> SoundScores | None:
        """What the run of voice sounds like, while it is short enough to tell.

        Two windows of voice make more of a difference than one; how a sound ends always does.
        """
        gate = self._gate
        lasted_ms = (gate.position - gate.onset) // SAMPLES_PER_MS
        if self._classifier is None or not LEAST_MS <= lasted_ms <= MOST_MS:
            return None
        if not lull and lasted_ms % EVERY_MS:
            return None
        return self._classifier.scores(self._inbound.run_so_far(HEARD_MS))

    @staticmethod
    def _note(events: list[TurnEvent], verdict: InterruptionVerdict | None) -> None:
        if verdict is not None:
            events.append(_SAID[verdict])
