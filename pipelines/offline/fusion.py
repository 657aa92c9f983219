"""What becomes of an utterance: words, how sure they are, or nothing.

Whisper understands people, and knows nothing of the business; pocketsphinx knows the business's
streets and services, and hears them in everything. So Whisper hears freely, under a prompt of what
was asked, and then says how likely it finds the words wherever pocketsphinx heard others. Beside it
the business's language says how likely a caller says such a thing. Both together choose.

Where a number was asked for, one of a legal length goes before one of no such length. What neither
is sure of is said to be unsure; what nobody said is nothing. What is measured is in docs/ears.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import compress, product
from typing import Final

from pipelines.offline.comparison import Comparison
from pipelines.offline.plain_speech import as_spoken
from pipelines.offline.shapes import DIGITS, AnswerShape, Fit
from pipelines.offline.verdict import Ear, HearingVerdict
from pipelines.offline.whisper import loops
from pipelines.offline.whisper.hypothesis import Hypotheses
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

BUSINESS: Final = 0.6
"""What the business's language thinks of a text counts so much beside what Whisper hears."""

WORD: Final = 2.8
DIGIT: Final = 2.0
"""Every word costs likelihood, so that of two texts the shorter would win: this is given back."""

BRIEF_S: Final = 0.3
"""Less voice than this is half a word, or a laugh: it has to be heard better."""

NO_SPEECH: Final = 0.5
FAINT: Final = -0.9
FAINT_AND_BRIEF: Final = -0.45
"""Nobody speaks, where the model thinks so and is not sure of its text (mean log probability)."""

HOPELESS: Final = -1.45
"""Text that is less likely than this is no text, whatever else is thought."""

HOPELESS_ANSWER: Final = -1.0
HOPELESS_BRIEF_ANSWER: Final = -0.75
"""The same of a yes or a no that was asked for: a laugh becomes one of them soonest."""

HOPELESS_NUMBER: Final = -0.75
"""The same of a number of a legal length, after a question for one."""

HOPELESS_DIGITS: Final = -0.5
"""The same of digits that make none, or of a few that come again and again: "um", a horn."""

AGREED: Final = 0.97
"""Confidence where both heard the same."""

AGREED_IN_MEANING: Final = 0.75
"""Confidence at least where the two have other words for the same answer."""

_CERTAIN: Final = 0.95

SHARPNESS: Final = 0.5
"""Log probabilities of a model are bolder than it is right."""

_HALF_SURE: Final = 0.5


POLITE: Final = frozenset({"thank you", "thank you so much", "thanks for watching", "you"})
"""What Whisper writes where nobody speaks. It is believed of it when pocketsphinx hears "thank"."""

DOUBTFUL: Final = 0.5
"""Confidence at most in an answer of the kind that was asked for that is of no legal shape."""

GUESSED: Final = 0.45
"""Confidence at most in what has to be asked back: words that neither heard, that it would be
dangerous to believe, or of which some were left out."""

_FEW_DIGITS: Final = 3

STRAY_DIGITS: Final = 1


@dataclass(frozen=True, slots=True)
class Own:
    """Whisper's text, in spoken form. `score`: mean log probability a token."""

    words: str
    score: float
    no_speech: float


def own_words(
    hypotheses: Hypotheses,
    asked: Expecting,
    shape: AnswerShape,
    words: str = "",
    voice_s: float = 1.0,
) -> Own | None:
    """The text that Whisper stands for; ``None`` when it heard nobody.

    Args:
        hypotheses: of the utterance.
        asked: the question before it.
        shape: of its answer.
        words: what pocketsphinx heard.
        voice_s: how long there was a voice.
    """
    texts = [
        (" ".join(loops.without_loops(as_spoken(one.text, asked).split())), one)
        for one in hypotheses.found
    ]
    if not texts:
        return None
    text, best = texts[0]
    for other, one in texts:
        rest = text.endswith(f" {other}")  # seven digits of the ten that it found likelier
        if shape.fit(other) is Fit.WHOLE and one.total > best.total - shape.within and not rest:
            text, best = other, one
            break
    brief = voice_s < BRIEF_S
    faint = hypotheses.no_speech > NO_SPEECH and best.score < (FAINT_AND_BRIEF if brief else FAINT)
    polite = text in POLITE and "thank" not in words
    if not text or faint or polite or best.score < _least(text, asked, shape, brief=brief):
        return None
    return Own(text, best.score, hypotheses.no_speech)


def _least(text: str, asked: Expecting, shape: AnswerShape, *, brief: bool) -> float:
    """How likely a text must be; the more, the sooner noise is taken for it."""
    if asked in DIGITS:
        digits = "".join(run.digits for run in spoken_digits(text))
        if len(digits) < _FEW_DIGITS:
            return HOPELESS
        whole = shape.fit(text) is Fit.WHOLE and len(set(digits)) >= _FEW_DIGITS
        return HOPELESS_NUMBER if whole else HOPELESS_DIGITS
    if asked is Expecting.YES_NO and hear_yes_no(text) is not YesNo.UNCLEAR:
        return HOPELESS_BRIEF_ANSWER if brief else HOPELESS_ANSWER
    return HOPELESS


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may have been said.

    Attributes:
        text: in spoken form.
        heard: how likely Whisper finds it, log probability.
        business: how likely a caller of this business says it, log probability.
        guessed: neither heard it; it is the answer of a legal shape that sounds like what they did.
    """

    text: str
    heard: float
    business: float
    guessed: bool = False

    @property
    def score(self) -> float:
        """What speaks for it."""
        back = sum(DIGIT if word in loops.DIGITS else WORD for word in self.text.split())
        return self.heard + BUSINESS * self.business + back


def candidates(
    both: Comparison, heard: Sequence[float], business: Callable[[str], float]
) -> list[Candidate]:
    """Every text between the two: our own, theirs, and any of the differences taken.

    Args:
        both: the two texts.
        heard: how likely Whisper finds each of `Comparison.texts`; what several differences change
            is the sum of what each changes.
        business: how likely a caller of the business says a text.
    """
    base, *changed = heard[: len(both.differences) + 1]
    gains = [one - base for one in changed]
    known = dict(zip(both.texts, heard, strict=True))
    found = []
    for taken in product((False, True), repeat=len(gains)):
        text = both.with_theirs(compress(both.differences, taken))
        likely = known.get(text, base + sum(compress(gains, taken)))
        found.append(Candidate(text, likely, business(text)))
    return found


def guesses(
    texts: Sequence[str], heard: Sequence[float], business: Callable[[str], float]
) -> list[Candidate]:
    """Answers of a legal shape that neither heard.

    Args:
        texts: the answers (`AnswerShape.near`).
        heard: how likely Whisper finds each.
        business: how likely a caller of the business says a text.
    """
    pairs = zip(texts, heard, strict=True)
    return [Candidate(text, likely, business(text), guessed=True) for text, likely in pairs]


def decide(
    own: Own | None, words: str, found: Sequence[Candidate], shape: AnswerShape
) -> HearingVerdict:
    """The words of a turn.

    Args:
        own: what Whisper heard.
        words: what pocketsphinx heard.
        found: what may have been said; nothing where only one of them heard words, or both the
            same, and no answer of a legal shape sounds like it.
        shape: of the answer that was asked for.
    """
    if own is None:
        return HearingVerdict("", 0.0, Ear.NONE)
    sure = min(_CERTAIN, math.exp(own.score))
    best = _best(found, shape, own.words) or Candidate(own.words, 0.0, 0.0)
    if best.text == own.words == words:
        return HearingVerdict(words, AGREED, Ear.BOTH)
    confidence = _confidence(best, found, sure) if found else sure
    if shape.fit(best.text) is Fit.PART:
        confidence = min(confidence, DOUBTFUL)
    if best.guessed or shape.doubts(best.text, words):
        confidence = min(confidence, GUESSED)
    elif _same_answer(shape, best.text, own.words, words):
        confidence = max(confidence, AGREED_IN_MEANING)
    return HearingVerdict(best.text, confidence, _whose(best.text, own.words, words))


def doubted(verdict: HearingVerdict) -> HearingVerdict:
    """A verdict on words of which some were probably left out."""
    if verdict.confidence is None:
        return verdict
    return replace(verdict, confidence=min(verdict.confidence, GUESSED))


def _same_answer(shape: AnswerShape, *texts: str) -> bool:
    """Whether the dialogue would read the same answer in all of them."""
    read = {shape.reads(text) for text in texts}
    return len(read) == 1 and "" not in read


def digit_count(text: str) -> int:
    """How many digits are said in it."""
    return sum(len(run.digits) for run in spoken_digits(text))


def _best(found: Sequence[Candidate], shape: AnswerShape, ours: str) -> Candidate | None:
    """The candidate that most speaks for; one of a legal shape, where it is nearly as good.

    Leaving digits out of what Whisper heard makes a legal number of any: one may have been a stray.
    """
    if not found:
        return None
    best = max(found, key=lambda one: one.score)
    least = digit_count(ours) - STRAY_DIGITS
    legal = [
        one for one in found if shape.fit(one.text) is Fit.WHOLE and digit_count(one.text) >= least
    ]
    whole = max(legal, key=lambda one: one.score, default=best)
    return whole if whole.score > best.score - shape.within else best


def _whose(text: str, ours: str, theirs: str) -> Ear:
    if text == ours:
        return Ear.WHISPER
    return Ear.POCKETSPHINX if text == theirs else Ear.MIXED


def _confidence(best: Candidate, found: Sequence[Candidate], sure: float) -> float:
    """The share of the likelihood that the chosen text has."""
    others = sum(math.exp(min(50.0, SHARPNESS * (one.score - best.score))) for one in found)
    return min(_CERTAIN, max(sure, _HALF_SURE) / max(others, 1.0))
