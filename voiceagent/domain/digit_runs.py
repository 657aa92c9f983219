"""Digits that stand side by side in a text, written or spoken, whatever they stand for.

A run is what a person says or types in one go: "4111-1111", "four one, uh, one one", "double four
forty-one eleven". Small words that people put between digits do not end it; any other word does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ROUND = frozenset(f"{tens}0" for tens in range(2, 10))
_SPOKEN = {
    **{word: str(digit) for digit, word in enumerate(_ONES)},
    **{word: str(number) for number, word in enumerate(_TEENS, start=10)},
    **{word: f"{tens}0" for tens, word in enumerate(_TENS, start=2)},
    "oh": "0",
    "o": "0",
    "nought": "0",
}
_SPANISH = {
    "cero": "0", "uno": "1", "una": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5",
    "seis": "6", "siete": "7", "ocho": "8", "nueve": "9", "diez": "10", "doce": "12",
    "trece": "13", "catorce": "14", "quince": "15", "dieciseis": "16", "dieciséis": "16",
    "diecisiete": "17", "dieciocho": "18", "diecinueve": "19", "veinte": "20", "veintiuno": "21",
    "veintidos": "22", "veintidós": "22", "veintitres": "23", "veintitrés": "23",
    "veinticuatro": "24", "veinticinco": "25", "veintiseis": "26", "veintiséis": "26",
    "veintisiete": "27", "veintiocho": "28", "veintinueve": "29", "treinta": "30",
    "cuarenta": "40", "cincuenta": "50", "sesenta": "60", "setenta": "70", "ochenta": "80",
    "noventa": "90",
}  # fmt: skip
_SPOKEN |= _SPANISH
_ONCE = {"once": "11"}
"""Spanish for eleven, and an English word: a number only behind another one."""

_SCALES = {"hundred": "00", "thousand": "000"}
_AFTER_OTHERS = _SCALES | _ONCE
_TIMES = {"double": 2, "triple": 3}
FILLERS = frozenset(
    [
        "uh",
        "um",
        "er",
        "ah",
        "hm",
        "hmm",
        "mm",
        "and",
        "then",
        "dash",
        "space",
        "hyphen",
        "comma",
        "period",
        "okay",
        "ok",
        "so",
        "well",
        "next",
        "again",
        "followed",
        "by",
        "hold",
        "on",
        "wait",
        "let",
        "me",
        "see",
        "sorry",
        "yeah",
        "yes",
        *(
            "y",
            "eh",
            "este",
            "pues",
            "coma",
            "guion",
            "guión",
            "espacio",
            "luego",
            "sigue",
            "bueno",
        ),
    ]
)
"""Words between digits that do not end a run."""
_MOST_FILLERS = 6
_ANY = re.compile(rf"\d|{'|'.join(_SPOKEN.keys() - {'o'})}|\bo\b")
"""Without any of these in a text there is no digit in it."""

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_GAP = re.compile(r"[\s.,()/_\-\u00ad\u200b-\u200d\u2010-\u2015\u2060\ufeff]*(?:['\u2019]s\b)?")


@dataclass(frozen=True, slots=True)
class DigitRunPiece:
    """Digits of one written group or spoken word: text[start:end].

    `parted` when "and" stands before it, or a comma before a written group: a new number may begin.
    """

    digits: str
    start: int
    end: int
    spoken: bool = False
    parted: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces that belong together; never empty. `plus` when a "+" or "plus" leads it."""

    pieces: tuple[DigitRunPiece, ...]
    plus: bool = False

    @property
    def digits(self) -> str:
        """All of its digits."""
        return "".join(piece.digits for piece in self.pieces)

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.pieces[-1].end


def written_as(text: str, run: Run, digits: str) -> str:
    """Other digits in the place of a run's, each written or spoken as it was there.

    Args:
        text: where the run is.
        run: what is replaced.
        digits: as many as the run has.
    """
    out, at, taken = [], run.start, 0
    for piece in run.pieces:
        own = digits[taken : taken + len(piece.digits)]
        said = " ".join(_ONES[int(one)] for one in own) if piece.spoken else own
        out += [text[at : piece.start], said]
        at, taken = piece.end, taken + len(piece.digits)
    return "".join(out)


def plain(text: str) -> str:
    """`text` in lower case, character for character."""
    if text.isascii():
        return text.lower()
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def words(text: str) -> list[str]:
    """The words and digit groups of `text`, in lower case."""
    return _TOKEN.findall(plain(text))


def digit_runs(text: str) -> list[Run]:
    """All runs of a text, in order."""
    found: list[Run] = []
    pieces: list[DigitRunPiece] = []
    plus_at = -1
    text = plain(text)
    if not _ANY.search(text):
        return found
    for piece, joins in _pieces(text):
        if not joins and pieces:
            found.append(Run(tuple(pieces), plus=plus_at == pieces[0].start))
            pieces = []
        if not pieces and re.search(r"(?:\+|\bplus)\s*\(?$", text[: piece.start]):
            plus_at = piece.start
        _add(pieces, piece, text)
    if pieces:
        found.append(Run(tuple(pieces), plus=plus_at == pieces[0].start))
    return found


def _pieces(text: str) -> Iterator[tuple[DigitRunPiece, bool]]:
    """Pieces in order, each with whether it goes on the run of the one before."""
    joins, linked, end, times, small = False, False, 0, 1, 0
    start = -1
    for token in _TOKEN.finditer(text):
        word = token[0]
        gap = text[end : token.start()]
        joins = joins and _GAP.fullmatch(gap) is not None
        linked = linked or word == "and"
        parted = linked or ("," in gap and word.isdecimal())
        end = token.end()
        if word in _TIMES:
            times, start = _TIMES[word], token.start()
        elif word.isdecimal():
            digits = "".join(str(int(c)) for c in word)
            yield DigitRunPiece(digits * times, _first(start, token), end, parted=parted), joins
            start = -1
            joins, linked, times, small = True, False, 1, 0
        elif word in _SPOKEN or (joins and word in _AFTER_OTHERS):
            digits = _SPOKEN.get(word) or _AFTER_OTHERS[word]
            whole = DigitRunPiece(
                digits * times, _first(start, token), end, spoken=True, parted=parted
            )
            yield whole, joins
            start = -1
            joins, linked, times, small = True, False, 1, 0
        else:
            small += 1
            joins = joins and small <= _MOST_FILLERS and (word in FILLERS or word == "s")
            times, start = 1, -1


def _first(start: int, token: re.Match[str]) -> int:
    """Where a piece begins: "double" belongs to it."""
    return start if start >= 0 else token.start()


def _add(run: list[DigitRunPiece], piece: DigitRunPiece, text: str) -> None:
    """Append a piece; "forty" + "two" become the two digits they are spoken for, in Spanish too."""
    last = run[-1] if run else None
    unit = piece.spoken and len(piece.digits) == 1 and piece.digits != "0"
    between = text[last.end : piece.start] if last is not None else ""
    unit = unit and (len(between) == 1 or between == " y ")  # no comma, no "uh"
    if last is not None and last.spoken and last.digits in _ROUND and unit:
        joined = last.digits[0] + piece.digits
        run[-1] = DigitRunPiece(joined, last.start, piece.end, spoken=True, parted=last.parted)
    else:
        run.append(piece)
