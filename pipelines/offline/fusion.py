"""What becomes of an utterance: words, how sure they are, or nothing.

Whisper understands people, and knows nothing of the business; pocketsphinx knows the business's
streets and services, and hears them in everything. So Whisper hears freely, under a prompt of what
was asked, and judges every place where pocketsphinx heard something else by its own likelihood:
words that are about as likely as its own are taken, because callers of this business say them.
Where a number was asked for, one of a legal length goes before one of no such length. What neither
is sure of is said to be unsure; what nobody said is nothing. The limits are measured: docs/ears.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.offline.comparison import Comparison, Difference
from pipelines.offline.plain_speech import as_spoken
from pipelines.offline.shapes import DIGITS, Fit, fit
from pipelines.offline.verdict import Ear, HearingVerdict
from pipelines.offline.whisper.hypothesis import Hypotheses
from pipelines.offline.whisper.loops import without_loops
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

OTHER_WITHIN: Final = 1.5
"""pocketsphinx's words are taken unless Whisper finds its own likelier by more than this a word."""

ADDED_WITHIN: Final = 0.5
"""The same where Whisper has no words at all, and so for words that are left out."""

LEGAL_WITHIN: Final = 9.0
"""A text of a legal length goes before one that is likelier by no more (log probability)."""

NO_SPEECH: Final = 0.5
FAINT: Final = -0.45
"""Nobody speaks, where the model thinks so and is not sure of its text (mean log probability)."""

HOPELESS: Final = -1.45
"""Text that is less likely than this is no text, whatever else is thought."""

HOPELESS_ANSWER: Final = -0.75
"""The same of a yes or a no that was asked for: a laugh becomes one of them soonest."""

HOPELESS_NUMBER: Final = -0.75
"""The same of a number of a legal length, after a question for one."""

HOPELESS_DIGITS: Final = -0.5
"""The same of digits that make none, or of a few that come again and again: "um", a horn."""

AGREED: Final = 0.97
"""Confidence where both heard the same."""

_CERTAIN: Final = 0.95


_FEW_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Own:
    """Whisper's text, in spoken form. `score`: mean log probability a token."""

    words: str
    score: float
    no_speech: float


def own_words(hypotheses: Hypotheses, asked: Expecting) -> Own | None:
    """The text that Whisper stands for; ``None`` when it heard nobody.

    Args:
        hypotheses: of the utterance.
        asked: the question before it.
    """
    texts = [
        (" ".join(without_loops(as_spoken(one.text, asked).split())), one)
        for one in hypotheses.found
    ]
    if not texts:
        return None
    words, best = texts[0]
    for other, one in texts:
        if fit(other, asked) is Fit.WHOLE and one.total > best.total - LEGAL_WITHIN:
            words, best = other, one
            break
    faint = hypotheses.no_speech > NO_SPEECH and best.score < FAINT
    if not words or faint or best.score < _least(words, asked):
        return None
    return Own(words, best.score, hypotheses.no_speech)


def _least(words: str, asked: Expecting) -> float:
    """How likely words must be; the more, the sooner noise is taken for them."""
    if asked in DIGITS:
        digits = "".join(run.digits for run in spoken_digits(words))
        if len(digits) < _FEW_DIGITS:
            return HOPELESS
        whole = fit(words, asked) is Fit.WHOLE and len(set(digits)) >= _FEW_DIGITS
        return HOPELESS_NUMBER if whole else HOPELESS_DIGITS
    if asked is Expecting.YES_NO and hear_yes_no(words) is not YesNo.UNCLEAR:
        return HOPELESS_ANSWER
    return HOPELESS


def decide(
    own: Own | None, words: str, margins: Sequence[float], asked: Expecting
) -> HearingVerdict:
    """The words of a turn.

    Args:
        own: what Whisper heard.
        words: what pocketsphinx heard.
        margins: for every difference of the two (`Comparison`), how much likelier Whisper finds its
            own words there (log probability); none when one of the texts is empty.
        asked: the question before it.
    """
    if own is None:
        return HearingVerdict("", 0.0, Ear.NONE)
    if own.words == words:
        return HearingVerdict(words, AGREED, Ear.BOTH)
    sure = min(_CERTAIN, math.exp(own.score))
    if not margins:
        return HearingVerdict(own.words, sure, Ear.WHISPER)
    both = Comparison.of(own.words, words)
    doubts = [
        _doubt(place, margin) for place, margin in zip(both.differences, margins, strict=True)
    ]
    near = [place for place, doubt in zip(both.differences, doubts, strict=True) if doubt <= 0.0]
    text = _of_legal_length(both, near, asked)
    return HearingVerdict(text, _confidence(doubts, sure), _whose(text, own.words, words))


def _doubt(place: Difference, margin: float) -> float:
    """How much pocketsphinx's words are beyond what is taken from it, a word; negative: taken."""
    added = not place.theirs or place.start == place.end
    return margin / place.words - (ADDED_WITHIN if added else OTHER_WITHIN)


def _of_legal_length(both: Comparison, near: Sequence[Difference], asked: Expecting) -> str:
    """The text with what is taken; but no number that was whole is broken."""
    text = both.with_theirs(near)
    ours = both.with_theirs(())
    if fit(ours, asked) is Fit.WHOLE and fit(text, asked) is not Fit.WHOLE:
        others = [one for one in near if not both.numeral(one)]
        text = both.with_theirs(others)
    return text


def _whose(text: str, ours: str, theirs: str) -> Ear:
    if text == ours:
        return Ear.WHISPER
    return Ear.POCKETSPHINX if text == theirs else Ear.MIXED


def _confidence(doubts: Sequence[float], sure: float) -> float:
    """The nearer to the border the least clear difference is, the less is known."""
    unclear = min(abs(doubt) for doubt in doubts)
    return min(sure, _CERTAIN / (1.0 + math.exp(-2.0 * unclear)))
