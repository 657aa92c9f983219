"""Long lists in breaths: between two full stops so little is said that the listener can get in."""

from __future__ import annotations

import re

from voiceagent.language.en_us.speak import speakable

_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_JOINT = re.compile(r"[,;]\s+|\s+(?=and\s)")
_WORD = re.compile(r"\s+")


def spoken_words(text: str) -> int:
    """How many words a voice says for a written text: a code's digits one by one."""
    return sum(token.words for token in speakable(text))


def in_breaths(text: str, most: int) -> str:
    """`text` with full stops, so that no sentence of it has more than `most` spoken words.

    It is parted at commas and before "and"; where what stands between them is still too long,
    between two words. What is said with one word is never parted.

    Args:
        text: a list of short clauses.
        most: words, 1 or more. People take about 165 in a minute.
    """
    return " ".join(_parted(sentence, most) for sentence in _SENTENCE.split(text))


def _parted(sentence: str, most: int) -> str:
    if spoken_words(sentence) <= most:
        return sentence
    said, breath = "", ""
    for clause in _clauses(sentence, most):
        longer = f"{breath}{clause}"
        if breath and spoken_words(longer) > most:
            said += f"{breath.rstrip(' ,;')}. "
            longer = f"{clause[:1].upper()}{clause[1:]}"
        breath = longer
    return f"{said}{breath}"


def _clauses(sentence: str, most: int) -> list[str]:
    """The clauses with what joins them to the next; one that is itself too long, word by word."""
    ends = [*(found.end() for found in _JOINT.finditer(sentence)), len(sentence)]
    clauses = [sentence[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    parts: list[str] = []
    for clause in clauses:
        words = [f"{word} " for word in _WORD.split(clause) if word]
        parts += words if spoken_words(clause) > most else [clause]
    return parts
