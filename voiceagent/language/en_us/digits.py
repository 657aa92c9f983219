"""Digits as people dictate them: "five five five", "double five", "four oh's", "twelve oh five".

A dictated number is a row of *pieces*, and its digits are the pieces side by side: "twelve" + "oh"
+ "five" is 1205. Only at the start of a row is "one hundred five" a cardinal (105); further in,
"eight hundred five five five" is 800 555, as in telephone numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceagent.language.en_us.lexicon import (
    FILLERS,
    TEENS,
    TENS,
    UNITS,
    ZEROS,
    LexiconWord,
    below_hundred,
    cardinal,
    is_typed_number,
    split,
)

_REPEATS = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_SEPARATORS = FILLERS | {"dash", "hyphen", "space", "minus"}
_PLURALS = (
    dict.fromkeys(
        ("oh's", "ohs", "o's", "os", "zeros", "zeroes", "zero's", "oh", "zero", "aughts"), "0"
    )
    | {f"{word}s": str(value) for word, value in UNITS.items()}
    | {f"{word}'s": str(value) for word, value in UNITS.items()}
    | {"sixes": "6"}
)
_MAX_COUNT = 10
_SINGULAR = frozenset({"oh", "zero"})


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Digits said in one go.

    Attributes:
        digits: one or more of 0-9.
        start: index of the first word of the run in `lexicon.words(text)`.
        end: index after its last word.
    """

    digits: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DigitPiece:
    """A part of a run that was said as one number: its digits and its words [start, end)."""

    digits: str
    start: int
    end: int


def _digit(word: str) -> str | None:
    """The digit that `word` names."""
    if word in ZEROS:
        return "0"
    value = UNITS.get(word)
    if value is not None:
        return str(value)
    return word if is_typed_number(word) and len(word) == 1 else None


def _repeated(tokens: tuple[str, ...], at: int) -> DigitPiece | None:
    """As in "double five", "triple oh", "four oh's", "three zeros"."""
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    times = _REPEATS.get(tokens[at])
    if times is not None:
        digit = _digit(following)
        return DigitPiece(digit * times, at, at + 2) if digit else None
    count = UNITS.get(tokens[at]) or TEENS.get(tokens[at]) or 0
    if is_typed_number(tokens[at]) and len(tokens[at]) == 1:
        count = int(tokens[at])
    plural = _PLURALS.get(following)
    if plural is not None and following not in _SINGULAR and 1 < count <= _MAX_COUNT:
        return DigitPiece(plural * count, at, at + 2)
    return None


def _grouped(tokens: tuple[str, ...], at: int, *, inside: bool) -> DigitPiece | None:
    """As in "nineteen hundred", "one hundred [and] five", "five thousand"."""
    whole = cardinal(tokens, at)
    if whole is None:
        return None
    value, end = whole
    said = tokens[at:end]
    if "hundred" not in said and "thousand" not in said:
        return None
    last = max(i for i in range(at, end) if tokens[i] in ("hundred", "thousand"))
    goes_on = end < len(tokens) and _piece_starts(tokens, end)
    if (inside or goes_on) and "and" not in said and end > last + 1:
        head = cardinal(tokens[: last + 1], at)
        if head is not None:
            return DigitPiece(str(head[0]), at, last + 1)
    return DigitPiece(str(value), at, end)


def _piece_starts(tokens: tuple[str, ...], at: int) -> bool:
    word = tokens[at]
    return _digit(word) is not None or word in TEENS or word in TENS or is_typed_number(word)


def _piece(tokens: tuple[str, ...], at: int, *, inside: bool) -> DigitPiece | None:
    """The piece that starts at word `at`; `inside` a run or at its start."""
    repeated = _repeated(tokens, at)
    if repeated is not None:
        return repeated
    grouped = _grouped(tokens, at, inside=inside)
    if grouped is not None:
        return grouped
    word = tokens[at]
    if is_typed_number(word):
        return DigitPiece(word, at, at + 1)
    if word in ZEROS:
        return DigitPiece("0", at, at + 1)
    small = below_hundred(tokens, at)
    return DigitPiece(str(small[0]), at, small[1]) if small else None


def _next_in_run(
    found: Sequence[LexiconWord], tokens: tuple[str, ...], at: int
) -> DigitPiece | None:
    """The piece that continues a run ending at `at`, over a "dash" or an "um"."""
    while at < len(tokens) and tokens[at] in _SEPARATORS:
        at += 1
    if at >= len(tokens) or found[at].new_sentence:
        return None
    return _piece(tokens, at, inside=True)


def digit_pieces(text: str) -> tuple[tuple[DigitPiece, ...], ...]:
    """Runs of `text`, each as its pieces, for readers that may have to divide a piece again."""
    found = split(text)
    tokens = tuple(word.text for word in found)
    runs: list[tuple[DigitPiece, ...]] = []
    at = 0
    while at < len(tokens):
        piece = _piece(tokens, at, inside=False)
        if piece is None:
            at += 1
            continue
        run = [piece]
        while (more := _next_in_run(found, tokens, run[-1].end)) is not None:
            run.append(more)
        at = run[-1].end
        if len(run) > 1 or tokens[run[0].start] not in ("oh", "o"):  # "oh, yes" is no zero
            runs.append(tuple(run))
    return tuple(runs)


def spoken_digits(text: str) -> tuple[DigitRun, ...]:
    """All runs of digits in `text`, in order; never raises.

    Args:
        text: recogniser words or typed text. Separators typed inside a number ("555-123") and
            "dash", "um" said inside it do not end a run; a typed sentence end does.
    """
    return tuple(
        DigitRun("".join(piece.digits for piece in run), run[0].start, run[-1].end)
        for run in digit_pieces(text)
    )
