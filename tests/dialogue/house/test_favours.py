"""Call backs, offers, parts, facts and technicians, asked for in the middle of whatever goes on."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import BOOKING, SARAH, Line


def asked(line: Line, tool: str) -> dict[str, object]:
    """What the last call of a tool was asked with."""
    return dict(next(one for one in reversed(line.calls) if one.name == tool).arguments)


def test_a_call_back_goes_to_the_number_of_the_call() -> None:
    line = Line("can someone call me back tomorrow after three please")
    request = asked(line, "request_callback")
    assert request["phone"] == SARAH
    assert request["preferred_time"] == "2025-08-30T15:00:00-04:00"
    assert "call me back" in str(request["summary"])
    assert "calls you back" in line.said[-1]
    assert line.last.endswith("?")


def test_who_withholds_their_number_is_asked_for_one() -> None:
    line = Line("can someone call me back", caller=None)
    assert "request_callback" not in line.called
    assert "number" in line.last
    line.hear("937 555 0123")
    assert asked(line, "request_callback")["phone"] == "+19375550123"
    assert "preferred_time" not in asked(line, "request_callback")


def test_a_call_back_that_cannot_be_noted_is_not_claimed() -> None:
    line = Line()
    line.fail("request_callback", "db.down", "I'm sorry, something isn't working.")
    line.hear("please have somebody call me")
    assert "something isn't working" in line.last
    assert "call you back" not in line.last


def test_an_offer_is_asked_for_and_quoted_again_with_its_code() -> None:
    line = Line(*BOOKING[:4])
    line.hear("I have a Home Advantage tag on my unit")
    assert asked(line, "create_offer") == {"offer_type": "home-advantage-tag", "phone": SARAH}
    assert line.called[-1] == "get_pricing_quote"
    assert asked(line, "get_pricing_quote")["coupon"] == "K7PMRW4TQ9XB"


def test_an_offer_that_is_refused_is_said_and_the_errand_goes_on() -> None:
    line = Line(*BOOKING[:4])
    line.fail("create_offer", "offer.had", "That offer was used already.")
    words = line.hear("what about the QR tag offer")
    assert "used already" in words
    assert words.endswith("?")
    assert "coupon" not in asked(line, "get_pricing_quote")


@pytest.mark.parametrize(
    ("wish", "looked_up"),
    [
        ("can you do any better on price", False),
        ("would you match their price", False),
        ("got a senior discount", True),
        ("is there anything off for veterans", True),
    ],
)
def test_a_discount_is_looked_up_and_another_price_is_not(wish: str, looked_up: bool) -> None:
    line = Line(*BOOKING[:4])
    words = line.hear(wish)
    assert "create_offer" not in line.called
    assert ("answer_from_knowledge" in line.called) is looked_up
    assert ("can't change our prices" in words) is not looked_up
    assert words.endswith("?")


def test_a_discount_that_no_page_knows_is_none() -> None:
    line = Line(*BOOKING[:4])
    line.tools["answer_from_knowledge"] = [{"found": False, "answer": None, "title": None}]
    assert "can't change our prices" in line.hear("got a senior discount")


def test_a_part_is_looked_up_and_the_question_returns() -> None:
    line = Line(*BOOKING[:2])
    words = line.hear("is the run capacitor in stock")
    assert asked(line, "part_eta_query") == {"part": "capacitor"}
    assert "in stock as a rule" in words
    assert "phone number" in words, "what was asked is asked again"


def test_what_is_to_be_remembered_is_kept_as_it_was_said() -> None:
    line = Line("please remember that my dog is friendly")
    assert asked(line, "remember") == {
        "kind": "pets",
        "value": "my dog is friendly",
        "consent": "asked_for",
        "phone": SARAH,
    }
    assert "keep that in mind" in line.said[-1]


def test_a_note_for_the_visit_is_none_to_be_kept() -> None:
    line = Line(*BOOKING[:-1])
    line.hear("remember the gate code is 1234 and the dog is friendly")
    assert "remember" not in line.called


@pytest.mark.parametrize(
    ("words", "technician"),
    [("can I talk to a technician", None), ("let me speak to Mike", "mike")],
)
def test_a_technician_is_fetched_to_talk(words: str, technician: str | None) -> None:
    line = Line(words)
    assert line.called[-1] == "join_customer_call"
    assert asked(line, "join_customer_call").get("technician") == technician
