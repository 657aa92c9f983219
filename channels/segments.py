"""How long a text is on the air: segments of GSM-7 or UCS-2.

Source: 3GPP TS 23.038 (the alphabet and its extension), TS 23.040 (6 octets of header in each part
of a longer text).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
"""Each takes two places: an escape goes before it."""

_ONE = {"GSM-7": 160, "UCS-2": 70}
_EACH = {"GSM-7": 153, "UCS-2": 67}

_PLAINER: Final = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-",
        "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00a0": " ", "\u202f": " ",
        "\u2009": " ", "\u2022": "-", "\u00d7": "x", "\t": " ",
    }
)  # fmt: skip
"""Typographic characters that would make a text of 160 places one of 70."""


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes: its alphabet, its places in that, and how many parts it is sent in."""

    alphabet: Literal["GSM-7", "UCS-2"]
    places: int
    count: int


def segments(text: str) -> Segments:
    """What a text takes on the air.

    An escape and its character are never in two parts, nor are the halves of a surrogate pair.
    """
    gsm = all(one in _BASIC or one in _EXTENDED for one in text)
    alphabet: Literal["GSM-7", "UCS-2"] = "GSM-7" if gsm else "UCS-2"
    widths = [_width(one, alphabet) for one in text]
    places = sum(widths)
    if places <= _ONE[alphabet]:
        return Segments(alphabet, places, 1 if text else 0)
    count, used = 1, 0
    for width in widths:
        if used + width > _EACH[alphabet]:
            count, used = count + 1, 0
        used += width
    return Segments(alphabet, places, count)


def plainer(text: str) -> str:
    """A text with typographic characters written as GSM-7 has them; all others stay."""
    return text.translate(_PLAINER)


def without_costly_accents(text: str) -> str:
    """A text without the accents that GSM-7 lacks ("í" is "i"); what it has stays ("é", "ñ")."""
    return "".join(one if one in _BASIC else _bare(one) for one in text)


def _bare(one: str) -> str:
    letters = "".join(part for part in unicodedata.normalize("NFD", one) if part in _BASIC)
    return letters or one


def _width(one: str, alphabet: str) -> int:
    if alphabet == "GSM-7":
        return 2 if one in _EXTENDED else 1
    return 2 if ord(one) > 0xFFFF else 1  # noqa: PLR2004 - the first plane of Unicode
