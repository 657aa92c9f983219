"""A second visit is heard by whose it is; the first one's own words stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.language.en_us.other_visits import OtherVisit, other_visit, without_other_visit

THEIRS = ("neighbor", "mother", "brother in law", "tenant", "friend", "son", "aunt")
OURS = ("rental", "other house", "second place", "cabin", "shop")
NEEDS = ("needs one too", "could use one as well", "wants the same", "also needs a visit", "will need somebody")  # fmt: skip  # noqa: E501
BEFORE = ("yes, and ", "yes please. Oh, ", "sure and ", "that's right, and ", "ok but ")


@given(st.sampled_from(BEFORE), st.sampled_from(THEIRS), st.sampled_from(NEEDS))
@settings(max_examples=40)
def test_somebody_elses(before: str, who: str, needs: str) -> None:
    text = f"{before}my {who} {needs}"
    assert other_visit(text) is OtherVisit.THEIRS
    assert who.split(maxsplit=1)[0] not in without_other_visit(text)


@given(st.sampled_from(BEFORE), st.sampled_from(OURS), st.sampled_from(NEEDS))
@settings(max_examples=40)
def test_a_place_of_the_callers_own(before: str, place: str, needs: str) -> None:
    assert other_visit(f"{before}my {place} {needs}") is OtherVisit.OURS


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("yes and my neighbor at 420 needs one right after", OtherVisit.THEIRS),
        ("yes, can you also look at my mom's furnace while you're here", OtherVisit.THEIRS),
        ("I want to book another visit for our cabin", OtherVisit.OURS),
    ],
)
def test_other_words(text: str, whose: OtherVisit) -> None:
    assert other_visit(text) is whose


@pytest.mark.parametrize(
    "text",
    [
        "yes", "my wife needs to be there", "my neighbor has a key", "ask my mom",
        "my tenant will let him in", "yes, my son told me about you", "the other house is blue",
    ],
)  # fmt: skip
def test_no_second_visit(text: str) -> None:
    assert other_visit(text) is None
    assert without_other_visit(text) == text
