"""What somebody wants forgotten is taken out of texts and JSON, whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from voiceagent.domain.customer_facts import BLANK, blanked, clean_fact
from voiceagent.errors import CallerFixable

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
        ('{"at": "2025-08-30T00:07:00.58+00:00"}', ":", '{"at": "2025-08-30T00:07:00.58+00:00"}'),
        ('{"at": "2025-08-30", "said": "on 30"}', "30", '{"at": "2025-08-30", "said": "on ***"}'),
    ],
)
def test_where_it_stands_as_words(body: str, value: str, left: str) -> None:
    assert blanked(body, value) == left


@given(VALUES, st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_moments_and_ids_stay_whatever_is_forgotten(value: str, at: datetime, key: UUID) -> None:
    body = json.dumps({"at": at.isoformat(), "key": str(key)})
    assert blanked(body, value) == body


@pytest.mark.parametrize("value", [":", "-", "07", "...", "\u2014", "30 30"])
def test_what_has_no_word_is_no_fact(value: str) -> None:
    with pytest.raises(CallerFixable) as refused:
        clean_fact(value)
    assert refused.value.code == "fact.empty"
