"""PDF files as pages: what is taken out of them, and which are refused, by name and why."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from tests.support.pdf import Type, pdf
from voiceagent.app import page_files, pdf_text
from voiceagent.app.page_files import PageFiles
from voiceagent.app.pdf_pages import MOST_BYTES, pdf_page
from voiceagent.domain.knowledge import LONGEST, PagePiece
from voiceagent.domain.locales import Locale
from voiceagent.errors import OwnerFixable

SHIPPED = Path("business/pages/coolcare/seasons.pdf").resolve()


def plan(number: int) -> list[Type]:
    """A page in two columns, with a running title and its number."""
    return [
        Type(60, 760, 8, "Comfort Club"),
        Type(60, 30, 8, f"Page {number}"),
        Type(60, 700, 14, f"Joining {number}"),
        Type(60, 680, 10, "The plan runs for twelve months (a whole year) and covers after-"),
        Type(60, 668, 10, "hours visits and one main-"),
        Type(60, 656, 10, "tenance visit. The maintenance is done in May."),
        Type(60, 626, 10, "It moves with you."),
        Type(320, 700, 14, f"Leaving {number}"),
        Type(320, 680, 10, "Give thirty days' notice"),
        Type(320, 668, 10, "by letter."),
    ]


async def test_paragraphs_columns_and_headings_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "plan.pdf"
    file.write_bytes(pdf([plan(1), plan(2)]))
    page = await pdf_page(file, "pages/plan.pdf", "digest")
    assert (page.name, page.digest, page.title) == ("pages/plan.pdf", "digest", "Joining 1")
    assert page.pieces[:3] == (
        PagePiece(
            "Joining 1",
            "The plan runs for twelve months (a whole year) and covers after-hours visits and one "
            "maintenance visit. The maintenance is done in May.",
        ),
        PagePiece("Joining 1", "It moves with you."),
        PagePiece("Leaving 1", "Give thirty days' notice by letter."),
    )
    assert len(page.pieces) == 6


async def test_a_printed_page_of_a_browser_is_read() -> None:
    page = await pdf_page(SHIPPED, "seasons.pdf", "")
    assert page.title == "Humidity, heat pumps and long absences"
    assert [piece.heading for piece in page.pieces] == [
        *("Whole-house humidifiers", "Dehumidifiers", "Running a heat pump"),
        *("Snow and leaves", "Going on vacation"),
    ]
    assert all(len(piece.text) <= LONGEST for piece in page.pieces)


def encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([plan(1)]))))
    writer.encrypt("a password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda: b"", "no PDF, or a damaged one"),
        (lambda: b"\x00\xff" * 500, "no PDF, or a damaged one"),
        (lambda: b"%PDF-1.7\n" + b"9 0 obj << /Length 99 >> stream\n" * 50, "damaged one"),
        (encrypted, "It is encrypted"),
        (lambda: pdf([[]]), "There is no text in it"),
        (lambda: pdf([[]] * (pdf_text.MOST_PAGES + 1)), "more than 300 pages"),
        (lambda: pdf([[Type(9, 9, 9, "ha " * 400_000)]]), "more text than 1 MB"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_name(
    tmp_path: Path, content: Callable[[], bytes], why: str
) -> None:
    file = tmp_path / "odd.pdf"
    file.write_bytes(content())
    with pytest.raises(OwnerFixable, match=why) as refused:
        await pdf_page(file, "pages/odd.pdf", "")
    assert refused.value.where == "pages/odd.pdf"
    assert refused.value.code == "pages.unreadable"


async def test_one_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "slow.pdf"
    file.write_bytes(pdf([plan(1)]))
    with pytest.raises(OwnerFixable, match="takes longer than 0 s"):
        await pdf_page(file, "slow.pdf", "", limit_s=0)


async def test_only_what_has_changed_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(pdf([plan(1)]))
    bad.write_bytes(b"no PDF")
    (tmp_path / "large.pdf").write_bytes(b"")
    with (tmp_path / "large.pdf").open("r+b") as large:
        large.truncate(MOST_BYTES + 1)
    files = PageFiles(tmp_path, {Locale.EN_US: ["*.pdf"]})
    first = await files.read({})
    assert [page.name for page in first.changed] == ["good.pdf"]
    assert first.there == {"good.pdf"}
    assert [one.where for one in first.refused] == ["large.pdf", "bad.pdf"]
    assert "larger than 20 MB" in first.refused[0].message

    async def never(*_: object) -> None:
        raise AssertionError("It was read again.")

    monkeypatch.setattr(page_files, "pdf_page", never)
    second = await files.read({"good.pdf": first.changed[0].digest})
    assert second.there == {"good.pdf"}
    assert second.changed == ()
    assert [one.where for one in second.refused] == ["large.pdf", "bad.pdf"]
