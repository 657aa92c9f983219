"""What somebody wants forgotten is taken out of texts and JSON, whatever it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from voiceagent.domain.customer_facts import BLANK, blanked

VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0*"), min_size=1, max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(VALUES, st.dictionaries(st.sampled_from("abc0"), JSON, max_size=3))
def test_json_stays_json_of_the_same_form(value: str, body: dict[str, JsonValue]) -> None:
    body["said"] = f"it is {value}, yes"
    found = json.loads(blanked(json.dumps(body), value))
    assert found.keys() == body.keys()
    assert found["said"] == blanked(f"it is {value}, yes", value)
    assert BLANK in found["said"]


@pytest.mark.parametrize(
    ("body", "value", "left"),
    [
        ("The dog is friendly.", "dog", "The *** is friendly."),
        ("A dogma.", "dog", "A dogma."),
        ('{"at": 7, "key": "7"}', "7", '{"at": 7, "key": "***"}'),
        ('{"name": "name"}', "name", '{"name": "***"}'),
        ('{"inner": "{\\"v\\": \\"gate 12\\"}"}', "gate 12", '{"inner": "{\\"v\\": \\"***\\"}"}'),
        ('{"a": "say \\"hi\\""}', 'say "hi"', '{"a": "***"}'),
        ("{not json gate 12", "gate 12", "{not json ***"),
        ('{"at": ":"}', ":", '{"at": "***"}'),
    ],
)
def test_where_it_stands_as_words(body: str, value: str, left: str) -> None:
    assert blanked(body, value) == left
