"""Tolerant matching of phrases in recognised speech.

Offline recognition drops small words and confuses similar ones, so phrases are compared by their
content words, in order, with small gaps, and words by spelling, ending or sound. What is matched
wrongly is caught later: everything that matters is read back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from voiceagent.language.likeness import alike

SMALL_WORDS = frozenset((
    "a", "an", "the", "is", "are", "am", "was", "were", "be", "been", "it", "its", "this", "that",
    "my", "our", "your", "his", "her", "their", "to", "of", "and", "so", "has", "have", "had",
    "just", "really", "very", "too", "quite", "kind", "sort", "please", "uh", "um", "er", "ah",
    "well", "like", "at", "in", "guys", "folks", "on",
))  # fmt: skip
"""Words that carry no meaning in a phrase match; "not" and "no" are meaning."""

NEGATIONS = frozenset({"no", "not", "never", "without", "nor"})

_SHORT_FORMS = {
    "won't": "will not",
    "can't": "can not",
    "cannot": "can not",
    "shan't": "shall not",
    "dont": "do not",
    "doesnt": "does not",
    "isnt": "is not",
    "cant": "can not",
    "wont": "will not",
    "im": "i am",
    "ive": "i have",
    "thats": "that is",
    "whats": "what is",
    "lets": "let us",
    "let's": "let us",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "tune-up": "tune up",
    "a/c": "ac",
    "a.c.": "ac",
}
_ENDINGS = (
    ("n't", " not"),
    ("'m", " am"),
    ("'re", " are"),
    ("'ll", " will"),
    ("'d", " would"),
    ("'ve", " have"),
)
_IS_AFTER = frozenset((
    "it", "that", "what", "there", "who", "where", "how", "when", "here", "he", "she", "name",
    "number", "code", "address",
))  # fmt: skip
_TOKEN = re.compile(r"a\.c\.|a/c|[a-z]+(?:['\-][a-z]+)*|\d+")


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words, contractions opened ("isn't": is, not), "a c" joined to "ac"."""
    out: list[str] = []
    for token in _TOKEN.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
        out.extend(_open(token).split())
    joined: list[str] = []
    for word in out:
        if word == "c" and joined and joined[-1] == "a":
            joined[-1] = "ac"
        else:
            joined.append(word)
    return tuple(joined)


def _open(token: str) -> str:
    if token in _SHORT_FORMS:
        return _SHORT_FORMS[token]
    for ending, full in _ENDINGS:
        if token.endswith(ending):
            return token[: -len(ending)] + full
    if token.endswith("'s"):
        stem = token[:-2]
        return f"{stem} is" if stem in _IS_AFTER else stem
    return token.replace("-", " ").replace("'", "")


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Where a phrase was found: token indices [start, end), and how many content words matched."""

    start: int
    end: int
    weight: int


def content(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The words that carry meaning; all of them when none would be left."""
    kept = tuple(token for token in tokens if token not in SMALL_WORDS)
    return kept or tokens


def find(phrase: str, tokens: tuple[str, ...], *, gap: int = 1) -> WordSpan | None:
    """First place where `phrase` is said in `tokens`, or ``None``.

    Args:
        phrase: as written in a business file or a phrase list.
        tokens: `words(text)`.
        gap: how many other content words may stand between two words of the phrase.
    """
    wanted = _wanted(phrase)
    if not wanted:
        return None
    heard = _placed(tokens, small=wanted[0] in SMALL_WORDS)
    for first in range(len(heard)):
        if not alike(heard[first][1], wanted[0]):
            continue
        position = _follow(wanted, heard, first, gap)
        if position is not None:
            return WordSpan(heard[first][0], heard[position][0] + 1, len(wanted))
    return None


@lru_cache(maxsize=4096)
def _wanted(phrase: str) -> tuple[str, ...]:
    """What of a phrase has to be said; each turn asks for all phrases of a business file."""
    return content(words(phrase))


@lru_cache(maxsize=1024)
def _placed(tokens: tuple[str, ...], *, small: bool) -> tuple[tuple[int, str], ...]:
    """Tokens with their places, without small words unless `small`."""
    placed = enumerate(tokens)
    return tuple((at, token) for at, token in placed if small or token not in SMALL_WORDS)


def _follow(
    wanted: tuple[str, ...], heard: tuple[tuple[int, str], ...], first: int, gap: int
) -> int | None:
    position = first
    for word in wanted[1:]:
        reach = range(position + 1, min(position + 2 + gap, len(heard)))
        hit = next((index for index in reach if alike(heard[index][1], word)), None)
        if hit is None:
            return None
        position = hit
    return position


def find_worded(phrase: str, tokens: tuple[str, ...]) -> WordSpan | None:
    """First place where every word of `phrase` is said in order, small words apart, or ``None``.

    Stricter than `find`: for everyday phrases, in which the small words are the meaning ("that is
    all", "this number"). Up to three small words may stand between ("need [an] appointment").
    """
    wanted = words(phrase)
    if not wanted:
        return WordSpan(0, 0, 0) if tokens else None
    for first in _places(wanted[0], tokens):
        position = first
        for index, word in enumerate(wanted):
            if index:
                limit = position + 3
                while position < min(limit, len(tokens)) and not alike(tokens[position], word):
                    if tokens[position] not in SMALL_WORDS:
                        break
                    position += 1
            if position >= len(tokens) or not alike(tokens[position], word):
                break
            position += 1
        else:
            return WordSpan(first, position, len(wanted))
    return None


@lru_cache(maxsize=4096)
def _places(word: str, tokens: tuple[str, ...]) -> tuple[int, ...]:
    """Where a word is said; many phrases of a list begin with the same one."""
    return tuple(index for index, token in enumerate(tokens) if alike(token, word))


def said(phrase: str, tokens: tuple[str, ...]) -> bool:
    """Whether the phrase is said word by word and not negated ("I don't want to cancel")."""
    span = find_worded(phrase, tokens)
    return span is not None and not negated(span, tokens, phrase)


_NEW_CLAUSE = re.compile(r"\b(?:but|because|plus)\b|\b(?:and|so) (?=(?:the|my|our|it|i|we|now)\b)")
"""A negation turns nothing round behind these: "is not working and the furnace quit"."""


def negated(span: WordSpan, tokens: tuple[str, ...], phrase: str = "") -> bool:
    """Whether a negation in the three words before a span turns it round."""
    if words(phrase)[:1] and words(phrase)[0] in NEGATIONS:
        return False
    line = " ".join(tokens[max(0, span.start - 4) : span.start]).replace("never mind", "")
    before = tuple(_NEW_CLAUSE.split(line)[-1].split())
    return before[-1:] == ("no",) or bool({"not", "never", "without"} & set(before))
