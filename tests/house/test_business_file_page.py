"""docs/business-file.md lists every key of the business file, as the models have it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house.business_keys import DocumentedKey, documented_keys

_PAGE = Path(__file__).parents[2] / "docs" / "business-file.md"
_HEADING = re.compile(r"### (?:`(?P<section>.+)`|The file)$")
_ROW = re.compile(r"\| `(?P<name>\w+)` \| (?P<type>.+?) \| (?P<default>.+?) \| (?P<means>.*) \|$")


def _rows(page: str) -> list[tuple[DocumentedKey, str]]:
    found: list[tuple[DocumentedKey, str]] = []
    section = ""
    for line in page.splitlines():
        if heading := _HEADING.match(line):
            section = heading["section"] or ""
        elif row := _ROW.match(line):
            key = DocumentedKey(section, row["name"], row["type"], row["default"])
            found.append((key, row["means"].strip()))
    return found


def test_every_key_is_there_with_its_type_and_default() -> None:
    assert [key for key, _ in _rows(_PAGE.read_text())] == list(documented_keys())


def test_every_key_says_what_it_means() -> None:
    assert [key for key, means in _rows(_PAGE.read_text()) if not means] == []


def test_a_key_that_is_left_out_is_missed() -> None:
    page = _PAGE.read_text().replace("| `timezone` |", "| timezone |")
    assert len(_rows(page)) == len(list(documented_keys())) - 1
