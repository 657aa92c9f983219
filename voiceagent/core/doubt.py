"""What is that sound: somebody speaking to us, a "mm-hm", or nothing of ours to answer?

The judge of one line. It hears the windows of a run of voice one by one, from the moment the gate
believes in it, and turns them into what turn-taking asks: MEANT, SLIGHT or NOISE. Four things
count:

* *length*: people who want the floor go on; a "mm-hm" has ended after half a second;
* *level*: a television or somebody else in the room is softer than the caller was so far;
* *the voice model's certainty*: a bark or a horn raises it only now and then;
* *the sound itself*, where a gist has an opinion (`media/gist.py`): "wait" and "mm-hm" differ.

While we speak, the question is whether to stop for it: in doubt the sound decides by going on.
While we listen, the question is whether it is an answer: there a "mm-hm" is one, and only what is
not a word ("um", a cough) is nobody's turn.

Bounds, which hold whatever the opinions are: sound as loud as the caller is never talked over for
longer than `DoubtTuning.over_ms` (`noise_over_ms` when it does not sound like speech), and our
sound is never withheld longer than `sure_ms` of voice and the pause after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import Final

WINDOW_MS: Final = 32

_LEARN: Final = 0.3
"""Weight of the newest turn in the caller's level."""

_LULL: Final = 2
"""After this many windows of nothing the sound is over, as far as its own ending can tell."""

_FAINT: Final = 0.02
"""No opinion is more certain than this leaves."""

_LOUDER_DB: Final = 6.0
"""A level says no more than this many decibels do."""

_BLIP_MS: Final = 96
"""A sound no longer than this was nothing."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a stretch of sound is like, probabilities that sum to 1.

    `words`: speech that wants an answer · `nod`: "mm-hm", "okay", "right" · `filler`: "um", "uh" ·
    `noise`: no speech at all.
    """

    words: float
    nod: float
    filler: float
    noise: float

    @property
    def slight(self) -> float:
        """Somebody said it, but it does not ask for the floor."""
        return self.nod + self.filler

    def blend(self, newer: Opinion) -> Opinion:
        """Both, half and half: one window must not turn a verdict."""
        return Opinion(
            (self.words + newer.words) / 2,
            (self.nod + newer.nod) / 2,
            (self.filler + newer.filler) / 2,
            (self.noise + newer.noise) / 2,
        )


@dataclass(frozen=True, slots=True)
class DoubtTuning:
    """When the judge makes up its mind. Milliseconds are of voice, decibels of the run's loudest.

    Level: `soft_db`: softer than the caller by this is somebody else · `soft_dbfs`: the same before
    the caller was ever heard · `soft_after_ms`: it takes this long to say so.

    Opinions: `words`, `noise`: one this certain counts, from `words_after_ms` (we are silent by
    then: no hurry) and `soft_after_ms` on · `likely`: one this certain counts at the run's end ·
    `wordless`: and one this certain is no answer.

    Over our speech, by the *claim* to the floor (`Doubt.claim`, natural logarithm of the odds):
    `claim_words`: from here on it is meant, from `words_after_ms` on · `claim_slight`: below it is
    slight, from `slight_after_ms` on · `claim_pause`: and below this from `pause_ms` on, lest our
    pause be heard · `claim_ended`: a short sound that ended with it was meant · `claim_after_all`:
    the same for one that had been called slight · `per_db`: what a decibel above the caller's own
    level adds.

    Length: `sure_ms`: voice this long wants the floor · `answer_ms`: while we listen, this is
    enough · `over_ms`, `noise_over_ms`, `soft_over_ms`: and voice this long does, though it began
    like a "mm-hm", like noise, or softly · `steady`: mean probability of voice that speech has ·
    `insists`, `insists_in_quiet`: with this one it is not taken for noise.

    `shout_db`: a short word this much louder than the caller was is meant · `carry_ms`: two short
    sounds this close together are one.
    """

    soft_db: float = 14.0
    soft_dbfs: float = -45.0
    soft_after_ms: int = 160
    words: float = 0.7
    words_after_ms: int = 256
    noise: float = 0.7
    slight_after_ms: int = 192
    pause_ms: int = 256
    claim_words: float = 0.3
    claim_slight: float = -0.8
    claim_pause: float = 0.0
    claim_ended: float = -1.0
    claim_after_all: float = -0.25
    per_db: float = 0.25
    likely: float = 0.5
    wordless: float = 0.6
    sure_ms: int = 512
    answer_ms: int = 320
    over_ms: int = 768
    noise_over_ms: int = 1600
    soft_over_ms: int = 6000
    steady: float = 0.63
    insists: float = 0.7
    insists_in_quiet: float = 0.65
    shout_db: float = 6.0
    carry_ms: int = 480


class Mind(StrEnum):
    """What the judge has said about the run so far."""

    OPEN = "open"
    MEANT = "meant"
    SLIGHT = "slight"
    NOISE = "noise"


class Doubt:
    """The judge of one line. Sans-I/O; time is counted in windows of sound.

    The gate believes in a voice at its second window; the judge counts the first, unseen.
    """

    def __init__(self, tuning: DoubtTuning) -> None:
        self._tuning = tuning
        self.mind = Mind.OPEN
        """What was said about the current run, or the last one."""
        self.caller_db: float | None = None
        """How loud the caller is; unknown before their first turn."""
        self.opinion: Opinion | None = None
        """The newest on the run."""
        self._windows = 0
        self._lull = 0
        self._carried_ms = 0
        self._certainty = 0.0
        self._peak_db = -96.0

    @property
    def voiced_ms(self) -> int:
        """How long the run has lasted, with what was carried into it."""
        return self._carried_ms + (self._windows + 1) * WINDOW_MS

    @property
    def soft(self) -> bool:
        """Too soft for the caller, as loud as they have been."""
        if self.caller_db is None:
            return self._peak_db < self._tuning.soft_dbfs
        return self._peak_db < self.caller_db - self._tuning.soft_db

    @property
    def claim(self) -> float | None:
        """How much the sound asks for the floor: the odds of words, as a natural logarithm.

        Who cuts in raises the voice, who nods does not (French and Local, 1983), so the level
        counts too, once the caller's is known.
        """
        said = self.opinion
        if said is None:
            return None
        odds = log((said.words + _FAINT) / (1.0 - said.words + _FAINT))
        if self.caller_db is None:
            return odds
        louder_db = self._peak_db - self.caller_db
        return odds + self._tuning.per_db * max(-_LOUDER_DB, min(_LOUDER_DB, louder_db))

    def _claims(self, least: float) -> bool:
        claim = self.claim
        return claim is not None and claim >= least

    @property
    def _least_at_end(self) -> float:
        """The claim that a short sound over ours must end with to be meant."""
        t = self._tuning
        return t.claim_after_all if self.mind is Mind.SLIGHT else t.claim_ended

    def _none_of_ours(self, *, speaking: bool) -> bool:
        """Whether a sound that has ended was nobody who speaks to us."""
        return self.soft or self._noisy(self._tuning.likely, speaking=speaking)

    def begin(self, *, gap_ms: float) -> None:
        """A run of voice begins, `gap_ms` after the last one's end."""
        carried = gap_ms <= self._tuning.carry_ms and self.mind in (Mind.OPEN, Mind.SLIGHT)
        self._carried_ms = self.voiced_ms if carried else 0
        self._windows = self._lull = 0
        self._certainty = 0.0
        self._peak_db = -96.0
        self.opinion = None
        self.mind = Mind.OPEN

    def window(
        self, probability: float, peak_db: float, opinion: Opinion | None, *, speaking: bool
    ) -> Mind | None:
        """The next voiced window of the run; what it changes, if anything.

        Args:
            probability: of voice.
            peak_db: its loudest block, dBFS.
            opinion: on the run so far, if there is a new one.
            speaking: whether the sound comes over ours.
        """
        self._windows += 1
        self._lull = 0
        self._certainty += (probability - self._certainty) / self._windows
        self._peak_db = max(self._peak_db, peak_db)
        self._hear(opinion)
        return self._say(self._over_ours() if speaking else self._in_quiet())

    def lull(self, opinion: Opinion | None, *, speaking: bool) -> Mind | None:
        """A window of the run without voice; what it changes, if anything."""
        self._lull += 1
        self._hear(opinion)
        if not speaking or self._lull < _LULL or self.mind in (Mind.MEANT, Mind.NOISE):
            return None
        if self._claims(self._least_at_end) and not self._none_of_ours(speaking=True):
            return self._say(Mind.MEANT)
        if self.voiced_ms <= _BLIP_MS or self.opinion is not None:
            return self._say(Mind.SLIGHT)
        return None

    def ended(self, *, speaking: bool) -> Mind | None:
        """The run has ended; what must be said of it before that is taken for silence.

        Nothing said over our own sound means: a short sound, which may still be an answer.
        """
        if self.mind in (Mind.MEANT, Mind.NOISE):
            return None
        if self._none_of_ours(speaking=speaking):
            return self._say(Mind.NOISE)
        if speaking:
            meant = self._claims(self._least_at_end) or self._shouted
            return self._say(Mind.MEANT) if meant else None
        return self._say(Mind.NOISE if self._wordless(self._tuning.wordless) else Mind.MEANT)

    def learn(self, level_db: float) -> None:
        """A turn of the caller was this loud at its loudest."""
        known = self.caller_db
        self.caller_db = level_db if known is None else known + _LEARN * (level_db - known)

    def _hear(self, opinion: Opinion | None) -> None:
        if opinion is not None:
            self.opinion = opinion if self.opinion is None else self.opinion.blend(opinion)

    def _noisy(self, least: float, *, speaking: bool) -> bool:
        """Whether it sounds like no speech, and the voice model does not insist.

        In the quiet it need not insist so much: an answer that is missed is worse than a cough that
        is taken for one.
        """
        said, t = self.opinion, self._tuning
        insists = t.insists if speaking else t.insists_in_quiet
        return said is not None and said.noise >= least and self._certainty < insists

    def _wordless(self, least: float) -> bool:
        """Whether there is nothing in it that anybody could answer."""
        said = self.opinion
        if said is None:
            return False
        insists = self._certainty >= self._tuning.insists_in_quiet
        return said.filler + (0.0 if insists else said.noise) >= least

    def _say(self, mind: Mind) -> Mind | None:
        if mind in (Mind.OPEN, self.mind):
            return None
        self.mind = mind
        return mind

    def _either_way(self, lasted: int, *, speaking: bool) -> Mind | None:
        """What is so whoever has the floor; ``None`` where that makes the difference."""
        if self.mind is Mind.MEANT:
            return Mind.OPEN
        if self._dismissed(lasted, speaking=speaking):
            return Mind.NOISE
        if self.mind is Mind.NOISE:
            self.mind = Mind.OPEN
        if lasted >= self._tuning.over_ms or self._words(lasted, speaking=speaking):
            return Mind.MEANT
        return None

    def _over_ours(self) -> Mind:
        t, lasted = self._tuning, self.voiced_ms
        if (mind := self._either_way(lasted, speaking=True)) is not None:
            return mind
        if self._slight(lasted) or self.mind is Mind.SLIGHT:
            return Mind.SLIGHT
        return Mind.MEANT if lasted >= t.sure_ms else Mind.OPEN

    def _slight(self, lasted: int) -> bool:
        """Whether it asks for so little that we may go on.

        What is certainly a noise is left to that judgement: the voice model may contradict.
        """
        t, said, claim = self._tuning, self.opinion, self.claim
        if said is None or claim is None or lasted < t.slight_after_ms:
            return False
        if said.noise >= t.noise:
            return False
        return claim < (t.claim_slight if lasted < t.pause_ms else t.claim_pause)

    def _in_quiet(self) -> Mind:
        t, lasted = self._tuning, self.voiced_ms
        if (mind := self._either_way(lasted, speaking=False)) is not None:
            return mind
        answer = lasted >= t.answer_ms and not self._wordless(t.likely)
        return Mind.MEANT if answer else Mind.OPEN

    def _dismissed(self, lasted: int, *, speaking: bool) -> bool:
        """Whether nothing about the sound says that it is the caller speaking."""
        t = self._tuning
        if lasted < t.soft_after_ms:
            return False
        if self.soft:
            return lasted < t.soft_over_ms
        least = t.likely if self.mind is Mind.NOISE else t.noise
        unsteady = lasted >= t.answer_ms and self._certainty < t.steady
        return (self._noisy(least, speaking=speaking) or unsteady) and lasted < t.noise_over_ms

    def _words(self, lasted: int, *, speaking: bool) -> bool:
        """Whether it sounds like words; over our speech, like words that want the floor."""
        t, said = self._tuning, self.opinion
        if said is None or lasted < t.words_after_ms:
            return False
        if not speaking:
            return said.words >= t.words
        return self._claims(t.claim_words)

    @property
    def _shouted(self) -> bool:
        known = self.caller_db
        return known is not None and self._peak_db >= known + self._tuning.shout_db
