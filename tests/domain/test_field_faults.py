"""Whoever edits a file or a setting is told what to write, in no programmer's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.field_faults import PATTERNS, field_fault
from voiceagent.domain.locales import Locale


def patterns_in(schema: object) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from patterns_in(one)
    elif isinstance(schema, dict):
        if isinstance(found := schema.get("pattern"), str):
            yield found
        for one in schema.values():
            yield from patterns_in(one)


@pytest.mark.parametrize("kind", [Business, Settings])
def test_every_pattern_of_a_field_has_words_for_who_breaks_it(kind: type[BaseModel]) -> None:
    found = set(patterns_in(kind.model_json_schema()))
    assert found
    assert found <= PATTERNS.keys()


def test_no_words_are_kept_for_a_pattern_that_is_gone() -> None:
    schemas = [Business.model_json_schema(), Settings.model_json_schema()]
    assert PATTERNS.keys() == set(patterns_in(schemas))


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Section(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("kind", "written", "says"),
    [
        (TypeAdapter(Section), {}, "It is missing"),
        (TypeAdapter(Section), 3, "This needs keys of its own"),
        (TypeAdapter(Section), [3], "Write one set of keys, in braces: it takes no list"),
        (TypeAdapter(dict[str, int]), 3, "This needs keys of its own"),
        (TypeAdapter(str), 3, "Write a text"),
        (TypeAdapter(Annotated[str, Field(min_length=1)]), "", "It must not be empty"),
        (TypeAdapter(Annotated[str, Field(max_length=2)]), "abc", "It has at most 2 characters"),
        (
            TypeAdapter(Annotated[str, Field(pattern=r"^\d{5}$")]),
            "4550",
            "Write a ZIP code of five digits",
        ),
        (TypeAdapter(int), "fast", "Write a whole number"),
        (TypeAdapter(int), 1.5, "Write a whole number"),
        (TypeAdapter(int), "9" * 5000, "Write a whole number"),
        (TypeAdapter(int), None, "Write a whole number"),
        (TypeAdapter(float), "fast", "Write a number"),
        (TypeAdapter(Annotated[float, Field(allow_inf_nan=False)]), "nan", "Write a number"),
        (TypeAdapter(Decimal), "cheap", "Write a number"),
        (TypeAdapter(Decimal), "NaN", "Write a number"),
        (
            TypeAdapter(Annotated[Decimal, Field(decimal_places=2)]),
            "1.234",
            "At most 2 digits after the point",
        ),
        (TypeAdapter(bool), "perhaps", "Write true or false"),
        (TypeAdapter(time), "8 am", "Write a time of day like 08:00"),
        (TypeAdapter(time), "25:00", "Write a time of day like 08:00"),
        (TypeAdapter(date), "soon", "Write a date like 2026-06-01"),
        (TypeAdapter(date), 3.5, "Write a date like 2026-06-01"),
        (TypeAdapter(Annotated[int, Field(ge=1)]), 0, "It must be at least 1"),
        (TypeAdapter(Annotated[int, Field(gt=1)]), 1, "It must be more than 1"),
        (TypeAdapter(Annotated[int, Field(le=9)]), 10, "It must be at most 9"),
        (TypeAdapter(Annotated[int, Field(lt=9)]), 9, "It must be less than 9"),
        (TypeAdapter(Literal["off", "on"]), "yes", "Write 'off' or 'on'"),
        (TypeAdapter(Literal[Locale.ES_US]), "fr-FR", "Write 'es-US'"),
        (TypeAdapter(Colour), "green", "Write 'red' or 'blue'"),
        (TypeAdapter(tuple[str, ...]), "a", "Write a list, in square brackets"),
        (TypeAdapter(list[str]), "a", "Write a list, in square brackets"),
        (TypeAdapter(Annotated[tuple[str, ...], Field(min_length=1)]), [], "It needs at least 1"),
        (
            TypeAdapter(Annotated[tuple[str, ...], Field(max_length=1)]),
            ["a", "b"],
            "It takes at most 1",
        ),
    ],
    ids=lambda one: None if isinstance(one, TypeAdapter) else repr(one)[:20],
)
def test_a_fault_is_what_to_write_instead(
    kind: TypeAdapter[object], written: object, says: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.validate_python(written)
    assert [field_fault(one) for one in refused.value.errors()] == [says]
