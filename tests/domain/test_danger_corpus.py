"""The corpus of danger (tests/corpus): nothing dismissed, nothing unheard, few false alarms."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.corpus.danger import DangerCount, count
from tests.corpus.rows import Label, Split, danger_rows, split_of

ROWS = danger_rows()
MOST_ALARMS = 0.03
"""Share of the harmless turns that may be warned about."""


@pytest.fixture(scope="module")
def counted() -> DangerCount:
    return count(ROWS)


def test_it_is_as_large_and_as_varied_as_was_wanted() -> None:
    origins = Counter(row.origin for row in ROWS)
    languages = Counter(row.language for row in ROWS)
    assert len(ROWS) >= 400
    assert languages["es"] >= 60
    assert origins["ears"] >= 50
    assert {row.label for row in ROWS} == set(Label)
    assert {split_of()[row.author] for row in ROWS} == set(Split)


def test_no_danger_is_dismissed_or_goes_unheard(counted: DangerCount) -> None:
    assert not counted.dismissed
    assert not counted.unheard


def test_false_alarms_are_few(counted: DangerCount) -> None:
    assert counted.alarm_share <= MOST_ALARMS, counted.alarms


def test_most_denials_are_understood_at_once(counted: DangerCount) -> None:
    assert counted.understood >= 0.65 * counted.denials
