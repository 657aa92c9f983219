"""The ears in one process, for measurements: a recording in, a verdict and its time out.

Every recording is a caller never heard before, played as fast as it is decoded.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pipelines.offline import language
from pipelines.offline.answers import AnswerShapes
from pipelines.offline.decoders import DecodedTurn, Decoders
from pipelines.offline.front_end import Centring, FrontEnd, Network
from pipelines.offline.listener import TwoEars
from pipelines.offline.verdict import Ear, HearingVerdict
from voiceagent.domain.business import Business
from voiceagent.domain.open_question import OpenQuestion

CHUNK: Final = 480
"""Samples: 60 ms, the pieces in which a call's sound arrives."""


@dataclass(frozen=True, slots=True)
class HearingResult:
    """What was heard. `spent_s` is processor time, `finish_s` the part after the last sound."""

    verdict: HearingVerdict
    spent_s: float
    finish_s: float


class EarsHere:
    """The ears.

    Args:
        pool: of pocketsphinx's decoders.
        listener: the dear part; ``None`` when pocketsphinx listens alone.
    """

    def __init__(self, pool: Decoders, listener: TwoEars | None) -> None:
        self._pool = pool
        self._listener = listener
        self._network = Network.load()

    @classmethod
    def of(
        cls,
        business: Business,
        spoken: language.Language,
        *,
        both: bool,
        shapes: AnswerShapes | None = None,
    ) -> Self:
        """Those of a business; with other shapes of answers than its own, if there are any."""
        pool = Decoders(spoken, alone=not both, ready=1)
        return cls(pool, TwoEars.load(business, spoken, shapes) if both else None)

    def hear(self, pcm_8k: NDArray[np.int16], question: OpenQuestion) -> HearingResult:
        """Hear one recording, which answers a question."""
        decoder = self._pool.take()
        began_s = time.process_time()
        front_end = FrontEnd(self._network, Centring(self._network.centre))
        turn = DecodedTurn(decoder, front_end, 0, question.expecting.value)
        for at in range(0, len(pcm_8k), CHUNK):
            turn.feed(pcm_8k[at : at + CHUNK].tobytes())
        last_s = time.process_time()
        words = turn.finish()
        self._pool.give_back(decoder)
        verdict = HearingVerdict(words, None, Ear.POCKETSPHINX)
        if self._listener is not None:
            verdict = self._listener.hear(pcm_8k, question, words)
        ended_s = time.process_time()
        return HearingResult(verdict, ended_s - began_s, ended_s - last_s)
