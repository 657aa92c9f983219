"""Back-off n-gram models, written in the ARPA format.

Order three, smoothed by interpolation: a context passes a share of its mass to the shorter context,
the larger the more varied its continuations are (Witten and Bell, 1991), and never less than a
floor. The floor matters here: the counts come from a grammar that repeats itself far more often
than callers do, so that its certainty about the next word must not be believed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

START: Final = "<s>"
END: Final = "</s>"

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How much mass is held back.

    `bigram_floor`, `trigram_floor`: least share that a context gives to the shorter one (0..1).
    `general_share`: share of the unigrams given to general words (0..1). `min_trigrams`: trigrams
    counted less often than this are left out. `open_classes` are tokens that stand for long lists:
    where no context calls for one, it gets only `open_class_share` of its chance, because among
    hundreds of names there is always one that sounds like what was not understood. Where only one
    word calls for it ("it's", heard in the middle of something else), it gets
    `open_class_bigram_share`; two words, or the start of a sentence, are believed.
    """

    bigram_floor: float = 0.05
    trigram_floor: float = 0.08
    general_share: float = 0.05
    min_trigrams: int = 2
    open_classes: tuple[str, ...] = ()
    open_class_share: float = 0.05
    open_class_bigram_share: float = 0.1


def arpa(
    sentences: Iterable[Sequence[str]],
    general: Mapping[str, float],
    smoothing: Smoothing,
) -> str:
    """A trigram model of `sentences` in the ARPA format.

    Args:
        sentences: token sequences without sentence marks.
        general: words that must be in the vocabulary, with their weights (> 0, any scale).
        smoothing: how much mass is held back.
    """
    counts = _count(sentences)
    unigrams = _unigrams(counts[0], general, smoothing)
    probabilities: list[dict[Gram, float]] = [unigrams]
    shares: list[dict[Gram, float]] = []
    for order, floor in ((2, smoothing.bigram_floor), (3, smoothing.trigram_floor)):
        least = smoothing.min_trigrams if order == 3 else 1  # noqa: PLR2004
        grams, share = _interpolate(counts[order - 1], probabilities[-1], floor, least)
        if order == 2:  # noqa: PLR2004
            grams = _held_back(grams, smoothing)
        probabilities.append(grams)
        shares.append(share)
    return _write(probabilities, shares)


def _count(sentences: Iterable[Sequence[str]]) -> tuple[Counter[Gram], ...]:
    singles: Counter[Gram] = Counter()
    pairs: Counter[Gram] = Counter()
    triples: Counter[Gram] = Counter()
    for sentence in sentences:
        marked = (START, *sentence, END)
        singles.update(zip(marked[1:], strict=False))
        pairs.update(pairwise(marked))
        triples.update(zip(marked, marked[1:], marked[2:], strict=False))
    return singles, pairs, triples


def _unigrams(
    counts: Counter[Gram], general: Mapping[str, float], smoothing: Smoothing
) -> dict[Gram, float]:
    total = sum(counts.values())
    general_total = sum(general.values()) or 1.0
    share = smoothing.general_share if general else 0.0
    chances: dict[Gram, float] = {}
    for word in sorted(set(counts) | {(word,) for word in general}):
        chance = (1 - share) * counts[word] / total
        chance += share * general.get(word[0], 0.0) / general_total
        chances[word] = chance * (
            smoothing.open_class_share if word[0] in smoothing.open_classes else 1.0
        )
    kept = sum(chances.values())
    return {word: chance / kept for word, chance in chances.items()}


def _interpolate(
    counts: Counter[Gram], shorter: Mapping[Gram, float], floor: float, least: int
) -> tuple[dict[Gram, float], dict[Gram, float]]:
    """Probabilities of the kept n-grams, and of each context the weight of backing off."""
    seen: dict[Gram, list[tuple[Gram, int]]] = defaultdict(list)
    for gram, count in counts.items():
        seen[gram[:-1]].append((gram, count))
    grams: dict[Gram, float] = {}
    backoff: dict[Gram, float] = {}
    for context, continuations in seen.items():
        total = sum(count for _, count in continuations)
        share = max(floor, len(continuations) / (total + len(continuations)))
        kept = [(gram, count) for gram, count in continuations if count >= least]
        for gram, count in kept:
            grams[gram] = (1 - share) * count / total + share * shorter[gram[1:]]
        left = 1 - sum(grams[gram] for gram, _ in kept)
        covered = 1 - sum(shorter[gram[1:]] for gram, _ in kept)
        backoff[context] = max(left, 1e-9) / max(covered, 1e-9)
    return grams, backoff


def _held_back(bigrams: Mapping[Gram, float], smoothing: Smoothing) -> dict[Gram, float]:
    """The same with less for open classes; what each context gives away in all stays the same."""
    seen: dict[str, list[Gram]] = defaultdict(list)
    for gram in bigrams:
        seen[gram[0]].append(gram)
    held = dict(bigrams)
    for context, grams in seen.items():
        if context == START or context in smoothing.open_classes:
            continue
        for gram in grams:
            if gram[1] in smoothing.open_classes:
                held[gram] *= smoothing.open_class_bigram_share
        scale = sum(bigrams[gram] for gram in grams) / sum(held[gram] for gram in grams)
        for gram in grams:
            held[gram] *= scale
    return held


def _write(
    probabilities: Sequence[Mapping[Gram, float]], shares: Sequence[Mapping[Gram, float]]
) -> str:
    lines = ["", "\\data\\"]
    unigrams = dict(probabilities[0])
    unigrams[(START,)] = 1e-99
    tables: list[Mapping[Gram, float]] = [unigrams, *probabilities[1:]]
    lines += [f"ngram {order}={len(table)}" for order, table in enumerate(tables, 1)]
    for order, table in enumerate(tables, 1):
        lines += ["", f"\\{order}-grams:"]
        share = shares[order - 1] if order <= len(shares) else {}
        for gram in sorted(table):
            line = f"{math.log10(max(table[gram], 1e-99)):.4f} {' '.join(gram)}"
            if order <= len(shares):
                line += f" {math.log10(share.get(gram, 1.0)):.4f}"
            lines.append(line)
    return "\n".join([*lines, "", "\\end\\", ""])
