"""What people type, paste or pipe in, as text that can be kept, shown and spoken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4096
"""Characters of one message; the longest that a message channel takes (WhatsApp)."""

_MOST_BYTES: Final = 4 * LONGEST
_KEYS: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Z]|.)?")
"""What a terminal sends for arrows and other keys that are no characters (ECMA-48, 5.4)."""

_NO_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One line. It is `whole` unless it was longer than `LONGEST`: then it is its beginning."""

    text: str
    whole: bool = True


def plain_text(text: str) -> str:
    """The text without what is no text: control characters, keys, halves of characters.

    Each run of them and of blanks becomes one blank; marks that show nothing go without one.
    """
    kept = []
    for character in _KEYS.sub(" ", text):
        category = unicodedata.category(character)
        if category in _NO_TEXT:
            kept.append(" ")
        elif category != "Cf":
            kept.append(character)
    return " ".join("".join(kept).split())


def lines_of(pieces: Iterable[bytes]) -> Iterator[TypedLine]:
    """The lines of what comes in, blank ones too; the last one may lack its end.

    However long a line is, no more than its beginning is kept.
    """
    rest, whole = b"", True
    for piece in pieces:
        *ended, begun = piece.split(b"\n")
        for line in ended:
            yield _line(rest + line[:_MOST_BYTES], whole=whole and len(line) <= _MOST_BYTES)
            rest, whole = b"", True
        whole = whole and len(rest) + len(begun) <= _MOST_BYTES
        rest = (rest + begun[:_MOST_BYTES])[:_MOST_BYTES]
    if rest:
        yield _line(rest, whole=whole)


def _line(data: bytes, *, whole: bool) -> TypedLine:
    text = plain_text(data.decode(errors="replace"))
    return TypedLine(text[:LONGEST], whole=whole and len(text) <= LONGEST)
