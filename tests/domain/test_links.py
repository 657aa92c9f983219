"""Links in words that are passed on: none stays one, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.escalate_to_human import EscalateArgs
from tools.request_callback import CallBackArgs
from voiceagent.domain.links import REMOVED, without_links


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/pay",
        "http://10.0.0.1:8080/x",
        "10.0.0.1/login",
        "www.evil.example",
        "evil.com",
        "EVIL.COM/a?b=c",
        "bit.ly/3abc",
        "sub.domain.evil.co/x",
        "ftp://evil.example/file",
    ],
)
def test_a_link_is_left_out(link: str) -> None:
    assert without_links(f"please open {link} now") == f"please open {REMOVED} now"


@pytest.mark.parametrize(
    "text",
    [
        "No heat. Furnace is out",
        "reach me at sarah.miller@example.com",
        "the visit is $206.50, at 9.30",
        "123 Oak St. Springfield",
        "el aire no enfría, código 1234",
    ],
)
def test_what_is_no_link_stays(text: str) -> None:
    assert without_links(text) == text


def test_what_we_would_fill_in_is_filled_in_for_nobody() -> None:
    assert without_links("{checkout_url} {one_time_code}") == "(checkout_url) (one_time_code)"


@given(st.text(max_size=80))
def test_it_is_done_once(text: str) -> None:
    assert without_links(without_links(text)) == without_links(text)


def test_tools_pass_on_no_link() -> None:
    said = "ask them to log in at https://evil.example/reset"
    assert "evil" not in EscalateArgs(reason="asked", summary=said).summary
    asked = CallBackArgs(phone="+15551230000", reason="call back", summary=said)
    assert "evil" not in asked.summary
