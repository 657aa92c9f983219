"""What becomes of an utterance: words, how sure they are, or nothing.

Whisper understands people, and knows nothing of the business; pocketsphinx knows the business's
streets and services, and hears them in everything. So Whisper hears freely, under a prompt of what
was asked, and judges pocketsphinx's text by its own likelihood: text that is about as likely as its
own best is kept, because it uses words that callers of this business say. Where a number was asked
for, one of a legal length goes before one of no such length. What neither is sure of is said to be
unsure; what nobody said is nothing. The numbers are measured: docs/ears.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from pipelines.offline.plain_speech import as_spoken
from pipelines.offline.shapes import DIGITS, Fit, fit
from pipelines.offline.verdict import Ear, HearingVerdict
from pipelines.offline.whisper.hypothesis import Hypotheses
from pipelines.offline.whisper.loops import without_loops
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

KEPT_WITHIN: Final = 1.0
"""pocketsphinx's text is kept unless Whisper finds its own likelier by more than this a token."""

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
class Judged:
    """Whisper's judgement of two texts: how much likelier its own is, and the longer's tokens."""

    margin: float
    tokens: int

    @property
    def a_token(self) -> float:
        """The margin a token of the longer text."""
        return self.margin / max(self.tokens, 1)


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


def decide(own: Own | None, words: str, judged: Judged | None, asked: Expecting) -> HearingVerdict:
    """The words of a turn.

    Args:
        own: what Whisper heard.
        words: what pocketsphinx heard.
        judged: of the two; ``None`` when they are the same, or one of them is empty.
        asked: the question before it.
    """
    if own is None:
        return HearingVerdict("", 0.0, Ear.NONE)
    if own.words == words:
        return HearingVerdict(words, AGREED, Ear.BOTH)
    sure = min(_CERTAIN, math.exp(own.score))
    if judged is None:
        return HearingVerdict(own.words, sure, Ear.WHISPER)
    ours, theirs = fit(own.words, asked), fit(words, asked)
    near = judged.a_token <= KEPT_WITHIN
    if ours is not theirs and Fit.WHOLE in (ours, theirs):
        keep = theirs is Fit.WHOLE and near
    else:
        keep = near
    if not keep:
        return HearingVerdict(own.words, sure, Ear.WHISPER)
    return HearingVerdict(words, _kept_confidence(judged), Ear.POCKETSPHINX)


def _kept_confidence(judged: Judged) -> float:
    """The nearer the two, the surer; a text that Whisper itself prefers is nearly certain."""
    return _CERTAIN / (1.0 + math.exp(4.0 * (judged.a_token - 0.6)))
