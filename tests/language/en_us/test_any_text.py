"""Nothing raises, whatever is said; and nothing takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.domain.records import Window
from voiceagent.language.en_us.addresses import (
    AddressHeard,
    correct_address,
    hear_address,
)
from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES, COMMON_LAST_NAMES
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.emails import hear_email, say_email
from voiceagent.language.en_us.lexicon import vocabulary, words
from voiceagent.language.en_us.names import hear_name
from voiceagent.language.en_us.phones import hear_phone, say_phone, show_phone
from voiceagent.language.en_us.speak import speakable
from voiceagent.language.en_us.times import choose_window, hear_date, hear_daypart
from voiceagent.language.en_us.yes_no import hear_yes_no

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=ZONE)
OFFER = tuple(
    Window(NOW + timedelta(hours=ahead), NOW + timedelta(hours=ahead + 2)) for ahead in (1, 12)
)
STREETS, CITIES = ("Oak Street", "Oak Lane"), ("Springfield",)
OLD = AddressHeard("123", "Oak Street", None, "Springfield", "Ohio", None, complete=True)

Listener = Callable[[str], object]

LISTENERS: dict[str, Listener] = {
    "digits": spoken_digits,
    "phone": hear_phone,
    "phone_gb": lambda text: hear_phone(text, country="GB"),
    "say_phone": say_phone,
    "show_phone": show_phone,
    "date": lambda text: hear_date(text, NOW),
    "daypart": hear_daypart,
    "window": lambda text: choose_window(text, OFFER, NOW),
    "address": lambda text: hear_address(
        text,
        known_streets=STREETS,
        known_cities=CITIES,
        default_city="Springfield",
        default_state="Ohio",
    ),
    "correct": lambda text: correct_address(OLD, text, known_streets=STREETS, known_cities=CITIES),
    "name": hear_name,
    "name_asked": lambda text: hear_name(text, asked=True),
    "email": hear_email,
    "say_email": say_email,
    "yes_no": hear_yes_no,
    "speak": speakable,
}

VOCABULARY = sorted(
    vocabulary(
        """
        zero oh o one two three four five six seven eight nine ten eleven twelve thirteen twenty
        thirty forty fifty hundred thousand million a and double triple ohs oh's zeros fives dash
        minus plus first second third fifth twenty tenth 2nd 23rd 555 123 0000 45501 9 12 99 no not
        yes but wait actually to till until noon midnight half past o'clock am pm a m p m tonight
        tomorrow today next this week weekend in days from monday friday sat sunday september may
        of the on oak street lane st st. apartment apt unit b suite number zip springfield ohio oh
        north n state route broadway dot at gmail com underscore my name is this it's i'm sarah
        miller will mark o'brien m i l e r as dollars bucks cents grand $248 either later neither
        for won ate too call number is $ ( ) - / # % @ , . ? \u2013 \u2014 \U0001f600
        """
    )
)


@pytest.mark.parametrize("listen", LISTENERS.values(), ids=LISTENERS.keys())
def test_nothing_raises(listen: Listener) -> None:
    @settings(max_examples=150, deadline=None)
    @given(
        st.one_of(
            st.text(max_size=60),
            st.lists(st.sampled_from(VOCABULARY), max_size=16).map(" ".join),
            st.lists(st.sampled_from(VOCABULARY), max_size=16).map("".join),
        )
    )
    def check(text: str) -> None:
        assert listen(text) == listen(text)

    check()


@pytest.mark.thorough
@pytest.mark.parametrize("listen", LISTENERS.values(), ids=LISTENERS.keys())
@pytest.mark.parametrize(
    "piece",
    ["five ", "5", "fifty one ", "at ", "a dot ", "one hundred ", "oak street ", "a.", "$1-", "no ",
     "m i ", "double ", "this is sarah ", "five and ", "north ", "9:30 pm to ", "x@", "   ", "Oak ",
     "\u0663 ", "not friday "],
)  # fmt: skip
def test_a_flood_of_words_is_read_in_time(listen: Listener, piece: str) -> None:
    """2,000 characters is more than a minute of speech or two text messages.

    The faster of two readings counts: the collector may run in one, over what other tests left.
    """
    flood = (piece * 2000)[:2000]
    assert min(_cpu_s(listen, flood) for _ in range(2)) < 0.5


def _cpu_s(listen: Listener, text: str) -> float:
    start = time.process_time()
    listen(text)
    return time.process_time() - start


def test_spans_lie_within_the_words() -> None:
    @given(st.lists(st.sampled_from(VOCABULARY), max_size=20).map(" ".join))
    def check(text: str) -> None:
        size, last = len(words(text)), 0
        for run in spoken_digits(text):
            assert last <= run.start < run.end <= size
            assert run.digits.isdigit()
            last = run.end

    check()


def test_names_serve_as_a_vocabulary_for_the_recogniser() -> None:
    assert all(" " not in name for name in COMMON_FIRST_NAMES + COMMON_LAST_NAMES)
