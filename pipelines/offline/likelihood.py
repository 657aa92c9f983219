"""How likely a caller of this business says a text: the trigram models of its language as a judge.

The models are those that pocketsphinx listens with (`language`): what was asked makes answers of
its kind likelier, and nothing impossible. A word may stand for itself or for a class that it is a
member of ("oak" as a tree or as a street); the likeliest way to read a text counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pocketsphinx

from pipelines.offline.language import Language
from voiceagent.domain.expecting import Expecting

UNKNOWN: Final = -14.0
"""Log probability of a word that the language has not."""

_LEAST: Final = 1e-9
_BEGIN: Final = "<s>"
_END: Final = "</s>"
_ORDER: Final = 3

Tokens = tuple[str, ...]


class BusinessLanguage:
    """Judges texts.

    Args:
        spoken: the built language.
    """

    def __init__(self, spoken: Language) -> None:
        self._spoken = spoken
        self._classes = _classes(spoken.classes)
        self._joined = {word.replace("_", " "): word for word in self._classes if "_" in word}
        self._of = cache(self._load)

    def log_probability(self, text: str, asked: Expecting) -> float:
        """How likely a text is after a question.

        Args:
            text: in spoken form, as `plain_speech` writes it.
            asked: the question.
        """
        for apart, joined in self._joined.items():
            if apart in text:
                text = text.replace(apart, joined)
        return self._of(asked).of(text, self._classes)

    def _load(self, asked: Expecting) -> Trigrams:
        return Trigrams(self._spoken.model(asked.value))


class Trigrams:
    """One model.

    Args:
        path: an ARPA file.
    """

    def __init__(self, path: Path) -> None:
        self._scale = pocketsphinx.LogMath()
        self._model = pocketsphinx.NGramModel(pocketsphinx.Config(lm=None), self._scale, str(path))
        self._words = frozenset(_unigrams(path))
        self._after = cache(self._probability)

    def of(self, text: str, classes: Mapping[str, Mapping[str, float]]) -> float:
        """Log probability of a text, its end included.

        Args:
            text: words.
            classes: of a word, each class that it is in, with its log probability there.
        """
        paths: dict[Tokens, float] = {(_BEGIN,): 0.0}
        for word in (*text.split(), _END):
            readings = {word: 0.0} if word in self._words else {}
            readings |= {k: v for k, v in classes.get(word, {}).items() if k in self._words}
            longer: dict[Tokens, float] = {}
            for before, so_far in paths.items():
                for token, within in readings.items():
                    score = so_far + within + self._after(token, before)
                    key = (*before, token)[1 - _ORDER :]
                    longer[key] = max(score, longer.get(key, -math.inf))
            paths = longer or {(): max(paths.values()) + UNKNOWN}
        return max(paths.values())

    def _probability(self, token: str, before: Tokens) -> float:
        likely = self._scale.exp(self._model.prob([token, *reversed(before)]))
        return math.log(max(float(likely), _LEAST))


def _unigrams(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        among = False
        for line in lines:
            if line.startswith("\\"):
                if among:
                    return
                among = line.startswith("\\1-grams")
            elif among and line.strip():
                yield line.split()[1]


def _classes(path: Path) -> Mapping[str, Mapping[str, float]]:
    """Of each word, its classes with its log probability in them; see `language`."""
    found: dict[str, dict[str, float]] = {}
    name = ""
    for line in path.read_text("utf-8").splitlines():
        first, _, second = line.partition(" ")
        if first == "LMCLASS":
            name = second
        elif second and first != "END":
            found.setdefault(first.rpartition(":")[0], {})[name] = math.log(float(second))
    return found
