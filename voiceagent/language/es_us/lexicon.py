"""Words of a Spanish text, without accents, and numbers in words made digits."""

from __future__ import annotations

import re
from typing import Final

from voiceagent.domain.accents import without_accents

_WORD: Final = re.compile(r"[^\W_]+")
_UNITS: Final = {
    "cero": 0, "uno": 1, "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
}  # fmt: skip
_TEENS: Final = {
    "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15,
    "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20,
    "veintiuno": 21, "veintiun": 21, "veintiuna": 21, "veintidos": 22, "veintitres": 23,
    "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27,
    "veintiocho": 28, "veintinueve": 29,
}  # fmt: skip
_TENS: Final = {
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70,
    "ochenta": 80, "noventa": 90,
}  # fmt: skip
_HUNDREDS: Final = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400,
    "quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800,
    "novecientos": 900,
}  # fmt: skip
_ARTICLES: Final = frozenset({"un", "una", "uno"})
_OF_ZEROS: Final = re.compile(r"\b([2-9]) ceros\b")


def fold(text: str) -> str:
    """Lower case without accents; punctuation stays."""
    return without_accents(text.lower())


def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded, without punctuation."""
    return tuple(_WORD.findall(fold(text)))


def in_digits(text: str) -> str:
    """The text with numbers below a thousand as digits: "quinientos cincuenta y cinco" is "555".

    "un", "una" and "uno" stay words unless another number stands beside them.
    """
    found = list(_WORD.finditer(text))
    said = [fold(one[0]) for one in found]
    pieces: list[str] = []
    at, end = 0, 0
    while at < len(said):
        read = _number(said, at)
        lone = read is not None and read[1] == 1 and said[at] in _ARTICLES
        if read is None or (lone and not _beside_a_number(said, at)):
            at += 1
            continue
        value, size = read
        pieces += [text[end : found[at].start()], str(value)]
        end = found[at + size - 1].end()
        at += size
    pieces.append(text[end:])
    return _OF_ZEROS.sub(lambda match: "0 " * (int(match[1]) - 1) + "0", "".join(pieces))


def _beside_a_number(said: list[str], at: int) -> bool:
    beside = [*said[max(0, at - 1) : at], *said[at + 1 : at + 2]]
    return any(
        one.isdigit() or (one in _UNITS and one not in _ARTICLES) or one in _TEENS or one in _TENS
        for one in beside
    )


def _number(said: list[str], at: int) -> tuple[int, int] | None:
    """A number below a thousand that begins here, and how many words it takes."""
    hundreds = _HUNDREDS.get(said[at])
    if hundreds is not None:
        rest = _below_hundred(said, at + 1) if at + 1 < len(said) else None
        if rest is None or said[at] == "cien":
            return hundreds, 1
        return hundreds + rest[0], 1 + rest[1]
    return _below_hundred(said, at)


def _below_hundred(said: list[str], at: int) -> tuple[int, int] | None:
    word = said[at]
    if word in _UNITS:
        return _UNITS[word], 1
    if word in _TEENS:
        return _TEENS[word], 1
    if word not in _TENS:
        return None
    joined = said[at + 1 : at + 2] == ["y"] and at + 2 < len(said) and said[at + 2] in _UNITS
    return (_TENS[word] + _UNITS[said[at + 2]], 3) if joined else (_TENS[word], 1)
