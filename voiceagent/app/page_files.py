"""The files of a business's pages: which are there, what they say, which cannot be read and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voiceagent.app.pdf_pages import MOST_BYTES as MOST_PDF_BYTES
from voiceagent.app.pdf_pages import pdf_page
from voiceagent.domain.business import Business
from voiceagent.domain.knowledge import BusinessPage, digest_of, page_of
from voiceagent.domain.locales import Locale
from voiceagent.errors import OwnerFixable

MOST_BYTES: Final = 1024 * 1024
MOST_PAGES: Final = 500
PDF: Final = ".pdf"
KINDS: Final = frozenset({".md", ".markdown", ".html", ".htm", ".txt", PDF})


@dataclass(frozen=True, slots=True)
class PagesFound:
    """What a look at the files found.

    Attributes:
        there: names of all pages that can be read.
        changed: those whose digest is another than the one they were kept with.
        refused: those that cannot be read, ``pages.unreadable`` with the page's name.
    """

    there: frozenset[str]
    changed: tuple[BusinessPage, ...]
    refused: tuple[OwnerFixable, ...]


@dataclass(frozen=True, slots=True)
class _PdfFile:
    path: Path
    name: str
    digest: str
    locale: Locale


@dataclass(slots=True)
class _Look:
    texts: list[BusinessPage] = field(default_factory=list)
    pdfs: list[_PdfFile] = field(default_factory=list)
    refused: list[OwnerFixable] = field(default_factory=list)


class PageFiles:
    """Pages in a folder; a PDF that has not changed is not read again.

    Args:
        folder: of the business file; `patterns` are within it.
        patterns: of the pages' names by language, as the business file has them.
    """

    def __init__(self, folder: Path, patterns: Mapping[Locale, Sequence[str]]) -> None:
        self._folder = folder.resolve()
        self._patterns = patterns
        self._digests: dict[Path, tuple[tuple[int, int], str]] = {}
        self._unreadable: dict[str, tuple[str, OwnerFixable]] = {}

    async def read(self, kept: Mapping[str, str]) -> PagesFound:
        """Look at all of them.

        Args:
            kept: the digests of pages that are known, by name.
        """
        look = await asyncio.to_thread(self._look)
        changed = [page for page in look.texts if kept.get(page.name) != page.digest]
        there = {page.name for page in look.texts}
        refused = look.refused
        for pdf in look.pdfs:
            if kept.get(pdf.name) != pdf.digest:
                try:
                    changed.append(await self._pdf(pdf))
                except OwnerFixable as error:
                    refused.append(error)
                    continue
            there.add(pdf.name)
        return PagesFound(frozenset(there), tuple(changed), tuple(refused))

    async def _pdf(self, pdf: _PdfFile) -> BusinessPage:
        """What a PDF says; one that could not be read is not tried again until it changes."""
        digest, error = self._unreadable.get(pdf.name, ("", None))
        if error is not None and digest == pdf.digest:
            raise error
        try:
            return await pdf_page(pdf.path, pdf.name, pdf.digest, pdf.locale)
        except OwnerFixable as refusal:
            self._unreadable[pdf.name] = (pdf.digest, refusal)
            raise

    def _look(self) -> _Look:
        look = _Look()
        for locale, path in self._paths():
            name = path.relative_to(self._folder).as_posix()
            try:
                if path.suffix.lower() == PDF:
                    digest = self._digest(path, name, locale)
                    look.pdfs.append(_PdfFile(path, name, digest, locale))
                elif (page := page_of(name, _text(path), locale)).pieces:
                    look.texts.append(page)
            except UnicodeDecodeError:
                look.refused.append(_refusal(name, "It is not UTF-8."))
            except (OSError, _TooLong) as error:
                look.refused.append(_refusal(name, f"{error}."))
        return look

    def _paths(self) -> Iterator[tuple[Locale, Path]]:
        """Files of kinds that are read, each once; nothing outside the folder."""
        seen: set[Path] = set()
        each = ((locale, one) for locale, some in self._patterns.items() for one in some)
        for locale, pattern in each:
            for path in sorted(self._folder.glob(pattern))[:MOST_PAGES]:
                inside = path.resolve().is_relative_to(self._folder) and path.is_file()
                if inside and path not in seen and path.suffix.lower() in KINDS:
                    seen.add(path)
                    yield locale, path

    def _digest(self, path: Path, name: str, locale: Locale) -> str:
        """Of a PDF's content, which is read again when its size or time is another."""
        found = path.stat()
        if found.st_size > MOST_PDF_BYTES:
            raise _TooLong(f"It is larger than {MOST_PDF_BYTES // 1024**2} MB")
        state = found.st_mtime_ns, found.st_size
        before = self._digests.get(path)
        if before is None or before[0] != state:
            before = self._digests[path] = (state, digest_of(name, path.read_bytes(), locale))
        return before[1]


class _TooLong(Exception):
    """A file is longer than pages are."""


def page_patterns(business: Business) -> Mapping[Locale, Sequence[str]]:
    """Of the names of a business's pages, by language; none where it has no pages."""
    patterns = {Locale.EN_US: business.pages}
    patterns |= {locale: words.pages for locale, words in business.locales.items()}
    return {locale: some for locale, some in patterns.items() if some}


def _text(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise _TooLong(f"It is longer than {MOST_BYTES // 1024**2} MB")
    return path.read_text(encoding="utf-8").replace("\0", "")


def _refusal(name: str, why: str) -> OwnerFixable:
    return OwnerFixable("pages.unreadable", why, where=name)
