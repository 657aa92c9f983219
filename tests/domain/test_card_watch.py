"""Cards given in any way leave nothing behind; numbers that are none pass untouched."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voiceagent.domain.card_turn import FOLLOWING_TURNS
from voiceagent.domain.card_watch import MOST_ASIDES, CardWatch, Sign, withhold
from voiceagent.domain.cards import (
    TOO_LONG_FOR_A_PHONE,
    is_card,
    is_phone,
    is_usual_card,
    luhn,
    rests_of,
)
from voiceagent.domain.digit_runs import digit_runs
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.identity import ALPHABET, CODE_LENGTH, new_booking_code

MOST_KEPT = 5
"""A row of six digits is an issuer's number; PCI DSS lets nobody but a processor need more."""

BRANDS = [
    ("4", 13), ("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16),
    ("34", 15), ("37", 15), ("6011", 16), ("65", 16), ("644", 19), ("300", 14), ("36", 14),
    ("38", 14), ("3528", 16), ("3589", 16), ("62", 16), ("62", 17), ("62", 18), ("62", 19),
    ("5018", 13), ("6304", 16), ("6759", 18), ("6762", 19),
]  # fmt: skip
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CIFRAS = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
         "eighteen", "nineteen")  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NOTHING_FITS = [e for e in Expecting if e not in {Expecting.CODE, Expecting.NOTES}]
"""Questions to which a piece of a card is no whole answer, phone numbers apart."""


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix, length = draw(st.sampled_from(BRANDS))
    rest = length - len(prefix) - 1
    body = prefix + draw(st.text("0123456789", min_size=rest, max_size=rest))
    return next(body + str(d) for d in range(10) if luhn(body + str(d)))


def pair_words(pair: str) -> str:
    if pair[0] == "0":
        return f"oh {WORDS[int(pair[1])]}"
    if pair[0] == "1":
        return TEENS[int(pair[1])]
    unit = f" {WORDS[int(pair[1])]}" if pair[1] != "0" else ""
    return TENS[int(pair[0]) - 2] + unit


@st.composite
def spoken(draw: st.DrawFn, digits: str) -> str:
    """Digits as people say them: one by one, doubled, in pairs, with small words between."""
    out, at = [], 0
    while at < len(digits):
        how = draw(st.sampled_from(["one", "one", "spanish", "double", "pair"]))
        if how == "double" and digits[at : at + 1] == digits[at + 1 : at + 2]:
            out.append(f"double {WORDS[int(digits[at])]}")
            at += 2
        elif how == "pair" and at + 2 <= len(digits) and digits[at] != "0":
            out.append(pair_words(digits[at : at + 2]) + ",")
            at += 2
        elif how == "spanish":
            out.append(CIFRAS[int(digits[at])])
            at += 1
        else:
            zero = draw(st.sampled_from(["oh", "zero"]))
            out.append(zero if digits[at] == "0" else WORDS[int(digits[at])])
            at += 1
        if draw(st.integers(0, 7)) == 0:
            out.append(draw(st.sampled_from(["uh", "um", "then", "dash", "okay so", ", hold on,"])))
    return " ".join(out)


@st.composite
def said(draw: st.DrawFn, digits: str) -> str:
    """Digits written or spoken."""
    size = draw(st.sampled_from([0, 2, 4, len(digits)]))
    if not size:
        return draw(spoken(digits))
    gap = draw(st.sampled_from([" ", "-", " - ", ". ", "  "]))
    return gap.join(digits[i : i + size] for i in range(0, len(digits), size))


def kept(text: str, card: str) -> int:
    """The longest row of the card's digits that stands in a text."""
    digits = "".join(run.digits for run in digit_runs(text))
    return max(
        (b - a for a in range(len(card)) for b in range(a + 1, len(card) + 1)
         if card[a:b] in digits),
        default=0,
    )  # fmt: skip


class Page:
    """What is written down of a call: held back while the watch is not sure."""

    def __init__(self) -> None:
        self.watch = CardWatch()
        self.written: list[str] = []
        self.held: list[str] = []
        self.signs: list[Sign] = []

    def hear(self, text: str, expecting: Expecting) -> None:
        self.watch, heard = self.watch.hear(text, expecting)
        if heard.sign is not Sign.MAYBE or not heard.joined:
            self.release(heard.secret)
        self.held.append(heard.text)
        self.signs.append(heard.sign)

    def release(self, secret: str = "") -> None:
        self.written += [withhold(text, secret) for text in self.held]
        self.held = []

    @property
    def text(self) -> str:
        return " | ".join([*self.written, *self.held])


@given(st.data(), cards(), st.sampled_from(Expecting))
def test_nothing_is_left_of_a_card_in_one_turn(
    data: st.DataObject, card: str, asked: Expecting
) -> None:
    lead = data.draw(st.sampled_from(["", "sure, my card is ", "it's ", "put it on my visa "]))
    more = data.draw(
        st.sampled_from(["", ", expires oh nine twenty eight, code 123", " 12/29 777"])
    )
    page = Page()
    page.hear(lead + data.draw(said(card)) + more, asked)
    assert page.signs == [Sign.CARD]
    assert kept(page.text, card) <= 1
    assert not digit_runs(page.text)


def test_what_was_said_before_a_visible_part_of_a_card_is_a_part_of_it_too() -> None:
    page = Page()
    for part in ("22 21 00", "3000 0000", "03"):
        page.hear(part, Expecting.ANYTHING)
    page.release()
    assert not digit_runs(page.text)


@pytest.mark.parametrize("parts", [("4000000", "0000", "00002"), ("4111111", "1111", "11111")])
def test_what_begins_like_the_part_before_goes_on_a_card_all_the_same(
    parts: tuple[str, ...],
) -> None:
    """A ZIP after the half of it is said again; after digits that answered nothing it is not."""
    page = Page()
    for part in parts:
        page.hear(part, Expecting.ADDRESS)
    page.release()
    assert page.signs[-1] is Sign.CARD
    assert not digit_runs(page.text)


def test_a_phone_number_before_a_visible_part_of_a_card_is_kept() -> None:
    page = Page()
    page.hear("513 555 0161", Expecting.PHONE)
    page.hear("4111 1111", Expecting.CODE)
    page.release()
    assert page.written[0] == "513 555 0161"


@given(st.data(), cards(), st.sampled_from(NOTHING_FITS))
def test_nothing_is_left_of_a_card_over_several_turns(
    data: st.DataObject, card: str, asked: Expecting
) -> None:
    cuts = data.draw(st.lists(st.integers(1, len(card) - 1), min_size=1, max_size=2, unique=True))
    ends = [0, *sorted(cuts), len(card)]
    parts = [card[a:b] for a, b in pairwise(ends)]
    # A phone number and then a ZIP or house number, each asked for, cannot be told from a card.
    assume(not (asked is Expecting.ADDRESS and all(len(part) <= 5 for part in parts)))
    assume(not (is_phone(parts[-1]) and parts[-1].startswith(parts[-2])))
    page = Page()
    for part in parts:
        page.hear(data.draw(said(part)), asked)
    page.hear("okay", asked)
    page.release()
    assert Sign.CARD in page.signs
    assert all(kept(text, card) <= MOST_KEPT for text in page.written), page.written
    whole = "".join(run.digits for text in page.written for run in digit_runs(text))
    assert len(whole) <= MOST_KEPT * 2, page.written
    assert card not in whole


ASIDES = (
    "sorry, my dog is barking", "one second please", "let me find my glasses", "hang on",
    "un momento por favor", "perdón, está ladrando el perro", "déjeme buscar los lentes",
)  # fmt: skip


@given(st.data(), cards(), st.sampled_from(NOTHING_FITS))
def test_nothing_is_left_of_a_card_whose_halves_have_something_else_between_them(
    data: st.DataObject, card: str, asked: Expecting
) -> None:
    at = data.draw(st.integers(4, len(card) - 4))
    phone = is_phone(card[:at]) and asked is not Expecting.ANYTHING
    assume(not phone or is_usual_card(card))  # who gives another's is taken for a phone's owner
    assume(not card[at:].startswith(card[:at]))
    page = Page()
    page.hear(data.draw(said(card[:at])), asked)
    for aside in data.draw(st.lists(st.sampled_from(ASIDES), min_size=1, max_size=MOST_ASIDES)):
        page.hear(aside, asked)
    page.hear(data.draw(said(card[at:])), asked)
    page.release()
    assert Sign.CARD in page.signs
    assert all(kept(text, card) <= MOST_KEPT for text in page.written), page.written


BARE = ("09 28", "123", "oh nine twenty eight", "uno dos tres", "code 123", "código 123")
"""A card's expiry or security code, if it comes right after one."""
NAMED = (
    "the security code is 123", "expires oh nine twenty eight", "expiration 9/28", "cvv 123",
    "good thru 09 28", "el código de seguridad es 123", "vence el 09 28", "caduca en 09 28",
    "la fecha de vencimiento es cero nueve veintiocho",
)  # fmt: skip
"""The same as nothing else is called."""


@pytest.mark.parametrize("asides", range(MOST_ASIDES + 2))
@pytest.mark.parametrize("detail", BARE + NAMED)
@pytest.mark.parametrize("card", ["4111 1111 1111 1111", "my card is 4111", "mi tarjeta es 4111"])
def test_what_belongs_to_a_card_may_follow_a_few_asides_later(
    card: str, detail: str, asides: int
) -> None:
    watch, heard = CardWatch().hear(card, Expecting.ANYTHING)
    assert heard.sign is Sign.CARD
    for number in range(asides):
        watch, _ = watch.hear(ASIDES[number % len(ASIDES)], Expecting.ANYTHING)
    _, heard = watch.hear(detail, Expecting.ANYTHING)
    assert (heard.sign is Sign.CARD) is (asides <= MOST_ASIDES or detail in NAMED)
    assert bool(digit_runs(heard.text)) is (heard.sign is not Sign.CARD)


@pytest.mark.parametrize("detail", NAMED)
def test_what_only_a_card_has_goes_as_long_as_anybody_talks(detail: str) -> None:
    watch, _ = CardWatch().hear("4111 1111 1111 1111", Expecting.ANYTHING)
    for turn in ("okay", "123 Oak Street, Springfield 45501", "937 555 0161", *ASIDES, "tomorrow"):
        watch, _ = watch.hear(turn, Expecting.ANYTHING)
    _, heard = watch.hear(detail, Expecting.ANYTHING)
    assert heard.sign is Sign.CARD
    assert not digit_runs(heard.text)


@pytest.mark.parametrize(
    "turn",
    ["the gate code is 4455", "the security gate is number 12", "my booking code is 482937",
     "el código postal es 45501", "el código de la puerta es 4455", "123 Oak Street"],
)  # fmt: skip
def test_what_a_card_does_not_have_passes_after_one(turn: str) -> None:
    watch, _ = CardWatch().hear("4111 1111 1111 1111", Expecting.ANYTHING)
    for aside in ("okay", *ASIDES[: MOST_ASIDES + 1]):
        watch, _ = watch.hear(aside, Expecting.ANYTHING)
    _, heard = watch.hear(turn, Expecting.ANYTHING)
    assert heard.text == turn


@given(cards(), st.data())
def test_what_a_part_lacks_is_known_by_its_length(card: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(4, len(card) - 1))
    assert len(card) - cut in rests_of(card[:cut])


@pytest.mark.parametrize("asides", range(MOST_ASIDES + 2))
def test_digits_wait_for_the_rest_of_a_card_for_a_few_asides_and_no_longer(asides: int) -> None:
    watch, _ = CardWatch().hear("41111111111", Expecting.ANYTHING)
    for _ in range(asides):
        watch, _ = watch.hear("sorry, my dog is barking", Expecting.ANYTHING)
    assert bool(watch.parts) is (asides <= MOST_ASIDES)


def test_a_number_that_is_begun_and_then_said_whole_is_no_card() -> None:
    """With its beginning before it, it has the length, the prefix and the check of one."""
    begun = "513555"
    whole = next(f"{begun}{n:04}" for n in range(100, 200) if luhn(f"{begun}{begun}{n:04}"))
    assert is_card(begun + whole)
    watch, _ = CardWatch().hear(begun, Expecting.PHONE)
    _, heard = watch.hear(whole, Expecting.PHONE)
    assert heard.text == whole


@pytest.mark.parametrize("digits", ["330 555 0161", "310 555 0161", "I'm Bo, 330 555 0161."])
def test_what_was_asked_for_is_not_held_back_by_what_is_said_after_it(digits: str) -> None:
    watch, phone = CardWatch().hear(digits, Expecting.NAME_AND_PHONE)
    watch, aside = watch.hear("and my dog is barking", Expecting.ANYTHING)
    assert (phone.sign, aside.sign) == (Sign.MAYBE, Sign.PLAIN)


@pytest.mark.parametrize(
    "digits", ["513 555 0161", "422 187 8410", "330 123 0000", "I'm Bo, 419 555 0161."]
)
def test_digits_that_are_no_phone_number_or_that_a_usual_card_begins_like_wait_for_the_rest(
    digits: str,
) -> None:
    """Asked for or not: ten digits of a card are too many to be kept, or shown to a model."""
    watch, _ = CardWatch().hear(digits, Expecting.PHONE)
    signs = []
    for _ in range(MOST_ASIDES + 1):
        watch, aside = watch.hear("and my dog is barking", Expecting.ANYTHING)
        signs.append(aside.sign)
    assert signs == [Sign.MAYBE] * MOST_ASIDES + [Sign.PLAIN]


@given(cards(), st.sampled_from([e for e in Expecting if e is not Expecting.CODE]))
def test_nothing_is_left_of_a_card_by_keys(card: str, asked: Expecting) -> None:
    watch, held, written = CardWatch(), "", ""
    for digit in card:
        watch, heard = watch.key(digit, asked)
        if heard.sign is Sign.MAYBE:
            held += heard.text
        else:
            written += "".join(c for c in heard.text if c.isdecimal())
            held = "" if heard.secret else held
    assert len(held + written) <= 3  # of the longest, once their beginning is a card itself


@pytest.mark.parametrize("asked", [Expecting.ADDRESS, Expecting.NOTES])
def test_more_keys_than_a_phone_number_has_are_a_cards(asked: Expecting) -> None:
    watch = CardWatch()
    for number in range(1, TOO_LONG_FOR_A_PHONE + 2):
        watch, heard = watch.key("9", asked)
        assert (heard.sign is Sign.CARD) is (number > TOO_LONG_FOR_A_PHONE)


def test_keys_for_another_question_do_not_go_on_a_card_that_was_whole() -> None:
    watch = CardWatch()
    for digit in "4111111111":
        watch, _ = watch.key(digit, Expecting.PHONE)
    for digit in "111111":
        watch, heard = watch.key(digit, Expecting.ANYTHING)
    assert heard.secret == "4111111111111111"
    _, heard = watch.key("5", Expecting.PHONE)
    assert (heard.text, heard.joined) == ("5", False)


DIGITS = "0123456789"
AMEX = 15
IN_ONE_BREATH = [
    "{phone} {code}",
    "{phone}, {code}",
    "it's {phone} and the code is {code}",
    "my number is {phone}, booking code {code}",
]


def is_usual(prefix: str, length: int) -> bool:
    """Whether cards of a brand are of a network that people here pay with."""
    body = prefix.ljust(length - 1, "0")
    return any(is_usual_card(body + digit) for digit in DIGITS)


def a_phone(chance: random.Random) -> str:
    """A number of the North American plan."""
    while True:
        number = str(chance.randrange(2_000_000_000, 10_000_000_000))
        if is_phone(number) and number[1:3] != "11":
            return number


PHONES = st.from_regex(r"[2-9](?!11)[0-9]{2}[2-9](?!11)[0-9]{6}", fullmatch=True)


@st.composite
def phones(draw: st.DrawFn) -> str:
    n = draw(PHONES)
    shape = draw(st.sampled_from(["{0} {1} {2}", "({0}) {1}-{2}", "+1 {0} {1} {2}", "{0}-{1}-{2}",
                                  "{0}{1}{2}", "1 {0} {1} {2}"]))  # fmt: skip
    return shape.format(n[:3], n[3:6], n[6:])


@given(phones(), phones(), st.sampled_from(Expecting))
def test_phone_numbers_pass(one: str, other: str, asked: Expecting) -> None:
    page = Page()
    turns = [
        one,
        f"my number is {one}, and my wife's is {other}",
        f"{one} or {other}",
        f"call {one}, 123 Oak Street, Springfield 45501",
    ]
    for turn in turns:
        page.hear(turn, asked)
    page.release()
    assert page.written == turns


@given(PHONES)
def test_a_spoken_phone_number_passes(number: str) -> None:
    page = Page()
    turn = " ".join(WORDS[int(d)] for d in number)
    page.hear(turn, Expecting.PHONE)
    page.hear("123 Oak Street, Springfield", Expecting.ADDRESS)
    page.release()
    assert page.written[0] == turn
    assert Sign.CARD not in page.signs


@given(PHONES)
def test_no_code_is_drawn_that_is_a_card_with_its_phone_number(phone: str) -> None:
    for code in (new_booking_code(f"+1{phone}") for _ in range(20)):
        assert not is_card(phone + code)
        assert not is_card(code + phone)


@st.composite
def codes_of(draw: st.DrawFn, phone: str) -> str:
    """Codes that a booking of this number can have."""
    code = draw(st.text(ALPHABET, min_size=6, max_size=6))
    assume(not is_card(phone + code) and not is_card(code + phone))
    return code


@given(st.data(), PHONES, st.from_regex(r"[0-9]{5}", fullmatch=True))
def test_answers_to_questions_are_never_put_together(
    data: st.DataObject, phone: str, zip_code: str
) -> None:
    code = data.draw(codes_of(phone))
    assume(not is_usual_card(phone + zip_code))  # nobody draws a ZIP; see the rates below
    page = Page()
    turns = [
        (phone, Expecting.PHONE),
        (code, Expecting.CODE),
        (phone, Expecting.PHONE),
        (zip_code, Expecting.ADDRESS),
        ("the gate code is 1234", Expecting.NOTES),
    ]
    for text, asked in turns:
        page.hear(text, asked)
    page.release()
    assert page.written == [text for text, _ in turns]


@given(st.data(), PHONES, st.sampled_from(IN_ONE_BREATH))
def test_a_phone_number_and_its_code_may_be_said_in_one_breath(
    data: st.DataObject, phone: str, shape: str
) -> None:
    page = Page()
    turn = shape.format(phone=phone, code=data.draw(codes_of(phone)))
    page.hear(turn, Expecting.PHONE)
    page.release()
    assert page.written == [turn]


@given(st.data(), PHONES)
def test_a_phone_number_and_a_code_may_be_typed_on_the_keys(
    data: st.DataObject, phone: str
) -> None:
    code = data.draw(codes_of(phone))
    watch, signs = CardWatch(), []
    for digits, asked in ((phone, Expecting.PHONE), (code, Expecting.CODE)):
        for digit in digits:
            watch, heard = watch.key(digit, asked)
            signs.append(heard.sign)
            assert heard.text == digit
    assert Sign.CARD not in signs


USUAL = [(prefix, length) for prefix, length in BRANDS if is_usual(prefix, length)]


@st.composite
def cards_as_answers(draw: st.DrawFn, *, codes: bool) -> tuple[tuple[str, Expecting], ...]:
    """A usual card, as whole answers to the questions that were asked.

    With a booking code as one of them, before the phone number or after it, else with a ZIP.
    """
    prefix, length = draw(st.sampled_from([b for b in USUAL if (b[1] == AMEX) is not codes]))
    phone_first = not codes or (prefix != "6011" and draw(st.booleans()))
    phone = draw(PHONES)
    if phone_first:
        head = (prefix + phone[len(prefix) :])[:10]
        assume(is_phone(head))
        body = head + draw(st.text(DIGITS, min_size=length - 11, max_size=length - 11))
    else:
        body = prefix + draw(st.text(DIGITS, min_size=6 - len(prefix), max_size=6 - len(prefix)))
        body += phone[:9]
    card = next(body + digit for digit in DIGITS if luhn(body + digit))
    cut = 10 if phone_first else CODE_LENGTH
    asked = (Expecting.PHONE, Expecting.CODE if codes else Expecting.ADDRESS)
    return tuple(zip((card[:cut], card[cut:]), asked if phone_first else asked[::-1], strict=True))


@given(st.data(), st.booleans(), st.booleans())
def test_nothing_is_left_of_a_card_that_is_given_as_answers(
    data: st.DataObject,
    codes: bool,
    by_voice: bool,
) -> None:
    """Ten digits for a phone number, and the rest for a booking code or a ZIP."""
    answers = data.draw(cards_as_answers(codes=codes))
    page = Page()
    for digits, asked in answers:
        page.hear(data.draw(said(digits)) if by_voice else digits, asked)
    page.release()
    assert page.signs[-1] is Sign.CARD
    card = "".join(digits for digits, _ in answers)
    assert all(kept(text, card) <= 1 for text in page.written), page.written


@given(cards_as_answers(codes=True), st.sampled_from(IN_ONE_BREATH))
def test_nothing_is_left_of_a_card_that_is_given_as_answers_in_one_breath(
    answers: tuple[tuple[str, Expecting], ...], shape: str
) -> None:
    page = Page()
    page.hear(shape.format(phone=answers[0][0], code=answers[1][0]), Expecting.PHONE)
    assert page.signs == [Sign.CARD]
    assert not digit_runs(page.text)


@given(cards_as_answers(codes=True))
def test_nothing_is_left_of_a_card_that_is_typed_as_answers(
    answers: tuple[tuple[str, Expecting], ...],
) -> None:
    """At its last key, or before: some cards hold a shorter one."""
    watch, secret, after = CardWatch(), "", ""
    for digits, asked in answers:
        for digit in digits:
            watch, heard = watch.key(digit, asked)
            after += heard.text if secret else ""
            secret = secret or heard.secret
    card = "".join(digits for digits, _ in answers)
    assert secret
    assert card.startswith(secret)
    assert not after


SAMPLE = 20_000
FALSE_ALARMS = [
    (Expecting.CODE, "right code", 0.0),
    (Expecting.CODE, "other code", 0.03),
    (Expecting.ADDRESS, "zip", 0.004),
]
"""After a phone number: what was asked and answered, and the most that is taken for a card."""


@pytest.mark.thorough
@pytest.mark.parametrize(("asked", "kind", "most"), FALSE_ALARMS)
def test_how_often_an_answer_after_a_phone_number_is_taken_for_a_card(
    asked: Expecting, kind: str, most: float
) -> None:
    """Over numbers of the North American plan, each area code as likely as another."""
    chance = random.Random(15)
    alarms = 0
    for _ in range(SAMPLE):
        phone = a_phone(chance)
        answer = "".join(chance.choices(DIGITS, k=5))
        if asked is Expecting.CODE:
            right = kind == "right code"
            answer = new_booking_code(f"+1{phone}" if right else "")
        watch, _ = CardWatch().hear(phone, Expecting.PHONE)
        alarms += watch.hear(answer, asked)[1].sign is Sign.CARD
    assert alarms / SAMPLE <= most


PLAIN = [
    "the model is 58STA048 and the serial number is 5810 1234 567",
    "between 4500 and 4600 dollars",
    "at 4:30 tomorrow, or 5 15",
    "$4500-4600 for the whole thing",
    "4411 Maple Street, apartment 12, Springfield, Ohio 45501",
    "my booking code is 482937",
    "it broke on 8/29/2025 at 10:30",
    "+44 20 7946 0958",
    "i paid by card last time, 248 dollars",
    "my son has a library card and he's 15",
    "five five five one two three oh oh oh oh",
    "order 4400 1234",
    "",
]


@pytest.mark.parametrize("text", PLAIN)
def test_other_numbers_pass(text: str) -> None:
    page = Page()
    page.hear(text, Expecting.ANYTHING)
    assert page.text == text
    assert Sign.CARD not in page.signs


@pytest.mark.parametrize(
    "turn",
    [
        "my card is 4111 1111",
        "my card number starts with four two four two",
        "visa ending in 4242",
        "4111 1111 1111",
        "4111-1111",
        "four one one one one one one one one one one one",
        "4242 4242 4242 4241",  # mistyped
    ],
)
def test_a_part_is_enough(turn: str) -> None:
    _, heard = CardWatch().hear(turn, Expecting.ADDRESS)
    assert heard.sign is Sign.CARD
    assert not digit_runs(heard.text.replace("starts", "").replace("ending", ""))


def test_what_belongs_to_a_card_goes_too_and_what_follows_does_not() -> None:
    page = Page()
    for turn in ("4111 1111 1111 1111", "09/28", "the code is 123", "September 2028, it expires"):
        page.hear(turn, Expecting.ADDRESS)
    page.hear("123 Oak Street, Springfield", Expecting.ADDRESS)
    page.release()
    assert not digit_runs(" ".join(page.written[:3]))
    assert "2028" not in page.text
    assert "123 Oak Street" in page.text


@given(cards())
def test_generated_cards_are_cards(card: str) -> None:
    assert is_card(card)


@given(
    st.text("0123456789", min_size=14, max_size=14),
    st.sampled_from(["code", "cvv", "pin", "extension", "number", "security code"]),
    st.sampled_from(["123", "one two three", "9876"]),
)
def test_what_leads_a_number_of_its_own_makes_no_phone_number_of_a_card(
    middle: str, leads: str, more: str
) -> None:
    body = f"4{middle}"
    card = next(body + str(d) for d in range(10) if luhn(body + str(d)))
    said = " ".join(WORDS[int(digit)] for digit in card)
    _, heard = CardWatch().hear(f"{said} {leads} {more}", Expecting.ANYTHING)
    assert heard.sign is Sign.CARD
    assert not [run for run in digit_runs(heard.text) if len(run.digits) > MOST_KEPT]


@pytest.mark.parametrize("thing", ["oak street", "main street apartment 5", "elm avenue"])
def test_a_phone_number_and_a_house_number_are_no_card(thing: str) -> None:
    digits = "4242424242424242"
    assert is_card(digits)
    assert is_phone(digits[:10])
    said = " ".join(WORDS[int(digit)] for digit in digits)
    _, heard = CardWatch().hear(f"{said} {thing}", Expecting.ANYTHING)
    assert heard.sign is not Sign.CARD


OTHER_DIGITS = st.lists(
    st.sampled_from(["45502", "937 555 0161", "614 555 0199", "223344"]), max_size=2, unique=True
)
"""What callers say before they give a card."""
HALVES = ("{first}", "it's {first}", "my card is {first}", "put it on my visa {first}")
TAILS = ("{rest}", "{rest} code 123", "{rest} and the zip is 45502")


@pytest.mark.thorough
@settings(max_examples=400)
@given(st.randoms(use_true_random=False), OTHER_DIGITS, st.sampled_from(NOTHING_FITS))
def test_what_stands_before_a_card_does_not_hide_the_rest_of_it(
    chance: random.Random, before: list[str], asked: Expecting
) -> None:
    """A ZIP, a code and half of a card may pass the check together: it is still half of a card."""
    card = a_usual_card(chance)
    page = Page()
    for turn in before:
        page.hear(turn, chance.choice(list(Expecting)))
    cut = chance.choice((6, 8, 10))
    page.hear(chance.choice(HALVES).format(first=card[:cut]), asked)
    page.hear(chance.choice(TAILS).format(rest=card[cut:]), asked)
    page.hear("okay", asked)
    page.release()
    assert kept(page.text, card) <= MOST_KEPT, page.written


@pytest.mark.thorough
@settings(max_examples=400)
@given(st.randoms(use_true_random=False), OTHER_DIGITS)
def test_what_was_said_before_does_not_hide_a_card_on_the_keys(
    chance: random.Random, before: list[str]
) -> None:
    card = a_usual_card(chance)
    asked = chance.choice([e for e in Expecting if e is not Expecting.CODE])
    watch, held, written = CardWatch(), "", ""
    for turn in before:
        watch, _ = watch.hear(turn, chance.choice(list(Expecting)))
    for digit in card:
        watch, heard = watch.key(digit, asked)
        held = "" if heard.secret else held
        if heard.sign is Sign.MAYBE:
            held += heard.text
        else:
            written += "".join(c for c in heard.text if c.isdecimal())
    assert len(held + written) <= MOST_KEPT


PHONE_KEYS = 12
CHANCES = [
    ("6531620849349360", 8, ("45502", "937 555 0161")),
    ("6011757798319868", 8, ("45502",)),
    ("379118237628238", 4, ("45502", "937 555 0161")),
]
"""Cards whose beginnings are cards themselves behind other digits."""


@pytest.mark.parametrize(("card", "cut", "before"), CHANCES)
def test_a_half_of_a_card_that_is_a_card_behind_other_digits(
    card: str, cut: int, before: tuple[str, ...]
) -> None:
    page = Page()
    for turn in (*before, f"it's {card[:cut]}", f"{card[cut:]} okay"):
        page.hear(turn, Expecting.ANYTHING)
    page.release()
    assert kept(page.text, card) <= MOST_KEPT, page.written


def test_keys_that_are_a_card_behind_other_digits_are_still_a_cards() -> None:
    watch, texts = CardWatch(), ""
    for turn in ("45502", "223344"):
        watch, _ = watch.hear(turn, Expecting.ANYTHING)
    secret = ""
    for digit in "4383753374046145":
        watch, heard = watch.key(digit, Expecting.ANYTHING)
        secret = heard.secret or secret
        texts += heard.text if heard.sign is Sign.PLAIN else ""
    assert len(secret) > PHONE_KEYS
    assert "4383753374046145".startswith(secret)
    assert not texts


@pytest.mark.thorough
@settings(max_examples=400)
@given(st.randoms(use_true_random=False), st.booleans())
def test_what_a_finished_card_leaves_hides_no_card_after_it(
    chance: random.Random, by_voice: bool
) -> None:
    """A card in two pieces, a word, and one on the keys, during which other things are asked."""
    first, second = (a_usual_card(chance) for _ in range(2))
    asked = [e for e in Expecting if e is not Expecting.CODE]
    watch, cut = CardWatch(), chance.randrange(4, 12)
    if by_voice:
        for piece in (first[:cut], first[cut:]):
            watch, _ = watch.hear(piece, Expecting.ANYTHING)
    for at, digit in enumerate("" if by_voice else first):
        watch, _ = watch.key(digit, Expecting.PHONE if at < cut else Expecting.NAME)
    watch, _ = watch.hear("okay", Expecting.NAME)
    held, one, other = "", chance.choice(asked), chance.choice(asked)
    for at, digit in enumerate(second):
        watch, heard = watch.key(digit, one if at < cut else other)
        held = "" if heard.secret else held
        held += heard.text if heard.text.isdecimal() else ""
    assert len(held) <= MOST_KEPT


def a_usual_card(chance: random.Random) -> str:
    prefix, length = chance.choice(USUAL)
    body = prefix + "".join(chance.choices(DIGITS, k=length - len(prefix) - 1))
    return next(body + digit for digit in DIGITS if luhn(body + digit))


REST_OF_IT = ("52453628", "52453628 and the zip is 45502", "five two four five three six two okay")


@pytest.mark.parametrize("rest", REST_OF_IT)
@pytest.mark.parametrize("asked", Expecting)
def test_who_has_nothing_of_the_part_before_knows_the_rest_by_what_it_cannot_be(
    rest: str, asked: Expecting
) -> None:
    """As for messages, where a part that was taken out is nowhere."""
    _, heard = CardWatch(following=FOLLOWING_TURNS).hear(rest, asked)
    assert heard.sign is Sign.CARD
    assert all(len(run.digits) <= CODE_LENGTH for run in digit_runs(heard.text))


RESTS_LIKE_PHONES = (
    "12645837565",
    "264-583-7565",
    "two six four five eight three seven five six five",
    "one nine nine eight five one three five zero six five, expires oh nine twenty eight",
)


@pytest.mark.parametrize("rest", RESTS_LIKE_PHONES)
@pytest.mark.parametrize("following", range(1, FOLLOWING_TURNS + 1))
@pytest.mark.parametrize("asked", Expecting)
def test_a_rest_of_the_shape_of_a_phone_number_is_one_where_it_was_asked_for(
    rest: str, following: int, asked: Expecting
) -> None:
    _, heard = CardWatch(following=following).hear(rest, asked)
    kept = "".join(run.digits for run in digit_runs(heard.text))
    wanted = asked in {Expecting.PHONE, Expecting.NAME_AND_PHONE}
    assert (is_phone(kept) if wanted else not kept) is True
