"""What is read of an answer of the owner's servers."""

from __future__ import annotations

import pytest

from connectors.exchange import MOST_RETRY_S, retry_after_s


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("0", 0.0),
        (" 30 ", 30.0),
        ("3600", 3600.0),
        ("3601", MOST_RETRY_S),
        ("9" * 5000, MOST_RETRY_S),
        ("0" * 20 + "7", 7.0),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("٣", None),
        ("Fri, 29 Aug 2025 20:05:00 GMT", None),
    ],
)
def test_how_long_it_asks_to_be_left_alone(header: str, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds
