"""Words and number words: the ground all hearing functions stand on.

A *word* is a lower-case run of letters (with inner apostrophes), a run of typed digits, or a typed
ordinal (``2nd``). Punctuation only separates, so recogniser output and typed text read alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ZEROS = frozenset({"zero", "oh", "o", "aught", "ought", "naught", "nought"})
UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ORDINAL_UNITS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5,
    "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
}  # fmt: skip
ORDINAL_TEENS = {
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
}  # fmt: skip
ORDINAL_TENS = {"twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60}
FILLERS = frozenset({"um", "uh", "er", "erm", "uhm", "hmm", "well", "so", "like"})

_WORD = re.compile(r"\d+(?:st|nd|rd|th)(?![a-z])|\d+|[^\W\d_]+(?:'[^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.;!?]\s|\n")
_BOUNDED_INT = 15
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})


@dataclass(frozen=True, slots=True)
class LexiconWord:
    """A word with its place in the text.

    Attributes:
        text: lower case.
        start: index of its first character.
        end: index after its last character.
        new_sentence: typed punctuation ended a sentence before it.
    """

    text: str
    start: int
    end: int
    new_sentence: bool


def vocabulary(listed: str) -> frozenset[str]:
    """The words of a list that is written as prose."""
    return frozenset(listed.split())


def normal(text: str) -> str:
    """Lower-case `text` with straight apostrophes, character for character."""
    straight = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("`", "'")
    if straight.isascii():
        return straight.lower()
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in straight)


def split(text: str) -> tuple[LexiconWord, ...]:
    """The words of `text` with their places."""
    found: list[LexiconWord] = []
    at = 0
    clean = normal(text)
    for match in _WORD.finditer(clean):
        gap = clean[at : match.start()]
        ended = bool(found) and _SENTENCE_END.search(gap) is not None
        found.append(LexiconWord(match.group(), match.start(), match.end(), ended))
        at = match.end()
    return tuple(found)


def words(text: str) -> tuple[str, ...]:
    """The words of `text`; `DigitRun` spans count in these."""
    return tuple(_WORD.findall(normal(text)))


def is_typed_number(word: str) -> bool:
    """Whether the word is typed ASCII digits."""
    return word.isascii() and word.isdigit()


def below_hundred(tokens: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """Read 1-99 in words at `at`: (value, next index). "twenty third" is not a cardinal."""
    if at >= len(tokens):
        return None
    word = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in TENS:
        if following in ORDINAL_UNITS:
            return None
        if following in UNITS:
            return TENS[word] + UNITS[following], at + 2
        return TENS[word], at + 1
    value = TEENS.get(word) or UNITS.get(word)
    return (value, at + 1) if value else None


def _joined(tokens: tuple[str, ...], at: int) -> int:
    """Skip an "and" that joins parts of one number ("one hundred and five")."""
    return at + 1 if tokens[at : at + 1] == ("and",) else at


def below_thousand(tokens: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """Read 1-999, also "nineteen hundred [five]" up to 9999, in words or typed digits."""
    if at < len(tokens) and is_typed_number(tokens[at]) and len(tokens[at]) <= _BOUNDED_INT:
        first: tuple[int, int] | None = (int(tokens[at]), at + 1)
    elif tokens[at : at + 2] == ("a", "hundred"):
        first = (1, at + 1)
    else:
        first = below_hundred(tokens, at)
    if first is None:
        return None
    value, end = first
    if end < len(tokens) and tokens[end] == "hundred" and 0 < value < 100:  # noqa: PLR2004
        value, end = value * 100, end + 1
        rest = below_hundred(tokens, _joined(tokens, end))
        if rest is not None:
            return value + rest[0], rest[1]
    return value, end


def cardinal(tokens: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """Read a grammatical cardinal at `at`: (value, next index), or ``None``.

    "two hundred forty eight", "twelve hundred", "a thousand and one", "248". Scales must fall.
    """
    if at < len(tokens) and tokens[at] == "zero":
        return 0, at + 1
    total, limit, end = 0, 10**15, at
    while True:
        start = _joined(tokens, end) if end > at else end
        if start < len(tokens) - 1 and tokens[start] == "a" and tokens[start + 1] in SCALES:
            part: tuple[int, int] | None = (1, start + 1)
        else:
            part = below_thousand(tokens, start)
        if part is None:
            return (total, end) if end > at else None
        value, after = part
        scale = SCALES.get(tokens[after], 1) if after < len(tokens) else 1
        if value * scale >= limit or (end > at and value >= 1000):  # noqa: PLR2004
            return (total, end) if end > at else (value, after)
        total += value * scale
        if scale == 1:
            return total, after
        limit, end = scale, after + 1


def ordinal(tokens: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """Read an ordinal 1-69 at `at` ("fifth", "twenty first", "2nd"): (value, next index)."""
    if at >= len(tokens):
        return None
    word = tokens[at]
    if word[:-2].isascii() and word[:-2].isdigit() and word[-2:] in _ORDINAL_ENDINGS:
        return (int(word[:-2]), at + 1) if len(word) <= _BOUNDED_INT else None
    if word in TENS and at + 1 < len(tokens) and tokens[at + 1] in ORDINAL_UNITS:
        return TENS[word] + ORDINAL_UNITS[tokens[at + 1]], at + 2
    value = ORDINAL_UNITS.get(word) or ORDINAL_TEENS.get(word) or ORDINAL_TENS.get(word)
    return (value, at + 1) if value else None
