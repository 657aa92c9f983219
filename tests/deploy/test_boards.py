"""Boards, alerts and run book say what there is: nothing that nobody publishes, no alert alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from deploy.boards import BOARDS, Query
from deploy.grafana_json import FOLDER, files
from voiceagent.app.ops.metrics import METRICS

DEPLOY = Path("deploy")
RULES = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"]
ALERTS = [rule for group in RULES for rule in group["rules"]]
RUNBOOK = Path("docs/runbook.md").read_text()

_OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
_SELECTOR = re.compile(r"(voiceagent_[a-z0-9_]+)(?:\{([^}]*)\})?")
_GROUPING = re.compile(r"by \(([^)]*)\)")
_LABEL = re.compile(r'(\w+)\s*(?:=~|=)\s*"([^"]*)"')

QUERIES = [query for board in BOARDS for panel in board.panels for query in panel.queries]
EXPRESSIONS = [query.expr for query in QUERIES] + [rule["expr"] for rule in ALERTS]


def published() -> dict[str, dict[str, tuple[str, ...]]]:
    """Every series by name: its labels and, where they are fixed, their values."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for metric in METRICS:
        labels = {label.name: label.values for label in metric.label}
        names = [metric.name]
        if metric.bounds:
            names = [metric.name + end for end in _OF_A_HISTOGRAM]
        found |= {name: labels | ({"le": ()} if metric.bounds else {}) for name in names}
    return found


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_every_figure_that_is_asked_for_is_published(expr: str) -> None:
    known = published()
    for name, selector in _SELECTOR.findall(expr):
        assert name in known, f"nobody publishes {name}"
        for label, wanted in _LABEL.findall(selector):
            values = known[name][label]
            assert not values or set(wanted.split("|")) <= set(values), f"{name}: {label}={wanted}"


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_what_is_grouped_by_is_a_label_of_what_is_grouped(expr: str) -> None:
    known = published()
    there = {label for name, _ in _SELECTOR.findall(expr) for label in known[name]}
    for group in _GROUPING.findall(expr):
        assert {one.strip() for one in group.split(",")} <= there | {"instance"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.expr)
def test_a_legend_names_labels_that_are_grouped_by(query: Query) -> None:
    grouped = {one.strip() for group in _GROUPING.findall(query.expr) for one in group.split(",")}
    assert set(re.findall(r"\{\{(\w+)\}\}", query.legend)) <= grouped


def test_the_files_are_what_the_boards_print() -> None:
    wanted = files()
    assert {path: path.read_text() for path in FOLDER.glob("*.json")} == wanted


def test_every_alert_has_its_page_in_the_run_book_and_its_case() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert re.findall(r"^## (Voiceagent\w+)$", RUNBOOK, re.MULTILINE) == names
    cases = yaml.safe_load((DEPLOY / "prometheus" / "rules_test.yml").read_text())["tests"]
    # A second case of an alert says after its name which part of it is tried.
    assert list(dict.fromkeys(case["name"].split()[0] for case in cases)) == names
    for rule in ALERTS:
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_each_page_says_what_to_look_at_what_to_do_and_how_to_try_it() -> None:
    for page in re.split(r"^## (?=Voiceagent)", RUNBOOK, flags=re.MULTILINE)[1:]:
        for part in ("Means", "Look at", "Do", "Try it"):
            assert f"**{part}.**" in page, page.splitlines()[0]
