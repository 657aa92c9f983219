"""Cards over several messages: whoever reads one has nothing but what was kept of those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from channels.talking import heard_after
from tests.domain.test_card_watch import ASIDES, BARE, NAMED, PHONES, cards, kept, said
from voiceagent.domain.card_marks import has_card_mark, may_go_on
from voiceagent.domain.card_watch import MOST_ASIDES, CardWatch, Sign, withhold
from voiceagent.domain.cards import is_phone
from voiceagent.domain.digit_runs import digit_runs
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.threads import MessageState, ReplyDelivery, ThreadId, ThreadMessage

MOST_KEPT = 6
"""Digits of an answer, such as a booking code: as many as that may be one after a card, too."""
_OF_PHONES = (Expecting.PHONE, Expecting.NAME_AND_PHONE)


@dataclass
class Thread:
    """Messages as the desk keeps them, and takes out of them what shows to be a card's later."""

    kept: list[ThreadMessage] = field(default_factory=list)

    def write(self, text: str, asks: Expecting = Expecting.ANYTHING) -> Sign:
        first = CardWatch().hear(text, Expecting.ANYTHING)[1]
        heard = heard_after(self.kept, first.text)
        row = ThreadMessage(
            len(self.kept), ThreadId("1"), "+19375550161", "key", "sms", heard.text,
            MessageState.ANSWERED, "", ReplyDelivery.NONE, expecting=asks,
        )  # fmt: skip
        before = [replace(one, text=withhold(one.text, heard.secret)) for one in self.kept]
        self.kept = [*before, row]
        return first.sign if first.sign is Sign.CARD else heard.sign

    @property
    def texts(self) -> Sequence[str]:
        return [one.text for one in self.kept]


LEADS = (
    "it's ", "my card is ", "put it on my visa ", "card number ", "my amex starts with ",
    "mi tarjeta es ", "el número de la tarjeta es ",
)  # fmt: skip
TAILS = ("", " okay", ", expires oh nine twenty eight", " code 123", " and the zip is 45502")


@given(st.data(), cards(), st.sampled_from([e for e in Expecting if e is not Expecting.CODE]))
def test_nothing_is_left_of_a_card_that_is_written_in_halves(
    data: st.DataObject, card: str, asks: Expecting
) -> None:
    """Also where the second half has the shape of a telephone number, and one was asked for."""
    at = data.draw(st.integers(4, len(card) - 4))
    lead = data.draw(st.sampled_from(LEADS))
    if lead == LEADS[0]:  # where nothing tells of a card, whole answers to questions are none
        assume(not (is_phone(card[at:]) and card[at:].startswith(card[:at])))
        assume(not card[at:].startswith(card[:at]))
    thread = Thread()
    thread.write("hello", asks)
    thread.write(lead + data.draw(said(card[:at])), asks)
    for aside in data.draw(st.lists(st.sampled_from(ASIDES), max_size=MOST_ASIDES)):
        thread.write(aside, asks)
    thread.write(data.draw(said(card[at:])) + data.draw(st.sampled_from(TAILS)), asks)
    assert all(kept(text, card) <= MOST_KEPT for text in thread.texts), thread.texts


PIECES = (
    ("my card is 3756", "12839668430"),
    ("my amex is three seven five six", "one two eight three nine six six eight four three zero"),
    ("mi tarjeta es 3756", "1283 9668 430"),
    ("my visa is 422187", "8418476463"),
    ("card number 3000", "2645837565"),
)


@pytest.mark.parametrize("asks", _OF_PHONES)
@pytest.mark.parametrize("asides", range(MOST_ASIDES + 1))
@pytest.mark.parametrize(("begun", "rest"), PIECES)
def test_what_has_the_length_of_the_missing_digits_is_no_phone_number(
    begun: str, rest: str, asides: int, asks: Expecting
) -> None:
    """Nobody can tell it from the rest of the card: the number is asked for once more."""
    thread = Thread()
    thread.write(begun, asks)
    assert may_go_on(thread.texts[0])
    for aside in ASIDES[:asides]:
        thread.write(aside, asks)
    assert thread.write(rest, asks) is Sign.CARD
    assert not digit_runs(thread.texts[-1])


@pytest.mark.parametrize("begun", ["it's 4000000", "four zero zero zero zero zero zero two"])
@pytest.mark.parametrize("asides", range(MOST_ASIDES + 1))
def test_what_was_written_before_a_visible_part_of_a_card_is_a_part_of_it_too(
    begun: str, asides: int
) -> None:
    """The part is taken out before anybody looks at the messages before it."""
    thread = Thread()
    for text in (begun, *ASIDES[:asides], "2200 0000 6"):
        thread.write(text)
    assert not digit_runs(thread.texts[0])


@pytest.mark.parametrize("between", [(), ("expires 09/28",), (ASIDES[0], "09 28")])
def test_what_goes_on_a_part_that_came_after_a_card_is_no_phone_number(
    between: Sequence[str],
) -> None:
    """Digits right after a card are taken for its details: they may begin another."""
    thread = Thread()
    thread.write("my card is 4111 1111 1111 1111", Expecting.PHONE)
    for text in ("it's 653606", *between, "5686-4444-34, expires oh nine twenty eight"):
        thread.write(text, Expecting.PHONE)
    assert not digit_runs(" ".join(thread.texts))


@pytest.mark.parametrize("asks", _OF_PHONES)
@pytest.mark.parametrize(
    "card", ["my visa is 4221", "4111 1111 1111 1111", "my card is 5200 8282", "4111 1111 1111"]
)
@given(phone=PHONES)
def test_a_phone_number_that_was_asked_for_passes_after_a_card(
    phone: str, card: str, asks: Expecting
) -> None:
    thread = Thread()
    thread.write(card, asks)
    assert has_card_mark(thread.texts[0])
    assert not may_go_on(thread.texts[0])
    thread.write(phone, asks)
    assert thread.texts[-1] == phone


@pytest.mark.parametrize("asides", range(MOST_ASIDES + 2))
@pytest.mark.parametrize("detail", BARE + NAMED)
def test_an_expiry_or_a_code_may_be_written_a_few_messages_later(detail: str, asides: int) -> None:
    thread = Thread()
    thread.write("4111 1111 1111 1111")
    for number in range(asides):
        thread.write(ASIDES[number])
    sign = thread.write(detail)
    assert (sign is Sign.CARD) is (asides <= MOST_ASIDES or detail in NAMED)


@given(PHONES, st.sampled_from(_OF_PHONES), st.sampled_from(((3, 3, 4), (3, 7), (6, 4))))
def test_a_phone_number_in_pieces_is_no_card(
    phone: str, asks: Expecting, sizes: tuple[int, ...]
) -> None:
    ends = [0, *accumulate(sizes)]
    thread = Thread()
    thread.write("hello", asks)
    signs = [thread.write(phone[a:b], asks) for a, b in pairwise(ends)]
    assert Sign.CARD not in signs
