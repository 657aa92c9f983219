"""Random conversations: whatever a caller says, and whenever, some things always hold."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, TOOLS, Line

_CORPUS = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text("utf-8"))["case"]
_SAID = sorted({said for case in _CORPUS for said in case["say"]})
_TURNS = st.one_of(
    st.sampled_from(_SAID),
    st.sampled_from(BOOKING),
    st.sampled_from(("[silence]", "[key 0]", "[key 5]", "[key #]", "yes", "no")),
    st.text(max_size=40),
)
_AMOUNTS = " ".join(str(result) for result in TOOLS.values())


def _play(line: Line, turn: str) -> None:
    if turn == "[silence]":
        line.silence()
    elif turn.startswith("[key "):
        line.key(turn[5])
    else:
        line.hear(turn)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_TURNS, max_size=14), st.sampled_from(("coolcare", "hotel")))
def test_every_conversation_keeps_the_house_rules(turns: list[str], file: str) -> None:
    line = Line(file=file)
    for turn in turns:
        answered = line.hung_up is None and turn.strip() and not turn.startswith("[")
        before = len(line.said)
        _play(line, turn)
        assert not answered or len(line.said) > before
    for words in line.said:
        assert words.count("?") <= 1
        for amount in (word.strip(".,?$") for word in words.split() if word.startswith("$")):
            assert amount in _AMOUNTS
    for call in line.calls:
        if call.name == "book_appointment":
            assert any("Shall I book it" in words for words in line.said)
            assert call.arguments["customer_name"]
            assert call.arguments["phone"]
            assert call.arguments["scheduled_time"]
    assert line.called.count("end_call") <= 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.permutations(BOOKING[:4]))
def test_the_first_facts_may_come_in_any_order(turns: list[str]) -> None:
    line = Line(*[turn for turn in turns if turn != "no"])
    while "smell gas" in line.last or line.last.endswith("like a gate code or a pet?"):
        line.hear("no")
    line.hear("yes", "tonight", "no", "yes")
    booking = next(call for call in line.calls if call.name == "book_appointment").arguments
    assert booking["customer_name"] == "Sarah Miller"
    assert booking["phone"] == "+15551230000"
    assert booking["address"] == "123 Oak Street, Springfield, Ohio"
    assert booking["description"] == "AC not cooling."
