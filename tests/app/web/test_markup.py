"""Elements: whatever text is put into one is read as that text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.web.console_site import parsed
from voiceagent.app.web.markup import Html, el, join

TEXT = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]))


@given(TEXT, TEXT)
def test_text_and_attributes_are_read_as_they_were_written(text: str, value: str) -> None:
    read = parsed(el("p", text, el("b", text), title=value))
    assert read.elements == [("p", (("title", value),)), ("b", ())]
    assert read.text == text * 2


def test_attributes_are_named_and_left_out() -> None:
    assert el("input", class_="a", data_x=1, hidden=True, disabled=False, id=None) == (
        '<input class="a" data-x="1" hidden>'
    )
    assert el("p", None, 3, "<", Html("<b>")) == "<p>3&lt;<b></p>"
    assert join(["&", el("br")]) == "&amp;<br>"


@pytest.mark.parametrize(
    "path", ["javascript:1", "//evil.example", "/\\evil.example", "https://evil.example", "", " /x"]
)
@pytest.mark.parametrize("name", ["href", "src", "action"])
def test_no_link_leads_away(name: str, path: str) -> None:
    with pytest.raises(ValueError, match="leads to a page of ours"):
        el("a", "x", **{name: path})
