"""Written text as spoken words, and back to what was heard."""
# ruff: noqa: RUF001, E501, ISC004  (the en dash is what is tested; a row stays a row)

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.spoken_text import spoken_text
from voiceagent.language.en_us.money import say_money
from voiceagent.language.en_us.phones import say_phone, show_phone
from voiceagent.language.en_us.speak import SpokenToken, heard_text, speakable


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        (
            "The visit tonight is $248, the estimate $825.",
            "The visit tonight is two hundred forty-eight dollars, "
            "the estimate eight hundred twenty-five dollars.",
        ),
        (
            "Reach you at (555) 123-0000?",
            "Reach you at five five five, one two three, zero zero zero zero?",
        ),
        ("Call +15551230000.", "Call five five five, one two three, zero zero zero zero."),
        (
            "123 Oak Street, Springfield, Ohio",
            "one twenty-three Oak Street, Springfield, Ohio",
        ),
        (
            "1205 N Limestone St, Apt 4B, Springfield, OH 45501.",
            "twelve oh five North Limestone Street, apartment four B, "
            "Springfield, Ohio four five five zero one.",
        ),
        ("I come to 55 Main St. Thanks.", "I come to fifty-five Main Street. Thanks."),
        ("tonight, 9–11 PM?", "tonight, nine to eleven P M?"),
        ("9:00 PM to 11:00 PM", "nine to eleven P M"),
        ("10 AM–12 PM", "ten A M to noon"),
        ("at 9:05 p.m. Then", "at nine oh five P M. Then"),
        ("8 AM to 6 PM", "eight A M to six P M"),
        ("Thu, Aug 28, 9:00 PM", "Thursday, August twenty-eighth, nine P M"),
        ("Tuesday, September 2, 10–11 AM", "Tuesday, September second, ten to eleven A M"),
        ("Sept. 2, 2025", "September second, twenty twenty-five"),
        ("2025-08-29", "August twenty-ninth, twenty twenty-five"),
        ("ZIP 45501", "zip four five five zero one"),
        ("code K7M2QX", "code K seven M two Q X"),
        ("Your code is 973624.", "Your code is nine seven three six two four."),
        ("gate code 1234", "gate code one two three four"),
        ("a 25 % deposit", "a twenty-five percent deposit"),
        ("2.5% off", "two point five percent off"),
        ("CoolCare fixes your AC.", "Cool Care fixes your A C."),
        ("hang up and dial 911", "hang up and dial nine one one"),
        ("HVAC & CO", "H vac and C O"),
        ("STOP or HELP", "STOP or HELP"),
        ("$300-$800", "three hundred to eight hundred dollars"),
        ("$1,248.50", "one thousand two hundred forty-eight dollars and fifty cents"),
        ("2–4 hours", "two to four hours"),
        ("the 1st and the 23rd", "the first and the twenty-third"),
        ("It is 72°F.", "It is seventy-two degrees Fahrenheit."),
        ("Dr. Smith", "Doctor Smith"),
        ("sarah.miller@gmail.com", "sarah dot miller at gmail dot com"),
        ("https://pay.test/abc", "pay dot test slash abc"),
        ("24/7", "twenty-four seven"),
        ("and/or", "and or"),
        ("a 😀 b", "a b"),
        ("I'm here, aren't I?", "I'm here, aren't I?"),
        ("may 6 people come", "may six people come"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_spoken_text(text: str, spoken: str) -> None:
    assert spoken_text(text) == spoken


def test_the_ready_made_spoken_forms_stay_as_they_are() -> None:
    for said in (
        say_money(24800),
        say_phone("+15551230000"),
        "one twenty-three Oak Street, Springfield, Ohio",
        "tonight, nine to eleven",
    ):
        assert spoken_text(said) == said


def test_tokens_carry_their_text() -> None:
    assert speakable("Pay $248, now") == (
        SpokenToken("Pay ", "Pay"),
        SpokenToken("$248, ", "two hundred forty-eight dollars,"),
        SpokenToken("now", "now"),
    )


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        (0, ""),
        (1, "The"),
        (4, "The visit is"),
        (3, "The visit is"),
        (6, "The visit is"),
        (7, "The visit is $248,"),
        (8, "The visit is $248, the"),
        (99, "The visit is $248, the estimate $825."),
        (-3, ""),
    ],
)
def test_heard_text(words: int, heard: str) -> None:
    tokens = speakable("The visit is $248, the estimate $825.")
    assert heard_text(tokens, words) == heard


TEXT = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            ["$248", "(555) 123-0000", "123 Oak Street,", "9–11 PM", "Aug 28,", "K7M2QX", "25 %",
             "45501", "CoolCare", "AC", "911.", "—", "…", "\n", "  ", "😀", "(yes)", "“ok”", "3.5",
             "e.g.", "#4", "$", "-", "9:75", "99/99/9999", "p.m.", "St.", "@", "1st", "\u00e9t\u00e9"]
        ),
        max_size=14,
    ).map(" ".join),
)  # fmt: skip


@settings(max_examples=500)
@given(TEXT)
def test_tokens_always_join_to_the_text(text: str) -> None:
    tokens = speakable(text)
    assert "".join(token.written for token in tokens) == text
    assert all(token.spoken == " ".join(token.spoken.split()) for token in tokens)
    assert all(token.spoken or not token.words for token in tokens)


@settings(max_examples=200)
@given(TEXT)
def test_heard_text_grows_word_by_word_to_the_whole(text: str) -> None:
    tokens = speakable(text)
    total = sum(token.words for token in tokens)
    prefixes = [heard_text(tokens, count) for count in range(total + 1)]
    assert all(text.startswith(prefix) for prefix in prefixes)
    assert all(len(a) <= len(b) for a, b in pairwise(prefixes))
    if total:
        assert prefixes[-1] == text.rstrip()


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_no_digit_reaches_the_voice_from_ascii_text(text: str) -> None:
    plain = "".join(c for c in text if c.isascii()) + " 42 a7 x9y 1.2.3 7-8-9 12:99"
    assert not any(c.isascii() and c.isdigit() for c in spoken_text(plain))


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True), st.integers(0, 9_999_999))
def test_phones_and_money_sound_the_same_said_and_shown(digits: str, cents: int) -> None:
    assert spoken_text(show_phone(f"+1{digits}")) == say_phone(f"+1{digits}")
    dollars, rest = divmod(cents, 100)
    shown = f"${dollars:,}" + (f".{rest:02d}" if rest else "")
    assert spoken_text(shown) == say_money(cents)
