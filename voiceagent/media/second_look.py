"""A second look at short sounds that were passed over: were they words after all?

The sound classifier decides within a quarter second, from the sound alone, and takes the "stop" of
one caller for the "mm-hm" of another. A recogniser knows better and needs longer. So a short sound
over our speech that was called slight is shown to one when it has ended; what it reads there may
still stop us, half a second after the word (MEANT in `core/turns/table.py`). Nothing waits for it:
without an answer, or with a late one, the first verdict stands.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol

from voiceagent.core.audio.samples import SAMPLES_PER_MS, pcm_to_bytes
from voiceagent.core.turns.interruption import InterruptionJudge, InterruptionVerdict
from voiceagent.core.turns.table import OUR_SOUND, TurnState
from voiceagent.media.inbound_audio import InboundAudio

SHORTEST_MS: Final = 96
LONGEST_MS: Final = 1000
"""What lasts longer was judged by its length."""

LULL_WINDOWS: Final = 2
"""The sound is over, as far as anybody can tell so soon; a closure inside a word is as long, and
then the whole word is shown once more."""

LATEST_MS: Final = 2000
"""After the onset of a sound nobody wants to know any more what it was."""


class SoundMeaning(StrEnum):
    """What somebody who reads a short sound makes of it.

    FLOOR: whoever says that wants the floor ("stop", "wait", "no", "hold on") · OTHER: words, a nod
    among them, or nothing.
    """

    FLOOR = "floor"
    OTHER = "other"


class SecondLook(Protocol):
    """Reads short sounds, for all lines of a worker."""

    def ask(self, pcm_8k: bytes, tell: Callable[[SoundMeaning], None]) -> None:
        """Begin; returns at once.

        Args:
            pcm_8k: the sound, 16-bit samples, with a moment before and after it.
            tell: told in the event loop what it is; never, when there is too much to do.
        """
        ...


class ShortSounds:
    """Of one line: what is worth a second look, and whether its answer still counts.

    Args:
        inbound: what the line hears.
        judge: who passes sounds over.
        look: who reads them; ``None``: nobody does.
    """

    def __init__(
        self,
        inbound: InboundAudio,
        judge: InterruptionJudge,
        look: SecondLook | None,
    ) -> None:
        self._inbound = inbound
        self._judge = judge
        self._look = look

    def window(self, state: TurnState, tell: Callable[[int, SoundMeaning], None]) -> None:
        """A window was judged: ask, if it ended a sound over ours that was passed over.

        Args:
            state: whose turn it is.
            tell: told where the sound began (samples since the stream began) and what it is. It is
                the line's own and not kept here, or the two would wait for the collector.
        """
        if self._look is None or state not in OUR_SOUND or self._judge.lulls != LULL_WINDOWS:
            return
        gate = self._inbound.gate
        if not gate.active:
            return
        lasted_ms = (gate.last_voiced - gate.onset) // SAMPLES_PER_MS
        passed_over = self._judge.verdict is not InterruptionVerdict.INTERRUPTION
        if passed_over and not self._judge.soft and SHORTEST_MS <= lasted_ms <= LONGEST_MS:
            onset = gate.onset
            sound = pcm_to_bytes(self._inbound.run_whole())
            self._look.ask(sound, lambda meaning: tell(onset, meaning))

    def still_counts(self, onset: int) -> bool:
        """Whether a sound that began there is part of no turn yet, and not too long ago."""
        late = self._inbound.gate.position - onset > LATEST_MS * SAMPLES_PER_MS
        return not late and onset > self._inbound.speech_start
