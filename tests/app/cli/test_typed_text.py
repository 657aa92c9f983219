"""What is typed or piped in: no control characters, no end to what a line may be, no lost line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.app.cli.typed_text import LONGEST, TypedLine, lines_of, plain_text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("", ""),
        (" \t ", ""),
        ("\x00", ""),
        ("my AC\x00died", "my AC died"),
        ("\x1b[Ahello\x1b[D", "hello"),
        ("\x1bOPhelp", "help"),
        ("\x1b]0;title\x07yes", "0;title yes"),
        ("one\rtwo", "one two"),
        ("zero\u200bwidth \ufeffmark", "zerowidth mark"),
        ("half \ud800 a character", "half a character"),
        ("  many   blanks ", "many blanks"),
        ("caf\u00e9 \u201cyes\u201d \U0001f600", "caf\u00e9 \u201cyes\u201d \U0001f600"),
    ],
)
def test_only_text_is_left(typed: str, text: str) -> None:
    assert plain_text(typed) == text


@given(st.text())
def test_what_is_left_can_be_kept_and_shown(typed: str) -> None:
    text = plain_text(typed)
    text.encode()
    assert not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert plain_text(text) == text


@settings(max_examples=40)
@given(
    st.lists(st.from_regex(r"[a-z ]{0,30}", fullmatch=True), max_size=8),
    st.lists(st.integers(1, 12), min_size=1, max_size=8),
    st.booleans(),
)
def test_however_it_comes_in_no_line_is_lost(
    lines: list[str], cuts: list[int], ended: bool
) -> None:
    data = "\n".join(lines).encode() + (b"\n" if ended else b"")
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(data[at : at + size])
        at += size
    found = [line.text for line in lines_of(pieces)]
    due = [" ".join(line.split()) for line in data.decode().split("\n")]
    assert found == (due if data and not data.endswith(b"\n") else due[:-1])


def sizes(pieces: Sequence[bytes]) -> list[tuple[int, bool]]:
    return [(len(line.text), line.whole) for line in lines_of(pieces)]


def test_a_line_without_an_end_is_read_to_its_bound() -> None:
    assert sizes([b"a" * LONGEST + b"\n"]) == [(LONGEST, True)]
    assert sizes([b"a" * (LONGEST + 1) + b"\nb\n"]) == [(LONGEST, False), (1, True)]
    assert sizes([b"a" * 65536] * 100 + [b"\nb"]) == [(LONGEST, False), (1, True)]
    assert sizes(["\u20ac".encode() * 10_000, b"\n"]) == [(LONGEST, False)]


def test_bytes_of_no_encoding_are_no_end() -> None:
    assert list(lines_of([b"a\xff\xfeb\n"])) == [TypedLine("a\ufffd\ufffdb")]
