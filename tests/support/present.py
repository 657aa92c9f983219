"""A value that a test is sure is there."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """`value`, which fails the test if it is None."""
    assert value is not None
    return value
