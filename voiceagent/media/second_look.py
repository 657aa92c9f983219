"""A second look at short sounds that were passed over: were they words after all?

The sound classifier decides within a quarter second, from the sound alone, and takes the "stop" of
one caller for the "mm-hm" of another. A recogniser knows better and needs longer. So a short sound
over our speech that was called slight is shown to one when it has ended; what it reads there may
still stop us, half a second after the word (MEANT in `core/turns/table.py`). Nothing waits for it:
without an answer, or with a late one, the first verdict stands.

In the quiet the judge passes over whatever may be no answer, since somebody reads it: an "um", a
cough. There what nobody can read in time is taken for an answer: no word of a caller's is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol

from voiceagent.core.audio.samples import SAMPLES_PER_MS, pcm_to_bytes
from voiceagent.core.turns.interruption import InterruptionJudge, InterruptionVerdict
from voiceagent.core.turns.table import NOBODY_SPEAKS, OUR_SOUND, TurnState
from voiceagent.domain.expecting import Expecting
from voiceagent.media.inbound_audio import InboundAudio

SHORTEST_MS: Final = 96
LONGEST_MS: Final = 1000
"""What lasts longer over ours was judged by its length."""

LONGEST_IN_QUIET_MS: Final = 1700
"""And in the quiet, where there is more time."""

LULL_WINDOWS: Final = 2
"""The sound is over, as far as anybody can tell so soon; a closure inside a word is as long, and
then the whole word is shown once more."""

DICTATED: Final = frozenset(
    {
        Expecting.PHONE,
        Expecting.NAME_AND_PHONE,
        Expecting.EMAIL,
        Expecting.ADDRESS,
        Expecting.CODE,
    }
)
"""Where this is asked, a single "two" counts, and who reads it may miss it: nothing in the quiet is
passed over that would not be without a second look."""

LATEST_MS: Final = 3000
"""After the onset of a sound nobody wants to know any more what it was."""


class SoundMeaning(StrEnum):
    """What somebody who reads a short sound makes of it.

    FLOOR: whoever says that wants the floor ("stop", "wait", "no", "hold on") · ANSWER: other
    words, a nod among them · GUESS: such words, and hardly likely · NOTHING: no words ("um") ·
    UNKNOWN: nobody knew in time.
    """

    FLOOR = "floor"
    ANSWER = "answer"
    GUESS = "guess"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


_TAKES_FLOOR: Final = frozenset({SoundMeaning.FLOOR})
_IS_AN_ANSWER: Final = frozenset(SoundMeaning) - {SoundMeaning.NOTHING, SoundMeaning.GUESS}
"""Where nobody knows it is one: a turn without words is undone, a word that nobody heard is not."""

_SOUNDS_LIKE_ONE: Final = _IS_AN_ANSWER | {SoundMeaning.GUESS}
"""Where the sound classifier took it for words or a nod rather than not."""


class SecondLook(Protocol):
    """Reads short sounds, for all lines of a worker."""

    def ask(self, pcm_8k: bytes, tell: Callable[[SoundMeaning], None]) -> None:
        """Begin; returns at once.

        Args:
            pcm_8k: the sound, 16-bit samples, with a moment before and after it.
            tell: told once, in the event loop, within a second or so.
        """
        ...


class ShortSounds:
    """Of one line: what is worth a second look, and what its answer changes.

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

    def expect(self, expecting: Expecting) -> None:
        """What the caller's next words probably are; see `DICTATED`."""
        self._judge.reads_in_quiet = self._look is not None and expecting not in DICTATED

    def window(self, state: TurnState, *, ended: bool, meant: Callable[[int], None]) -> None:
        """A window was judged: ask, if a sound that was passed over is over.

        Args:
            state: who has the floor now.
            ended: the run of voice ended with this window.
            meant: told of a sound that is a turn after all, by where it began (samples since the
                stream began).
        """
        if self._look is None or self._judge.soft:
            return
        if state in OUR_SOUND:
            over = self._inbound.voice and self._judge.lulls == LULL_WINDOWS
            if over and self._judge.verdict is not InterruptionVerdict.INTERRUPTION:
                self._ask(self._look, LONGEST_MS, _TAKES_FLOOR, meant)
        elif ended and state in NOBODY_SPEAKS and self._judge.verdict is InterruptionVerdict.NOISE:
            self._ask(self._look, LONGEST_IN_QUIET_MS, self._answers(), meant)

    def _answers(self) -> frozenset[SoundMeaning]:
        """What makes a turn of a sound in the quiet: the less it sounded like words, the less."""
        if self._judge.rather_words:
            return _SOUNDS_LIKE_ONE
        return _TAKES_FLOOR if self._judge.wordless else _IS_AN_ANSWER

    def _ask(
        self,
        look: SecondLook,
        longest_ms: int,
        is_turn: frozenset[SoundMeaning],
        meant: Callable[[int], None],
    ) -> None:
        gate = self._inbound.gate
        onset = gate.onset
        if not SHORTEST_MS <= (gate.last_voiced - onset) // SAMPLES_PER_MS <= longest_ms:
            return

        def tell(meaning: SoundMeaning) -> None:
            if meaning in is_turn:
                meant(onset)

        look.ask(pcm_to_bytes(self._inbound.run_whole()), tell)

    def still_counts(self, onset: int) -> bool:
        """Whether a sound that began there is part of no turn yet, and not too long ago."""
        late = self._inbound.gate.position - onset > LATEST_MS * SAMPLES_PER_MS
        return not late and onset > self._inbound.speech_start
