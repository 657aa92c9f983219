"""A word for danger in another language is asked about; our own words in a row are no language."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import Line, business
from voiceagent.dialogue.house.hearing.foreign_danger import names_danger_in_another_language


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("il y a une odeur de gaz chez moi", True),
        ("es riecht nach rauch hier", True),
        ("no no gas no smoke no carbon monoxide", False),
        ("no gas, no smoke, no fire", False),
        ("no smoke no gas", False),
    ],
)
def test_our_own_words_of_danger_are_no_other_language(text: str, foreign: bool) -> None:
    assert names_danger_in_another_language(text, business("coolcare")) is foreign


def test_who_denies_danger_before_it_is_asked_is_understood() -> None:
    line = Line("no no gas no smoke no carbon monoxide")
    assert "English" not in line.last
