"""The text of a PDF in paragraphs, as a program of its own: ``python -P pdf_text.py FILE``.

A file is somebody's: reading it may take for ever, or all the memory there is. A process can be
stopped, and keeps no call waiting meanwhile. So this imports nothing of the engine, and is run by
`pdf_pages`. It writes one JSON object: the paragraphs, each with whether it is a heading, or why
there are none.

A page of a PDF is type at places on paper, and knows no paragraphs. Lines are taken in the order
in which they were set, which keeps columns apart. A paragraph ends where the next line is further
off than lines are, or of another size; a heading is set larger than most of the text. What most
pages have at their edge, such as a running title or a page number, is of no paragraph.
"""

from __future__ import annotations

import json
import logging
import re
import resource
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

MOST_PAGES: Final = 300
MOST_CHARACTERS: Final = 1024 * 1024
MEMORY_BYTES: Final = 1024**3
ENCRYPTED: Final = "encrypted"
TOO_MANY_PAGES: Final = "pages"
NO_TEXT: Final = "no text"
BROKEN: Final = "broken"
TOO_LONG: Final = "long"

_APART: Final = 1.65
"""Of a line's size: what is further from the line above begins a paragraph."""
_LARGER: Final = 1.12
"""Of the size of most text: what is larger is a heading."""
_HEADING_CHARACTERS: Final = 90
_MARGIN: Final = 0.08
"""Of the paper's height, at its edge."""
_REPEATED_PAGES: Final = 2
_BLANKS: Final = re.compile(r"\s+")
_DIGITS: Final = re.compile(r"\d+")
_BULLET: Final = re.compile("^[\\s\N{BULLET}\N{MIDDLE DOT}\N{BLACK SMALL SQUARE}\N{WHITE BULLET}]+")
_HYPHEN: Final = re.compile(r"(\w+)-$")
_WORD: Final = re.compile(r"\w+")


@dataclass(slots=True)
class _Line:
    """A line of type: the page it is on, its height there, the size of its letters, in points.

    `edge`: at the top or the bottom of the paper.
    """

    page: int
    y: float
    size: float
    text: str
    edge: bool


class _Setter:
    """Takes down the lines of a page as its type is set."""

    def __init__(self, page: int, bottom: float, top: float) -> None:
        margin = _MARGIN * (top - bottom)
        self._page = page
        self._inside = bottom + margin, top - margin
        self.lines: list[_Line] = []
        self._open: _Line | None = None

    def set(
        self, text: str, cm: Sequence[float], tm: Sequence[float], font: object, size: float
    ) -> None:
        """One piece of type; `pypdf` calls this, with the places on paper in two matrices."""
        del font
        height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        points = abs(size * (tm[3] or tm[1]) * (cm[3] or cm[1])) or size
        for index, part in enumerate(text.split("\n")):
            if index:
                self._open = None
            if not part.strip():
                if self._open is not None and part:
                    self._open.text = f"{self._open.text}{part}"
            elif self._open is None or abs(self._open.y - height) > self._open.size / 2:
                low, high = self._inside
                self._open = _Line(self._page, height, points, part, not low < height < high)
                self.lines.append(self._open)
            else:
                self._open.text = f"{self._open.text}{part}"


def paragraphs(path: str) -> list[tuple[bool, str]]:
    """Whether each paragraph is a heading, and its text.

    Raises:
        ValueError: with why there are none, one of the words above.
        PyPdfError: the file is none, or a broken one; or whatever else it makes of the library.
    """
    reader = PdfReader(path, strict=False)
    if reader.is_encrypted:
        raise ValueError(ENCRYPTED)
    if len(reader.pages) > MOST_PAGES:
        raise ValueError(TOO_MANY_PAGES)
    lines: list[_Line] = []
    characters = 0
    for number, page in enumerate(reader.pages):
        lines += _lines(page, number)
        characters += sum(len(line.text) for line in lines if line.page == number)
        if characters > MOST_CHARACTERS:
            raise ValueError(TOO_LONG)
    found = list(_joined(_without_edges(lines, len(reader.pages))))
    if not any(not heading for heading, _ in found):
        raise ValueError(NO_TEXT)
    return found


def _lines(page: PageObject, number: int) -> list[_Line]:
    paper = page.mediabox
    setter = _Setter(number, float(paper.bottom), float(paper.top))
    page.extract_text(visitor_text=setter.set)
    for line in setter.lines:
        plain = unicodedata.normalize("NFKC", line.text).replace("\N{SOFT HYPHEN}", "")
        line.text = _BLANKS.sub(" ", plain).strip()
    return [line for line in setter.lines if line.text]


def _without_edges(lines: list[_Line], pages: int) -> list[_Line]:
    """Lines without those that most pages have, such as running titles and page numbers."""
    if pages < _REPEATED_PAGES:
        return lines
    at_edges = {(line.page, _key(line)) for line in lines if line.edge}
    seen = Counter(key for _, key in at_edges)
    return [line for line in lines if not line.edge or 2 * seen[_key(line)] <= pages]


def _key(line: _Line) -> tuple[int, str]:
    return round(line.y), _DIGITS.sub("0", line.text)


def _joined(lines: list[_Line]) -> Iterator[tuple[bool, str]]:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    written = Counter(
        word.lower() for line in lines for word in _WORD.findall(_HYPHEN.sub("", line.text))
    )
    held, last = "", None
    for line in lines:
        if last is not None and held and _ends(last, line, held):
            yield _paragraph(held, last, body)
            held = ""
        held = _with(held, line.text, written)
        last = line
    if last is not None and held:
        yield _paragraph(held, last, body)


def _ends(above: _Line, line: _Line, held: str) -> bool:
    """Whether a paragraph ends between two lines."""
    if round(above.size, 1) != round(line.size, 1) or _BULLET.match(line.text):
        return True
    if above.page != line.page or line.y > above.y + above.size / 2:  # the next column or page
        return held.endswith((".", "!", "?", ":")) or not line.text[:1].islower()
    return above.y - line.y > _APART * above.size


def _with(held: str, text: str, written: Counter[str]) -> str:
    """A line added; a word that was parted is joined where the text has it whole elsewhere."""
    text = _BULLET.sub("", text)
    parted = _HYPHEN.search(held)
    if parted is None or not text[:1].islower():
        return f"{held} {text}".strip()
    rest = _WORD.match(text)
    whole = f"{parted[1]}{rest[0]}" if rest else ""
    return f"{held[:-1]}{text}" if written[whole.lower()] else f"{held}{text}"


def _paragraph(text: str, line: _Line, body: float) -> tuple[bool, str]:
    larger = line.size > _LARGER * body and len(text) <= _HEADING_CHARACTERS
    return larger and not text.endswith((".", ",", ";")), text


def main() -> None:
    """Read the file that was named; nothing of it is said on the error stream."""
    logging.disable(logging.CRITICAL)
    with suppress(ValueError, OSError):  # where a system has no such limit, the time is one
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        answer: dict[str, object] = {"paragraphs": paragraphs(sys.argv[1])}
    except ValueError as error:
        known = {ENCRYPTED, TOO_MANY_PAGES, NO_TEXT, TOO_LONG}
        why = str(error)
        answer = {"why": why if why in known and not isinstance(error, PyPdfError) else BROKEN}
    except Exception:  # noqa: BLE001 - whatever a file makes of the library
        answer = {"why": BROKEN}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
