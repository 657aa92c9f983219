"""From voice probabilities to what turn-taking needs: voice began, voice fell silent.

A voice-activity model tells *that* somebody speaks, a window (32 ms) at a time and with a tail: its
probability stays up for 50-100 ms after the last sound. The level tells *where* the sound ends, to
8 ms, but not whether it was speech. So the probability opens and closes the gate, and inside it the
level places the last voiced sample. Silence is counted from there, in samples: the sound is the
clock, and a stalled network is not taken for a caller who has finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.core.audio.levels import BLOCK_SAMPLES
from voiceagent.core.audio.samples import SAMPLES_PER_MS

WINDOW_SAMPLES: Final = 256
"""One window of the voice model: 32 ms at 8 kHz."""

_QUIETEST_DBFS: Final = -60.0
"""Nothing softer than this is called voiced, whatever the noise floor."""

_DEAD_DBFS: Final = -57.0
"""A background below this is a codec's silence, not a room's."""

_HISS_WINDOWS: Final = 2
"""An "s" lasts for 64 ms and more."""

_LOUD_WINDOWS: Final = 3
_LOUD_MOST: Final = 64
"""A sound as loud as the voice before it counts from 96 ms on, and for two seconds at most."""


@dataclass(frozen=True, slots=True)
class VoiceTuning:
    """When voice is voice.

    `on`, `off`: probabilities that open and close the gate · `start_ms`: voice needed to believe in
    it · `pause_ms`: silence that is a pause ·
    `below_peak_db`: a sound softer than the run's loudest by this is its echo or a breath ·
    `above_floor_db`: a sound must stand out of the background by this · `loud_db`: a sound in a
    pause is as loud as the voice before it when it is not softer than that by more than this ·
    `eager_on`, `eager_sure`: while we speak, a voice may begin at this lower probability, and one
    window is enough from this one on · `hiss_on`: or from this one on, right after a hiss.
    """

    on: float = 0.5
    off: float = 0.35
    start_ms: int = 64
    pause_ms: int = 160
    below_peak_db: float = 34.0
    above_floor_db: float = 8.0
    loud_db: float = 15.0
    eager_on: float = 0.3
    eager_sure: float = 0.8
    hiss_on: float = 0.1


class VoiceChange(StrEnum):
    """What the gate reports."""

    STARTED = "started"
    SILENT = "silent"


class VoiceGate:
    """Hysteresis over one line's windows. Positions are samples since the stream began."""

    def __init__(self, tuning: VoiceTuning) -> None:
        self._tuning = tuning
        self.active = False
        """VoiceChange is confirmed and has not fallen silent since."""
        self.onset = 0
        """Where the current (or last) run of voice began."""
        self.last_voiced = 0
        """One past the last voiced sample."""
        self.position = 0
        """One past the last sample judged."""
        self._run_windows = 0
        self._hissed = 0
        self._loud_run = 0
        self._loud_total = 0
        self._last_loud = 0
        self._voice_db = 0.0
        self._loudest_db = _QUIETEST_DBFS
        self._peak_db = _QUIETEST_DBFS
        self._floor_db = _QUIETEST_DBFS

    @property
    def loudest_db(self) -> float:
        """The loudest block of the run of voice, dBFS; it forgets nothing."""
        return self._loudest_db

    @property
    def stirring(self) -> bool:
        """Something that may become voice is going on, not confirmed yet."""
        return not self.active and self._run_windows > 0

    @property
    def dead_quiet(self) -> bool:
        """Between words this line has no background at all, as no room ever is."""
        return self._floor_db < _DEAD_DBFS

    @property
    def silence_ms(self) -> float:
        """Time since the last voiced sample, by the sound's own clock."""
        return (self.position - self.last_voiced) / SAMPLES_PER_MS

    @property
    def quiet_ms(self) -> float:
        """Time since anything as loud as the caller's voice; what patience goes by.

        The model misses words now and then, a digit after a pause most of all. Nobody's turn ends
        in the middle of a sound like that; a dog's bark costs at most two seconds of waiting.
        """
        return (self.position - max(self.last_voiced, self._last_loud)) / SAMPLES_PER_MS

    def window(
        self,
        probability: float,
        levels: Sequence[float],
        *,
        eager: bool = False,
        hiss: bool = False,
    ) -> tuple[VoiceChange, ...]:
        """Judge the next window.

        Args:
            probability: of voice, 0-1.
            levels: dBFS of the window's 8 ms blocks (`audio.block_levels`).
            eager: believe in voice sooner; a mistake is cheap now.
            hiss: its sound lies in the high bands, as an "s" does. The voice model does not call
                that voice, and is slow to call voice what follows.
        """
        start = self.position
        self.position += WINDOW_SAMPLES
        after_hiss = eager and self._hissed >= _HISS_WINDOWS
        least = self._tuning.hiss_on if after_hiss else 1.0
        voiced = probability >= min(least, self._threshold(eager=eager))
        self._follow_hiss(levels, hiss=hiss)
        self._follow_levels(voiced, levels)
        if self.active:
            return self._going_on(start, levels, voiced=voiced)
        if not voiced:
            self._run_windows = 0
            return ()
        sure = after_hiss or (eager and probability >= self._tuning.eager_sure)
        return self._beginning(start, levels, sure=sure)

    def skip(self, samples: int) -> None:
        """Sound before the next window was lost: it counts neither as voice nor as silence.

        Args:
            samples: how much; not negative.
        """
        self.position += samples
        self.last_voiced += samples
        self._last_loud += samples

    def _threshold(self, *, eager: bool) -> float:
        """The probability from which a window is voice."""
        began = self._run_windows > 0
        usual = self._tuning.off if began else self._tuning.on
        return min(usual, self._tuning.eager_on) if eager and not self.active else usual

    def _beginning(
        self, start: int, levels: Sequence[float], *, sure: bool
    ) -> tuple[VoiceChange, ...]:
        """A voiced window while no voice is confirmed."""
        if self._run_windows == 0:
            self.onset = start
            self._loudest_db = max(levels)
        self._run_windows += 1
        needed = 0 if sure else self._tuning.start_ms * SAMPLES_PER_MS
        if self._run_windows * WINDOW_SAMPLES < needed:
            return ()
        self.active = True
        self._loud_run = self._loud_total = 0
        self.last_voiced = start
        return (VoiceChange.STARTED, *self._going_on(start, levels, voiced=True))

    def _going_on(
        self, start: int, levels: Sequence[float], *, voiced: bool
    ) -> tuple[VoiceChange, ...]:
        """A window while voice is confirmed."""
        if voiced:
            self._place_end(start, levels)
        if self.silence_ms < self._tuning.pause_ms:
            return ()
        self.active = False
        self._run_windows = 0
        self._voice_db, self._peak_db = self._peak_db, _QUIETEST_DBFS
        return (VoiceChange.SILENT,)

    @property
    def threshold_db(self) -> float:
        """The level above which a block belongs to the voice."""
        background = min(self._floor_db + self._tuning.above_floor_db, self._peak_db - 10.0)
        return max(_QUIETEST_DBFS, self._peak_db - self._tuning.below_peak_db, background)

    def _place_end(self, start: int, levels: Sequence[float]) -> None:
        """Move `last_voiced` to the end of the window's last block that is loud enough."""
        threshold = self.threshold_db
        for block in range(len(levels) - 1, -1, -1):
            if levels[block] >= threshold:
                self.last_voiced = start + (block + 1) * BLOCK_SAMPLES
                return

    def _follow_hiss(self, levels: Sequence[float], *, hiss: bool) -> None:
        """Count windows of hiss that stand out of the background; a stop (s-t) may follow it."""
        stands_out = max(levels) >= self._floor_db + self._tuning.above_floor_db
        if hiss and stands_out:
            self._hissed = min(self._hissed, _HISS_WINDOWS) + 1
        else:
            self._hissed -= 1 if self._hissed > 0 else 0

    def _follow_levels(self, voiced: bool, levels: Sequence[float]) -> None:
        """The run's loudest block, slowly forgotten, and the background between runs."""
        if voiced:
            self._peak_db = max(self._peak_db - 0.2, *levels)
            self._loudest_db = max(self._loudest_db, *levels)
        elif not self.active:
            self._follow_loud(max(levels))
            quiet = min(levels)
            step = 0.5 if quiet < self._floor_db else 0.05
            self._floor_db += step * (quiet - self._floor_db)

    def _follow_loud(self, level: float) -> None:
        """Notice sound that the model does not call voice but that is as loud as the voice was."""
        loud = level >= self._voice_db - self._tuning.loud_db
        self._loud_run = self._loud_run + 1 if loud else 0
        if self._loud_run >= _LOUD_WINDOWS and self._loud_total < _LOUD_MOST:
            self._loud_total += 1
            self._last_loud = self.position
