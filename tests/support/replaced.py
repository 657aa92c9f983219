"""A record with fields changed whose names a test has from a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RecordT = TypeVar("RecordT", bound="DataclassInstance")


def replaced(record: RecordT, **changes: object) -> RecordT:
    """`dataclasses.replace`, whose names and values nothing but the run checks."""
    made: Callable[..., RecordT] = replace
    return made(record, **changes)
