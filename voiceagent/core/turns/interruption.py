"""What is that sound: somebody speaking to us, a "mm-hm", or nothing of ours to answer?

The judge of one line. It hears the windows of a run of voice one by one, from the moment the gate
believes in it, and turns them into what turn-taking asks: INTERRUPTION, BACKCHANNEL or NOISE. Four
things count:

* *length*: people who want the floor go on; a "mm-hm" has ended after half a second;
* *level*: a television or somebody else in the room is softer than the caller was so far;
* *the voice model's certainty*: a bark or a horn raises it only now and then;
* *the sound itself*, where the classifier has heard it (`media/sound_classifier.py`): "wait" and
  "mm-hm" differ.

While we speak, the question is whether to stop for it: in doubt the sound decides by going on.
While we listen, the question is whether it is an answer: there a "mm-hm" is one, and only what is
not a word ("um", a cough) is nobody's turn.

Bounds, which hold whatever the scores are: sound as loud as the caller is never talked over for
longer than `InterruptionTuning.over_ms` (`noise_over_ms` when it does not sound like speech), and
our sound is never withheld longer than `sure_ms` of voice and the pause after it.
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
"""No scores is more certain than this leaves."""

_LOUDER_DB: Final = 6.0
"""A level says no more than this many decibels do."""

_BLIP_MS: Final = 96
"""A sound no longer than this was nothing."""


@dataclass(frozen=True, slots=True)
class SoundScores:
    """What a stretch of sound is like, probabilities that sum to 1.

    `words`: speech that wants an answer · `nod`: "mm-hm", "okay", "right" · `filler`: "um", "uh" ·
    `noise`: no speech at all.
    """

    words: float
    nod: float
    filler: float
    noise: float

    def blend(self, newer: SoundScores) -> SoundScores:
        """Both, half and half: one window must not turn a verdict."""
        return SoundScores(
            (self.words + newer.words) / 2,
            (self.nod + newer.nod) / 2,
            (self.filler + newer.filler) / 2,
            (self.noise + newer.noise) / 2,
        )


@dataclass(frozen=True, slots=True)
class InterruptionTuning:
    """When the judge makes up its mind. Milliseconds are of voice, decibels of the run's loudest.

    Level: `soft_db`: softer than the caller by this is somebody else · `soft_dbfs`: the same before
    the caller was ever heard · `soft_after_ms`: it takes this long to say so.

    Scores: `words`, `noise`: one this certain counts, from `words_after_ms` (we are silent by
    then: no hurry) and `soft_after_ms` on · `likely`: one this certain counts at the run's end ·
    `wordless`: and one this certain is no answer.

    Over our speech, by the score for the floor (`InterruptionJudge.floor_score`, natural logarithm
    of the odds): `floor_words`: from here on it is meant, from `words_after_ms` on ·
    `floor_backchannel`: below it is slight, from `backchannel_after_ms` on · `floor_pause`: and
    below this from `pause_ms` on, lest our pause be heard · `floor_ended`: a short sound that ended
    with it was meant · `floor_after_all`: the same for one that had been called slight · `per_db`:
    what a decibel above the caller's own level adds.

    Length: `sure_ms`: voice this long wants the floor · `answer_ms`: while we listen, this is
    enough · `over_ms`, `noise_over_ms`, `soft_over_ms`: and voice this long does, though it began
    like a "mm-hm", like noise, or softly · `steady`: mean probability of voice that speech has ·
    `insists`, `insists_in_quiet`: with this one it is not taken for noise.

    In the quiet, where somebody reads what is passed over: `surely`: words or a nod with this
    probability are an answer, all else is read · `read_over_ms`: and voice this long is one anyway.

    Over our speech, there: `read_floor_words`, `read_floor_ended`, `read_floor_after_all` instead
    of those without `read_`: who cuts in with a word that is passed over is read, who nods is not
    stopped for.

    `shout_db`: a short word this much louder than the caller was is meant · `carry_ms`: two short
    sounds this close together are one.
    """

    soft_db: float = 14.0
    soft_dbfs: float = -45.0
    soft_after_ms: int = 160
    words: float = 0.7
    words_after_ms: int = 256
    noise: float = 0.7
    backchannel_after_ms: int = 192
    pause_ms: int = 256
    floor_words: float = 0.3
    floor_backchannel: float = -0.8
    floor_pause: float = 0.0
    floor_ended: float = -1.0
    floor_after_all: float = -0.25
    per_db: float = 0.25
    likely: float = 0.5
    wordless: float = 0.6
    sure_ms: int = 512
    answer_ms: int = 320
    over_ms: int = 768
    noise_over_ms: int = 1600
    soft_over_ms: int = 6000
    steady: float = 0.63
    insists: float = 0.88
    insists_in_quiet: float = 0.65
    surely: float = 0.9
    read_over_ms: int = 1600
    read_floor_words: float = 0.8
    read_floor_ended: float = 0.0
    read_floor_after_all: float = 0.5
    shout_db: float = 6.0
    carry_ms: int = 480


class InterruptionVerdict(StrEnum):
    """What the judge has said about the run so far."""

    UNDECIDED = "undecided"
    INTERRUPTION = "interruption"
    BACKCHANNEL = "backchannel"
    NOISE = "noise"


class InterruptionJudge:
    """The judge of one line. Sans-I/O; time is counted in windows of sound.

    The gate believes in a voice at its second window; the judge counts the first, unseen.

    Args:
        tuning: when it makes up its mind.
        reads_again: somebody reads what it passes over (`media/second_look.py`), so that in the
            quiet it may pass over whatever might be no answer.
    """

    def __init__(self, tuning: InterruptionTuning, *, reads_again: bool = False) -> None:
        self._tuning = tuning
        self._reads_over_ours = reads_again
        self.reads_in_quiet = reads_again
        """Whether it may pass over in the quiet what might be no answer; not while a number is
        dictated."""
        self.verdict = InterruptionVerdict.UNDECIDED
        """What was said about the current run, or the last one."""
        self.caller_db: float | None = None
        """How loud the caller is; unknown before their first turn."""
        self.scores: SoundScores | None = None
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
    def lulls(self) -> int:
        """Windows without voice since the run's last voiced one."""
        return self._lull

    @property
    def rather_words(self) -> bool:
        """Whether the run sounded like words or a nod rather than not."""
        said = self.scores
        return said is not None and said.words + said.nod >= self._tuning.likely

    @property
    def wordless(self) -> bool:
        """Whether the run sounded like nothing that anybody could answer."""
        return self._wordless(self._tuning.wordless)

    @property
    def soft(self) -> bool:
        """Too soft for the caller, as loud as they have been."""
        if self.caller_db is None:
            return self._peak_db < self._tuning.soft_dbfs
        return self._peak_db < self.caller_db - self._tuning.soft_db

    @property
    def floor_score(self) -> float | None:
        """How much the sound asks for the floor: the odds of words, as a natural logarithm.

        Who cuts in raises the voice, who nods does not (French and Local, 1983), so the level
        counts too, once the caller's is known.
        """
        said = self.scores
        if said is None:
            return None
        odds = log((said.words + _FAINT) / (1.0 - said.words + _FAINT))
        if self.caller_db is None:
            return odds
        louder_db = self._peak_db - self.caller_db
        return odds + self._tuning.per_db * max(-_LOUDER_DB, min(_LOUDER_DB, louder_db))

    def _scores_at_least(self, least: float) -> bool:
        floor_score = self.floor_score
        return floor_score is not None and floor_score >= least

    @property
    def _least_at_end(self) -> float:
        """The claim that a short sound over ours must end with to be meant."""
        t = self._tuning
        slight = self.verdict is InterruptionVerdict.BACKCHANNEL
        if self._reads_over_ours:
            return t.read_floor_after_all if slight else t.read_floor_ended
        return t.floor_after_all if slight else t.floor_ended

    def _none_of_ours(self, *, speaking: bool) -> bool:
        """Whether a sound that has ended was nobody who speaks to us."""
        return self.soft or self._noisy(self._tuning.likely, speaking=speaking)

    def begin(self, *, gap_ms: float) -> None:
        """A run of voice begins, `gap_ms` after the last one's end."""
        carried = gap_ms <= self._tuning.carry_ms and self.verdict in (
            InterruptionVerdict.UNDECIDED,
            InterruptionVerdict.BACKCHANNEL,
        )
        self._carried_ms = self.voiced_ms if carried else 0
        self._windows = self._lull = 0
        self._certainty = 0.0
        self._peak_db = -96.0
        self.scores = None
        self.verdict = InterruptionVerdict.UNDECIDED

    def window(
        self, probability: float, peak_db: float, scores: SoundScores | None, *, speaking: bool
    ) -> InterruptionVerdict | None:
        """The next voiced window of the run; what it changes, if anything.

        Args:
            probability: of voice.
            peak_db: its loudest block, dBFS.
            scores: on the run so far, if there is a new one.
            speaking: whether the sound comes over ours.
        """
        self._windows += 1
        self._lull = 0
        self._certainty += (probability - self._certainty) / self._windows
        self._peak_db = max(self._peak_db, peak_db)
        self._hear(scores)
        return self._say(self._over_ours() if speaking else self._in_quiet())

    def lull(self, scores: SoundScores | None, *, speaking: bool) -> InterruptionVerdict | None:
        """A window of the run without voice; what it changes, if anything."""
        self._lull += 1
        self._hear(scores)
        if (
            not speaking
            or self._lull < _LULL
            or self.verdict in (InterruptionVerdict.INTERRUPTION, InterruptionVerdict.NOISE)
        ):
            return None
        if self._scores_at_least(self._least_at_end) and not self._none_of_ours(speaking=True):
            return self._say(InterruptionVerdict.INTERRUPTION)
        if self.voiced_ms <= _BLIP_MS or self.scores is not None:
            return self._say(InterruptionVerdict.BACKCHANNEL)
        return None

    def ended(self, *, speaking: bool) -> InterruptionVerdict | None:
        """The run has ended; what must be said of it before that is taken for silence.

        Nothing said over our own sound means: a short sound, which may still be an answer.
        """
        if self.verdict in (InterruptionVerdict.INTERRUPTION, InterruptionVerdict.NOISE):
            return None
        if self._none_of_ours(speaking=speaking):
            return self._say(InterruptionVerdict.NOISE)
        if speaking:
            meant = self._scores_at_least(self._least_at_end) or self._shouted
            return self._say(InterruptionVerdict.INTERRUPTION) if meant else None
        return self._say(
            InterruptionVerdict.NOISE
            if self._doubtful(self._tuning.wordless)
            else InterruptionVerdict.INTERRUPTION
        )

    def learn(self, level_db: float) -> None:
        """A turn of the caller was this loud at its loudest."""
        known = self.caller_db
        self.caller_db = level_db if known is None else known + _LEARN * (level_db - known)

    def _hear(self, scores: SoundScores | None) -> None:
        if scores is not None:
            self.scores = scores if self.scores is None else self.scores.blend(scores)

    def _noisy(self, least: float, *, speaking: bool) -> bool:
        """Whether it sounds like no speech, and the voice model does not insist.

        In the quiet it need not insist so much: an answer that is missed is worse than a cough that
        is taken for one.
        """
        said, t = self.scores, self._tuning
        insists = t.insists if speaking else self._insists_in_quiet
        return said is not None and said.noise >= least and self._certainty < insists

    @property
    def _insists_in_quiet(self) -> float:
        """Where somebody reads what is passed over, no word is missed for it."""
        return self._tuning.insists if self.reads_in_quiet else self._tuning.insists_in_quiet

    def _wordless(self, least: float) -> bool:
        """Whether there is nothing in it that anybody could answer."""
        said = self.scores
        if said is None:
            return False
        insists = self._certainty >= self._insists_in_quiet
        return said.filler + (0.0 if insists else said.noise) >= least

    def _doubtful(self, wordless: float) -> bool:
        """Whether a sound in the quiet may be no answer; where nobody reads it, that it is none."""
        if not self.reads_in_quiet:
            return self._wordless(wordless)
        said = self.scores
        return said is None or said.words + said.nod < self._tuning.surely

    def _say(self, verdict: InterruptionVerdict) -> InterruptionVerdict | None:
        if verdict in (InterruptionVerdict.UNDECIDED, self.verdict):
            return None
        self.verdict = verdict
        return verdict

    def _either_way(self, lasted: int, *, speaking: bool) -> InterruptionVerdict | None:
        """What is so whoever has the floor; ``None`` where that makes the difference."""
        if self.verdict is InterruptionVerdict.INTERRUPTION:
            return InterruptionVerdict.UNDECIDED
        if self._dismissed(lasted, speaking=speaking):
            return InterruptionVerdict.NOISE
        if self.verdict is InterruptionVerdict.NOISE:
            self.verdict = InterruptionVerdict.UNDECIDED
        t = self._tuning
        waits = self.reads_in_quiet and not speaking and self._doubtful(t.likely)
        if lasted >= (t.read_over_ms if waits else t.over_ms):
            return InterruptionVerdict.INTERRUPTION
        if self._words(lasted, speaking=speaking):
            return InterruptionVerdict.INTERRUPTION
        return None

    def _over_ours(self) -> InterruptionVerdict:
        t, lasted = self._tuning, self.voiced_ms
        if (verdict := self._either_way(lasted, speaking=True)) is not None:
            return verdict
        if self._is_backchannel(lasted) or self.verdict is InterruptionVerdict.BACKCHANNEL:
            return InterruptionVerdict.BACKCHANNEL
        return (
            InterruptionVerdict.INTERRUPTION
            if lasted >= t.sure_ms
            else InterruptionVerdict.UNDECIDED
        )

    def _is_backchannel(self, lasted: int) -> bool:
        """Whether it asks for so little that we may go on.

        What is certainly a noise is left to that judgement: the voice model may contradict.
        """
        t, said, floor_score = self._tuning, self.scores, self.floor_score
        if said is None or floor_score is None or lasted < t.backchannel_after_ms:
            return False
        if said.noise >= t.noise:
            return False
        return floor_score < (t.floor_backchannel if lasted < t.pause_ms else t.floor_pause)

    def _in_quiet(self) -> InterruptionVerdict:
        t, lasted = self._tuning, self.voiced_ms
        if (verdict := self._either_way(lasted, speaking=False)) is not None:
            return verdict
        answer = lasted >= t.answer_ms and not self._doubtful(t.likely)
        return InterruptionVerdict.INTERRUPTION if answer else InterruptionVerdict.UNDECIDED

    def _dismissed(self, lasted: int, *, speaking: bool) -> bool:
        """Whether nothing about the sound says that it is the caller speaking."""
        t = self._tuning
        if lasted < t.soft_after_ms:
            return False
        if self.soft:
            return lasted < t.soft_over_ms
        least = t.likely if self.verdict is InterruptionVerdict.NOISE else t.noise
        unsteady = lasted >= t.answer_ms and self._certainty < t.steady
        return (self._noisy(least, speaking=speaking) or unsteady) and lasted < t.noise_over_ms

    def _words(self, lasted: int, *, speaking: bool) -> bool:
        """Whether it sounds like words; over our speech, like words that want the floor."""
        t, said = self._tuning, self.scores
        if said is None or lasted < t.words_after_ms:
            return False
        if not speaking:
            return said.words >= (t.surely if self.reads_in_quiet else t.words)
        return self._scores_at_least(t.read_floor_words if self._reads_over_ours else t.floor_words)

    @property
    def _shouted(self) -> bool:
        known = self.caller_db
        return known is not None and self._peak_db >= known + self._tuning.shout_db
