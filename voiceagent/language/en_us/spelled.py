"""Words that are spelled: "m i double l e r", "S as in Sam", "M for Mary", "mike india lima lima".

Of a letter and the word that explains it the word is believed: "N as in Mary" is an M, since
letters sound alike and words do not. The alphabet of radio (ICAO Annex 10, volume II) spells by
itself, three words and more; fewer may be names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RADIO: Final = {
    word: word[0]
    for word in (
        "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo",
        "sierra", "tango", "uniform", "victor", "whiskey", "whisky", "xray", "yankee", "zulu",
    )
}  # fmt: skip
REPEATS: Final = {"double": 2, "triple": 3}
RADIO_AT_LEAST: Final = 3

_SOUNDS: Final = {
    "ay": "a", "bee": "b", "be": "b", "see": "c", "sea": "c", "dee": "d", "gee": "g", "jay": "j",
    "kay": "k", "el": "l", "ell": "l", "em": "m", "en": "n", "oh": "o", "pee": "p", "cue": "q",
    "queue": "q", "are": "r", "ess": "s", "tea": "t", "tee": "t", "you": "u", "vee": "v",
    "why": "y", "zee": "z", "zed": "z", "ex": "x",
}  # fmt: skip
"""Letters as words: only where "as in" explains them."""

_EXPLAINS: Final = (("as", "in"), ("as", "for"), ("like", "in"), ("is", "for"))
_EXPLAINS_ITS_OWN: Final = frozenset({"for", "like", "in"})
"""Between a letter and a word that begins with it; before any other word they are just words."""

_CAPITAL: Final = frozenset({"capital", "uppercase", "letter"})
_BETWEEN: Final = frozenset({"um", "uh", "then", "and", "next"})
_MARKS: Final = {
    "tilde": "\N{COMBINING TILDE}",
    "accent": "\N{COMBINING ACUTE ACCENT}",
    "umlaut": "\N{COMBINING DIAERESIS}",
    "dots": "\N{COMBINING DIAERESIS}",
    "cedilla": "\N{COMBINING CEDILLA}",
    "circumflex": "\N{COMBINING CIRCUMFLEX ACCENT}",
}
"""What is said to stand above or below a letter."""

_LETTER_W: Final = (("double", "u"), ("double", "you"))


@dataclass(frozen=True, slots=True)
class SpelledRun:
    """Letters said one after another.

    Attributes:
        letters: lower case; "'" where an apostrophe was spelled.
        start: index of the first of its words.
        end: index after the last.
        misheard: indices of letters that the words explaining them contradict.
    """

    letters: str
    start: int
    end: int
    misheard: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    letters: str
    end: int
    explained: bool = False
    misheard: bool = False


def spelled_runs(tokens: Sequence[str]) -> tuple[SpelledRun, ...]:
    """Every run of spelled letters, of one letter too; never raises.

    Args:
        tokens: words in lower case.
    """
    runs: list[SpelledRun] = []
    at = 0
    while at < len(tokens):
        run = _radio_run(tokens, at) or _run(tokens, at)
        if run is not None:
            runs.append(run)
        at = max(at + 1, run.end if run is not None else 0)
    return tuple(runs)


def with_letters(tokens: Sequence[str]) -> list[str]:
    """The words with every spelled run as its bare letters: "l l" of "double l"."""
    found: list[str] = []
    at = 0
    for run in spelled_runs(tokens):
        found += [*tokens[at : run.start], *run.letters]
        at = run.end
    return [*found, *tokens[at:]]


def _run(tokens: Sequence[str], at: int) -> SpelledRun | None:
    start, letters = at, ""
    misheard: list[int] = []
    while (next_at := _goes_on(tokens, at, inside=bool(letters))) is not None:
        piece = _piece(tokens, next_at)
        if piece is None:
            break
        letters += piece.letters
        if piece.misheard:
            misheard.append(_letter_at(tokens, next_at))
        at = piece.end
    if not letters:
        return None
    return SpelledRun(letters, start, at, tuple(misheard))


def _letter_at(tokens: Sequence[str], at: int) -> int:
    return at + 1 if tokens[at] in _CAPITAL else at


def _goes_on(tokens: Sequence[str], at: int, *, inside: bool) -> int | None:
    """Where the next piece of a run would begin; over an "um" or an "and then" within it."""
    after = at
    while inside and after < len(tokens) and tokens[after] in _BETWEEN:
        after += 1
    if after >= len(tokens):
        return None
    if after == at or tokens[after] in REPEATS:
        return after
    first = _piece(tokens, after)
    second = _piece(tokens, first.end) if first is not None else None
    return after if first is not None and (first.explained or second is not None) else None


def _piece(tokens: Sequence[str], at: int) -> _Piece | None:
    """What is spelled at `at`: a letter, a few of the same, or a sign."""
    if at < len(tokens) and tokens[at] in _CAPITAL:
        at += 1
    if at >= len(tokens):
        return None
    if tuple(tokens[at : at + 2]) in _LETTER_W:
        return _Piece("w", at + 2)
    if tokens[at] == "apostrophe":
        return _Piece("'", at + 1)
    return _repeated(tokens, at) if tokens[at] in REPEATS else _letter(tokens, at)


def _repeated(tokens: Sequence[str], at: int) -> _Piece | None:
    letter = tokens[at + 1] if at + 1 < len(tokens) else ""
    return _Piece(letter * REPEATS[tokens[at]], at + 2) if _is_letter(letter) else None


def _letter(tokens: Sequence[str], at: int) -> _Piece | None:
    sure = _is_letter(tokens[at])
    letter = tokens[at] if sure else _SOUNDS.get(tokens[at], "")
    if letter and tuple(tokens[at + 1 : at + 3]) in _EXPLAINS:
        return _explained(letter, tokens, at + 3, sure=sure)
    if not sure:
        return None
    word = tokens[at + 2] if at + 2 < len(tokens) else ""
    accented = _accented(letter, tokens, at + 1)
    if accented is not None:
        return accented
    own = len(word) > 1 and word[0] == letter and tokens[at + 1] in _EXPLAINS_ITS_OWN
    return _Piece(letter, at + 3, explained=True) if own else _Piece(letter, at + 1)


def _accented(letter: str, tokens: Sequence[str], at: int) -> _Piece | None:
    """A letter "with a tilde": the two as one, where there is such a letter."""
    if tuple(tokens[at : at + 1]) != ("with",):
        return None
    at += 1 + (tuple(tokens[at + 1 : at + 2]) in {("a",), ("an",), ("the",)})
    mark = _MARKS.get(tokens[at]) if at < len(tokens) else None
    whole = unicodedata.normalize("NFC", f"{letter}{mark}") if mark is not None else ""
    return _Piece(whole, at + 1, explained=True) if len(whole) == 1 else None


def _explained(letter: str, tokens: Sequence[str], at: int, *, sure: bool) -> _Piece | None:
    """A letter before "as in": the word at `at` decides, where there is one."""
    word = tokens[at] if at < len(tokens) else ""
    if not word[:1].isalpha():
        return _Piece(letter, at) if sure else None
    return _Piece(word[0], at + 1, explained=True, misheard=word[0] != letter)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _radio_run(tokens: Sequence[str], at: int) -> SpelledRun | None:
    end, letters = at, ""
    while end < len(tokens):
        if tuple(tokens[end : end + 2]) == ("x", "ray"):
            letters, end = letters + "x", end + 2
            continue
        word = tokens[end + 1] if tokens[end] in REPEATS and end + 1 < len(tokens) else tokens[end]
        if word not in RADIO:
            break
        letters += RADIO[word] * REPEATS.get(tokens[end], 1)
        end += 1 if word == tokens[end] else 2
    return SpelledRun(letters, at, end) if len(letters) >= RADIO_AT_LEAST else None
