"""What answers look like, kind by kind, and what is proposed for words that are nearly one."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.alike import ALIKE, MOST, alike, nearest
from pipelines.offline.answers import AnswerShapes
from pipelines.offline.fusion import (
    AGREED_IN_MEANING,
    GUESSED,
    Candidate,
    Own,
    decide,
    guesses,
    own_words,
)
from pipelines.offline.plain_speech import as_spoken
from pipelines.offline.shapes import AnswerShape, Fit
from pipelines.offline.verdict import Ear
from pipelines.offline.whisper.hypothesis import Hypotheses, Hypothesis
from voiceagent.dialogue.case_file import is_unsure
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OfferedWindows, OpenQuestion
from voiceagent.domain.records import Window
from voiceagent.language.en_us.emails import hear_email, say_email
from voiceagent.language.en_us.lexicon import vocabulary
from voiceagent.language.en_us.numbers import say_digits
from voiceagent.language.en_us.times import ChoiceKind, choose_window, say_window

E = Expecting
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=ZoneInfo("America/New_York"))


def window(hours: int, length: int = 2) -> Window:
    start = NOW.replace(minute=0) + timedelta(hours=hours)
    return Window(start, start + timedelta(hours=length))


TONIGHT_OR_TOMORROW = OfferedWindows((window(1), window(12)), NOW)


@pytest.fixture(scope="module")
def shapes(business: Business) -> AnswerShapes:
    return AnswerShapes(business)


@pytest.mark.parametrize(
    ("asked", "one", "other", "same"),
    [
        (E.YES_NO, "no gas no smoke no carbon monoxide",
         "no no gas no smoke no carbon monoxide", True),
        (E.YES_NO, "yes please go ahead", "yes that's fine please go ahead", True),
        (E.YES_NO, "no", "yes", False),
        (E.YES_NO, "no gas", "no gas no smoke", False),  # one of them rules danger out
        (E.YES_NO, "no", "no i smell gas", False),
        (E.YES_NO, "hm", "well", False),
        (E.PHONE, "my number is five five five one two three zero zero zero zero",
         "it's five five five one two three double zero double zero", True),
        (E.PHONE, "five five five one two three zero zero zero zero",
         "five five five one two three zero zero oh nine", False),
        (E.PHONE, "five five five", "five five five", False),
        (E.NAME_AND_PHONE, "miller five five five one two three zero zero zero zero",
         "mueller five five five one two three zero zero zero zero", False),
        (E.CODE, "one two three four five six", "it is one two three four five six", True),
        (E.ADDRESS, "one twenty three oak street", "one two three oak street", True),
        (E.ADDRESS, "one twenty three oak street", "one twenty three oak street apartment four",
         False),
        (E.ADDRESS, "one twenty three oak street", "one thirty three oak street", False),
        (E.TIME, "tonight nine till eleven", "tonight nine to eleven", True),
        (E.TIME, "the first one", "tonight", True),
        (E.TIME, "tonight", "tomorrow", False),
        (E.EMAIL, "sarah dot miller at gmail dot com", "um sarah dot miller at gmail dot com",
         True),
        (E.EMAIL, "sarah at gmail dot com", "sara at gmail dot com", False),
        (E.NAME, "sarah miller", "sarah miller", False),
        (E.ANYTHING, "no", "no", False),
    ],
)  # fmt: skip
def test_two_texts_are_the_same_answer_where_the_dialogue_reads_the_same(
    asked: Expecting, one: str, other: str, same: bool, shapes: AnswerShapes
) -> None:
    shape = shapes.of(OpenQuestion(asked, TONIGHT_OR_TOMORROW if asked is E.TIME else None))
    read = {shape.reads(one), shape.reads(other)}
    assert (len(read) == 1 and "" not in read) is same
    own = Own(one, -1.2, 0.0)
    found = [Candidate(one, -8.0, -8.0), Candidate(other, -8.1, -8.0)]
    verdict = decide(own, other, found, shape)
    if one != other:
        assert (verdict.confidence is not None and verdict.confidence >= AGREED_IN_MEANING) is same


@pytest.mark.parametrize(
    ("words", "other", "doubted"),
    [
        ("no", "no lee hill", True),
        ("no", "a little", True),
        ("no", "the", False),
        ("no", "maybe", True),
        ("no", "yes", True),
        ("no", "i smell gas", True),
        ("no", "we're out", False),
        ("no", "", False),
        ("no gas no smoke", "no gas no smoke no carbon monoxide", False),
        ("no gas no smoke", "there is gas and smoke", True),
        ("yes", "no", False),
        ("hm", "yes", False),
    ],
)
def test_one_ear_alone_rules_out_no_danger_that_the_other_may_have_heard_of(
    words: str, other: str, doubted: bool, shapes: AnswerShapes
) -> None:
    shape = shapes.of(OpenQuestion(E.YES_NO))
    assert shape.doubts(words, other) is doubted
    found = [Candidate(words, -1.0, -8.0), Candidate(other, -40.0, -8.0)]
    confidence = decide(Own(words, -0.1, 0.0), other, found, shape).confidence
    assert confidence is not None
    assert is_unsure(confidence) is doubted


@pytest.mark.parametrize(
    ("asked", "words", "fit"),
    [
        (E.ADDRESS, "four five four two nine", Fit.WHOLE),
        (E.ADDRESS, "oh one nine oh two", Fit.WHOLE),
        (E.ADDRESS, "double four five double two", Fit.WHOLE),
        (E.ADDRESS, "the zip code is four five four two nine", Fit.WHOLE),
        (E.ADDRESS, "my zip is four five four two", Fit.PART),
        (E.ADDRESS, "zip four five four two nine nine", Fit.PART),
        (E.ADDRESS, "four five four two nine nine", Fit.PART),
        (E.ADDRESS, "one twenty three", Fit.OTHER),
        (E.ADDRESS, "one twenty three oak street", Fit.WHOLE),
        (E.ADDRESS, "one twenty three oak", Fit.WHOLE),
        (E.ADDRESS, "one twenty three oak avenue", Fit.OTHER),
        (E.ADDRESS, "one twenty three nobody street", Fit.OTHER),
        (E.ADDRESS, "i don't know", Fit.OTHER),
        (E.NAME, "m as in mary i l l e r", Fit.OTHER),
        (E.NAME, "n as in mary i l l e r", Fit.PART),
        (E.NAME_AND_PHONE, "sarah five five five one two three oh oh oh oh", Fit.WHOLE),
        (E.NAME_AND_PHONE, "n as in mary five five five one two three oh oh oh oh", Fit.PART),
        (E.EMAIL, "sarah dot miller at gmail dot com", Fit.WHOLE),
        (E.EMAIL, "sarah miller gmail dot com", Fit.PART),
        (E.EMAIL, "i have no email", Fit.OTHER),
        (E.TIME, "the first one", Fit.WHOLE),
        (E.TIME, "the later one", Fit.WHOLE),
        (E.TIME, "tomorrow morning", Fit.WHOLE),
        (E.TIME, "nine to eleven", Fit.WHOLE),
        (E.TIME, "what does it cost", Fit.OTHER),
        (E.CODE, "eight three oh five seven four", Fit.WHOLE),
        (E.CODE, "eight three oh five seven", Fit.PART),
        (E.NOTES, "four five four two nine", Fit.OTHER),
    ],
)
def test_how_words_fit_a_question(
    shapes: AnswerShapes, asked: Expecting, words: str, fit: Fit
) -> None:
    assert shapes.of(OpenQuestion(asked)).fit(words) is fit


@pytest.mark.parametrize(
    ("words", "fit"),
    [
        ("the first one", Fit.WHOLE),
        ("the later one", Fit.WHOLE),
        ("tonight nine to eleven", Fit.WHOLE),
        ("tomorrow morning works", Fit.WHOLE),
        ("eight to ten", Fit.WHOLE),
        ("next tuesday", Fit.OTHER),
        ("the third one", Fit.OTHER),
        ("neither", Fit.OTHER),
        ("yes please", Fit.OTHER),
    ],
)
def test_only_what_was_offered_is_an_offer(shapes: AnswerShapes, words: str, fit: Fit) -> None:
    assert shapes.of(OpenQuestion(E.TIME, TONIGHT_OR_TOMORROW)).fit(words) is fit


@pytest.mark.parametrize(
    ("asked", "words", "proposed"),
    [
        (E.ADDRESS, "one twenty three oke street", "one twenty three oak street"),
        (E.ADDRESS, "one twenty three oke straight", "one twenty three oak street"),
        (E.TIME, "the force one", "the first one"),
        (E.TIME, "the ladder one", "the later one"),
        (E.EMAIL, "sarah miller gmail dot com", "sarah miller at gmail dot com"),
        (E.EMAIL, "sarah add gmail dot com", "sarah at gmail dot com"),
    ],
)
def test_what_words_may_be_a_mishearing_of(
    shapes: AnswerShapes, asked: Expecting, words: str, proposed: str
) -> None:
    assert proposed in shapes.of(OpenQuestion(asked, TONIGHT_OR_TOMORROW)).near(words)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (E.ADDRESS, "i would rather not say"),
        (E.ADDRESS, "four five four two"),
        (E.ADDRESS, "one twenty three oak street"),
        (E.TIME, "how much is it"),
        (E.TIME, "the first one"),
        (E.PHONE, "five five five one two three oh oh oh"),
        (E.CODE, "eight three oh five seven"),
        (E.EMAIL, "i don't have one"),
        (E.NAME, "sarah millar"),
    ],
)
def test_nothing_is_proposed_for_what_is_no_such_answer(
    shapes: AnswerShapes, asked: Expecting, words: str
) -> None:
    assert shapes.of(OpenQuestion(asked, TONIGHT_OR_TOMORROW)).near(words) == ()


HEARD_WORDS = sorted(
    vocabulary("""
    oak street four five two oh double zip the first later one at dot gmail com m as in mary
    tomorrow nine to eleven no
""")
)
SAID = st.lists(st.sampled_from(HEARD_WORDS), max_size=9).map(" ".join)


@given(SAID, st.sampled_from(list(E)))
def test_what_is_proposed_is_of_the_shape_and_few(
    shapes: AnswerShapes, words: str, asked: Expecting
) -> None:
    for offered in (None, TONIGHT_OR_TOMORROW):
        shape = shapes.of(OpenQuestion(asked, offered))
        proposed = shape.near(words)
        assert len(proposed) <= MOST
        assert words not in proposed
        assert all(shape.fit(text) is Fit.WHOLE for text in proposed)
        if shape.fit(words) is Fit.WHOLE:
            assert proposed == ()


@given(st.text("0123456789", min_size=1, max_size=11), st.sampled_from(("", "the zip code is ")))
def test_a_zip_code_has_five_digits_or_nine(shapes: AnswerShapes, digits: str, before: str) -> None:
    whole = shapes.of(OpenQuestion(E.ADDRESS)).fit(before + say_digits(digits)) is Fit.WHOLE
    assert whole == (len(digits) in (5, 9))


@given(st.sets(st.integers(1, 60), min_size=1, max_size=3), st.data())
def test_an_offer_is_chosen_by_its_place_and_by_its_words(
    shapes: AnswerShapes, hours: set[int], data: st.DataObject
) -> None:
    offered = OfferedWindows(tuple(window(3 * one) for one in sorted(hours)), NOW)
    shape = shapes.of(OpenQuestion(E.TIME, offered))
    at = data.draw(st.integers(0, len(hours) - 1))
    assert shape.fit(f"the {('first', 'second', 'third')[at]} one") is Fit.WHOLE
    said = say_window(offered.windows[at], NOW).lower().replace(",", "")
    chosen = choose_window(said, offered.windows, NOW).kind is ChoiceKind.CHOSEN
    assert (shape.fit(said) is Fit.WHOLE) == chosen


EMAILS = ("sarah.miller@gmail.com", "j_doe42@yahoo.com", "info@cool-care.co.uk", "m.b@aol.com")


@pytest.mark.parametrize("email", EMAILS)
def test_a_written_email_is_heard_with_all_its_signs(shapes: AnswerShapes, email: str) -> None:
    for written in (email, f"My email is {email.title()}.", say_email(email)):
        words = as_spoken(written, E.EMAIL)
        assert hear_email(words) == email
        assert shapes.of(OpenQuestion(E.EMAIL)).fit(words) is Fit.WHOLE


def heard(*texts: tuple[str, float]) -> Hypotheses:
    found = (Hypothesis(text, tuple(range(8)), score) for text, score in texts)
    return Hypotheses(tuple(found), 0.0)


@pytest.mark.parametrize(
    ("asked", "hypotheses", "words"),
    [
        (E.ADDRESS, heard(("4542", -0.3), ("45429", -0.4)), "four five four two"),
        (E.ADDRESS, heard(("454299", -0.3), ("45429", -0.4)), "four five four two nine"),
        (E.ADDRESS, heard(("123 Oke Street", -0.3), ("123 Oak Street", -0.4)), "oak"),
        (E.ADDRESS, heard(("123 Oke Street", -0.3), ("123 Oak Street", -0.9)), "oke"),
        (E.TIME, heard(("The force one", -0.3), ("The first one", -0.4)), "the first one"),
        (E.TIME, heard(("What time is it", -0.3), ("The first one", -0.9)), "what time is it"),
    ],
)
def test_a_legal_answer_goes_before_one_that_is_little_likelier(
    shapes: AnswerShapes, asked: Expecting, hypotheses: Hypotheses, words: str
) -> None:
    own = own_words(hypotheses, asked, shapes.of(OpenQuestion(asked, TONIGHT_OR_TOMORROW)))
    assert own is not None
    assert words in own.words


@pytest.mark.parametrize(
    ("likely", "text", "by"),
    [(-3.0, "the first one", Ear.MIXED), (-20.0, "the force one", Ear.WHISPER)],
)
def test_what_neither_heard_is_taken_only_where_it_is_likely_and_then_asked_back(
    shapes: AnswerShapes, likely: float, text: str, by: Ear
) -> None:
    shape: AnswerShape = shapes.of(OpenQuestion(E.TIME, TONIGHT_OR_TOMORROW))
    own = Own("the force one", -0.2, 0.0)
    found = [
        Candidate(own.words, -2.0, -12.0),
        *guesses(["the first one"], [likely], lambda _: -8.0),
    ]
    verdict = decide(own, own.words, found, shape)
    assert (verdict.text, verdict.by == by or verdict.by is Ear.BOTH) == (text, True)
    assert is_unsure(verdict.confidence) == (text == "the first one")
    assert (verdict.confidence or 0.0) <= GUESSED or text == own.words


@given(st.text("abcdefghijklmnopqrstuvwxyz ", max_size=20), st.text("abcdefgh ", max_size=20))
def test_likeness_is_a_share_and_whole_for_the_same(one: str, other: str) -> None:
    assert 0.0 <= alike(one, other) <= 1.0
    assert alike(one, one) == 1.0 or not one.strip()
    assert all(alike(one, text) >= ALIKE for text in nearest(one, [other]))
