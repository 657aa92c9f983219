"""The keys of the business file as its models have them: what docs/business-file.md must list."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from voiceagent.domain.business import Business

_PLAIN = {
    str: "text",
    int: "whole number",
    Decimal: "number",
    bool: "true or false",
    time: "time",
    date: "date",
}


_WIDEST = 40
"""From here on a default is not written out."""


@dataclass(frozen=True, slots=True)
class DocumentedKey:
    """A key of a section, with its type and its default as the page writes them."""

    section: str
    name: str
    type: str
    default: str


def documented_keys() -> Iterator[DocumentedKey]:
    """Every key, section by section, in the order of the file."""
    yield from _of(Business, "", set())


def _of(section: type[BaseModel], path: str, seen: set[type[BaseModel]]) -> Iterator[DocumentedKey]:
    if section in seen:
        return
    seen.add(section)
    for name, field in section.model_fields.items():
        yield DocumentedKey(path, name, _type(field.annotation), _default(field))
    for name, field in section.model_fields.items():
        for inner in _sections(field.annotation):
            key = f"{name}.…" if _is_table_of(field.annotation) else name
            yield from _of(inner, f"{path}.{key}".removeprefix("."), seen)


def _sections(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in typing.get_args(annotation) for one in _sections(part)]


def _is_table_of(annotation: object) -> bool:
    return typing.get_origin(annotation) is dict


def _type(annotation: object) -> str:  # noqa: PLR0911 - one return per kind of type
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(args[0])
    if origin is typing.Literal:
        return ", ".join(f"`{one.value if isinstance(one, Enum) else one}`" for one in args)
    if origin in {typing.Union, types.UnionType}:
        return _type(next(one for one in args if one is not type(None)))
    if origin is tuple:
        return f"list of: {_type(args[0])}"
    if origin is dict:
        return f"table of: {_type(args[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    assert isinstance(annotation, type)
    return _PLAIN[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel) or value in ((), {}, ""):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, time):
        return f"`{value:%H:%M}`"
    if isinstance(value, tuple):
        return "all of them"
    return f"`{value}`" if len(str(value)) < _WIDEST else "a sentence"
