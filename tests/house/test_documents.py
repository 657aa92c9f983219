"""What documents promise is there: headings that links name, settings, commands, whole tables."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from connectors.stripe.events import KINDS
from pipelines.providers.registry import SHIPPED
from tests.house.test_imports import ROOT
from tests.house.test_rooms import documents
from voiceagent.app.cli.clone import COMMANDS as CLONE_COMMANDS
from voiceagent.app.cli.main import ENTRIES
from voiceagent.app.settings import Settings

OF_THE_DOOR: Final = {"WORKER", "DOOR_FD", "VOICEAGENT_NOW_AT"}
"""Settings that the door hands to its workers; nobody else writes them."""

SETTINGS: Final = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
COMMANDS_PAGE: Final = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
THERE: Final = {entry.name for entry in ENTRIES} | {name for name, _ in CLONE_COMMANDS}
"""Every command."""

WRITTEN: Final = [*documents(), ROOT / "CHANGELOG.md"]


@cache
def prose(document: Path) -> str:
    """A document without its blocks of code."""
    return re.sub(
        r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


@cache
def anchors(document: Path) -> frozenset[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", one).strip() for one in headings)
    return frozenset(re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in plain)


def wrong_anchors(document: Path) -> list[str]:
    wrong = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]*#[^)\s]+)\)", prose(document)):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if target.suffix == ".md" and anchor not in anchors(target):
            wrong.append(link)
    return wrong


def rows_of_no_table(text: str) -> list[str]:
    """Rows whose table has no heading: a merge has left them behind."""
    found, before = [], ""
    for line in text.splitlines():
        if line.startswith("|") and not before.startswith("|"):
            heading = line
        if line.startswith("|") and before == heading and not re.fullmatch(r"[|\-: ]+", line):
            found.append(heading)
        if before.startswith("|") and not line.startswith("|") and before == heading:
            found.append(heading)
        before = line
    return found


@pytest.mark.parametrize("document", WRITTEN, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_document_begins_with_its_name_and_every_link_leads_to_a_heading(document: Path) -> None:
    assert prose(document).startswith("# ")
    assert rows_of_no_table(prose(document)) == []
    assert wrong_anchors(document) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", []),
        ("| 1 | 2 |\n| 3 | 4 |\n# name\n", ["| 1 | 2 |"]),
        ("| 1 | 2 |\n\ntext\n", ["| 1 | 2 |"]),
        ("text\n\n| a |\n|:-:|\n", []),
    ],
)
def test_a_row_without_its_table_is_seen(text: str, found: list[str]) -> None:
    assert rows_of_no_table(text) == found


def test_every_setting_is_told_of_and_none_that_is_not_there() -> None:
    ours = {field.alias or name for name, field in Settings.model_fields.items()} - OF_THE_DOOR
    read = ours | {name for provider in SHIPPED for name in provider.needs.read}
    table = SETTINGS.partition("\n## All of them\n")[2]
    told = {name for row in table.splitlines() for name in named(row.partition(" | ")[0])}
    assert told == read


def named(cell: str) -> list[str]:
    return re.findall(r"`([A-Z][A-Z0-9_]+)`", cell) if cell.startswith("|") else []


def test_every_command_is_told_of_and_none_that_is_not_there() -> None:
    rows = "\n".join(row.split(" | ")[0] for row in COMMANDS_PAGE.splitlines() if row[:1] == "|")
    assert set(re.findall(r"\./run ([a-z-]+)", rows)) == THERE


@pytest.mark.parametrize("document", WRITTEN[:-1], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_command_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:\./run|\bvoiceagent) ([a-z][a-z-]+)`", text)) <= THERE


def test_the_call_that_the_readme_shows_is_one_that_is_tested() -> None:
    golden = (ROOT / "tests/golden/reference_call.call").read_text(encoding="utf-8").splitlines()
    shown = re.findall(r"^[<>] .*$", README, re.MULTILINE)
    assert len(shown) > 5
    places = [golden.index(line) for line in shown]
    assert places == sorted(places)


def test_the_events_that_a_payment_endpoint_is_to_be_sent_are_those_that_are_read() -> None:
    page = (ROOT / "docs/going-live.md").read_text(encoding="utf-8")
    told = re.findall(r"`((?:checkout|charge|refund)\.[a-z_.]+)`", page)
    assert sorted(told) == sorted(KINDS)


def test_every_page_is_reached_from_the_readme() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert pages <= set(re.findall(r"\]\((docs/[\w-]+\.md)", README))
