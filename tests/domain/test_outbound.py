"""What leaves in the business's name: one table of what is taken out, and what stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import coolcare, hotel
from voiceagent.domain.business import Business
from voiceagent.domain.denied import has_denied, without_denied
from voiceagent.domain.links import REMOVED, host_of
from voiceagent.domain.outbound import LEFT_OUT, OutboundFault, OutboundRule

RULE = OutboundRule.of(coolcare(), {"pay.coolcare.example"})
THEIRS = ("123 Oak Street, Springfield", '{"phone": "+15551230000"}', "ann@example.com")


def left(text: str, *known: str) -> str:
    return RULE.judged(text, lambda: known).text


@pytest.mark.parametrize(
    ("text", "fault", "out"),
    [
        ("Pay at https://evil.example now.", "link", f"Pay at {REMOVED} now."),
        ("Go to evil dot com now.", "link", f"Go to {REMOVED} now."),
        ("Vaya a evil punto com.", "link", f"Vaya a {REMOVED}."),
        ("Open pay-coolcare.xyz/a", "link", f"Open {REMOVED}"),
        ("https://pay.coolcare.example@evil.com/x", "link", REMOVED),
        ("https://pay.coolcare.example.evil.com/x", "link", REMOVED),
        (
            "Your card 4242 4242 4242 4242 is charged.",
            "card",
            "Your card [card number] is charged.",
        ),
        ("Call (937) 555-0199.", "number", f"Call {LEFT_OUT}."),
        ("Call +1 937-555-0199.", "number", f"Call {LEFT_OUT}."),
        ("Write to bob@example.com.", "email", f"Write to {LEFT_OUT}."),
        ("She lives at 742 Evergreen Terrace.", "street", f"She lives at {LEFT_OUT}"),
        ("We are the cheapest. Shall I book it?", "brand", "Shall I book it?"),
        ("Sh1t, you i d i o t.", "denied", "***, you i d i o t."),
        ("F.u.c.k off.", "denied", "*** off."),
    ],
)
def test_what_may_not_leave_is_taken_out(text: str, fault: str, out: str) -> None:
    judged = RULE.judged(text, lambda: THEIRS)
    assert (judged.text, judged.faults) == (out, frozenset({OutboundFault(fault)}))


@pytest.mark.parametrize(
    "text",
    [
        "Pay the deposit of $206.25 at https://pay.coolcare.example/p/1?x=2.",
        "You're booked for Fri, Aug 29, 9:00 PM; the code is 482937.",
        "Is 123 Oak Street, Springfield right? We have (555) 123-0000 and ann@example.com.",
        "Dick Hancock lives near Scunthorpe, on Cockburn Lane.",
        "We can come 9 to 11 PM or 8 to 10 AM. That is 165 for the visit.",
        "Su cita es el viernes. La clave es 482937.",
        f"Call us at {coolcare().phone}.",
    ],
)
def test_what_may_stays_word_for_word(text: str) -> None:
    assert RULE.judged(text, lambda: THEIRS) == RULE.judged(text, None)
    assert left(text, *THEIRS) == text


def test_what_was_named_where_it_belongs_may_be_told_there_and_nowhere_else() -> None:
    text = "We ring (937) 555-0199 about 742 Evergreen Terrace."
    assert left(text, "+19375550199", "742 evergreen terrace please") == text
    assert left(text) == f"We ring {LEFT_OUT} about {LEFT_OUT}"
    assert RULE.judged(text, None).text == text, "the business's own people may read it"


def test_a_link_that_was_made_for_a_text_is_ours() -> None:
    text = "Pay: https://checkout.example/x"
    assert RULE.judged(text, lambda: (), frozenset({"checkout.example"})).text == text
    assert left(text) == f"Pay: {REMOVED}"


@pytest.mark.parametrize("business", [coolcare(), hotel()])
def test_all_that_a_business_file_has_said_may_be_said(business: Business) -> None:
    rule = OutboundRule.of(business)
    for text in rule.own:
        assert rule.judged(text, lambda: ()).text == text


@given(st.text(max_size=200))
def test_once_judged_is_judged(text: str) -> None:
    once = left(text)
    assert left(once) == once


@given(st.text(alphabet="abc .dot/:@com", max_size=60))
def test_no_link_of_others_is_left(text: str) -> None:
    judged = RULE.judged(f"See https://evil.example/{text}", lambda: ())
    assert "evil.example" not in judged.text


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("HTTPS://Pay.Example.com:8443/x", "pay.example.com"),
        ("http://us@evil.com\\@pay.example.com", "evil.com"),
        ("evil dot com", "evil.com"),
        ("www.evil.com?x=pay.example.com", "www.evil.com"),
    ],
)
def test_the_host_of_a_link(link: str, host: str) -> None:
    assert host_of(link) == host


def test_denied_words_are_words() -> None:
    assert has_denied("FUCK") and has_denied("shiiiit") and has_denied("h\u00edjueputa")  # noqa: PT018
    assert without_denied("Essex, Sussex, assess, class 5517, document") == (
        "Essex, Sussex, assess, class 5517, document"
    )


@pytest.mark.parametrize("towards", ["North ", "South ", "East ", "West ", "N. ", ""])
def test_a_street_that_was_named_may_be_said_with_its_direction(towards: str) -> None:
    place = f"485 {towards}Fountain Avenue"
    assert left(f"{place}, Springfield.", f"no, {place.lower()}") == f"{place}, Springfield."
    assert left(f"{place}, Springfield.", "12 fountain avenue") == f"{LEFT_OUT}, Springfield."
