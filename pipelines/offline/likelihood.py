"""How likely a caller of this business says a text: the trigram models of its language as a judge.

The models are those that pocketsphinx listens with (`language`): what was asked makes answers of
its kind likelier, and nothing impossible. A word may stand for itself or for a class that it is a
member of ("oak" as a tree or as a street); the likeliest way to read a text counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from heapq import nlargest
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

READINGS: Final = 16
"""So many ways to read the words so far are followed: a digit is in seventeen classes, and two
digits would be read in 289 ways."""

PREFIXES: Final = 4096

Tokens = tuple[str, ...]
Classes = Mapping[str, Mapping[str, float]]


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
        return self._of(asked).of(text)

    def _load(self, asked: Expecting) -> Trigrams:
        return Trigrams(self._spoken.model(asked.value), self._classes)


class Trigrams:
    """One model.

    Args:
        path: an ARPA file.
        classes: of a word, each class that it is in, with its log probability there.
    """

    def __init__(self, path: Path, classes: Classes) -> None:
        self._scale = pocketsphinx.LogMath()
        self._model = pocketsphinx.NGramModel(pocketsphinx.Config(lm=None), self._scale, str(path))
        self._words = frozenset(_unigrams(path))
        self._classes = classes
        self._after = cache(self._probability)
        self._readings = cache(self._read)
        # Candidates for one utterance begin alike: what was read of one is not read again.
        self._up_to = lru_cache(PREFIXES)(self._extend)

    def of(self, text: str) -> float:
        """Log probability of a text, its end included."""
        return max(self._up_to((*text.split(), _END)).values())

    def _extend(self, words: Tokens) -> Mapping[Tokens, float]:
        """The likeliest ways to read words: by their last tokens, the log probability of each."""
        if not words:
            return {(_BEGIN,): 0.0}
        longer: dict[Tokens, float] = {}
        before = self._up_to(words[:-1])
        for tokens, so_far in before.items():
            for token, within in self._readings(words[-1]):
                score = so_far + within + self._after(token, tokens)
                key = (*tokens, token)[1 - _ORDER :]
                if score > longer.get(key, -math.inf):
                    longer[key] = score
        if not longer:
            return {(): max(before.values()) + UNKNOWN}
        likeliest = nlargest(READINGS, longer, key=longer.__getitem__)
        return {tokens: longer[tokens] for tokens in likeliest}

    def _read(self, word: str) -> tuple[tuple[str, float], ...]:
        """What a word may be: itself, or a member of a class, with its log probability there."""
        itself = {word: 0.0} if word in self._words else {}
        classes = self._classes.get(word, {})
        member = {name: within for name, within in classes.items() if name in self._words}
        return tuple((itself | member).items())

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


def _classes(path: Path) -> Classes:
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
