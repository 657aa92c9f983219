"""Whose words a turn has, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.comparison import MOST, Comparison
from pipelines.offline.fusion import (
    BRIEF_S,
    DOUBTFUL,
    GUESSED,
    Candidate,
    Own,
    candidates,
    decide,
    doubted,
    own_words,
)
from pipelines.offline.shapes import DIGITS, AnswerShape, AnyShape, Fit, NumberShape
from pipelines.offline.verdict import Ear, HearingVerdict
from pipelines.offline.whisper.hypothesis import Hypotheses, Hypothesis
from pipelines.offline.whisper.loops import without_loops
from voiceagent.domain.expecting import Expecting

E = Expecting
TEN = "five five five one two three zero zero zero zero"
NINE = "five five five one two three zero zero zero"


def shape(asked: Expecting) -> AnswerShape:
    counts = DIGITS.get(asked)
    return AnyShape() if counts is None else NumberShape(counts)


def heard(*texts: tuple[str, float], no_speech: float = 0.0) -> Hypotheses:
    found = (Hypothesis(text, tuple(range(8)), score) for text, score in texts)
    return Hypotheses(tuple(found), no_speech)


def words_of(own: Own | None) -> str:
    return own.words if own is not None else ""


@pytest.mark.parametrize(
    ("hypotheses", "asked", "words"),
    [
        (heard(("Yes. Yes. Yes. Yes.", -0.4)), E.YES_NO, "yes"),
        (heard(("5, 5, 5, 1, 2, 3, 0, 0, 0", -0.3), ("555-123-0000", -0.6)), E.PHONE, TEN),
        (heard(("5, 5, 5, 1, 2, 3, 0, 0, 0", -0.3), ("555-123-0000", -3.0)), E.PHONE, NINE),
        (heard(("I don't have it", -0.3), ("555-123-0000", -3.0)), E.PHONE, "i don't have it"),
        (heard(("5, 1, 2, 3, 0, 0, 0, 0", -0.2), ("123-0000", -0.2)), E.PHONE, f"five {TEN[15:]}"),
        (heard(("Thank you.", -1.2), no_speech=0.9), E.ANYTHING, ""),
        (heard(("Go ahead.", -1.2), no_speech=0.9), E.ANYTHING, ""),
        (heard(("Go ahead.", -0.3), no_speech=0.9), E.ANYTHING, "go ahead"),
        (heard(("Zv mhm ch.", -2.5)), E.NAME, ""),
        (heard(("No, no, no.", -1.2)), E.YES_NO, ""),
        (heard(("No, no, no.", -1.2)), E.ANYTHING, "no"),
        (heard(("9, 9, 9, 9, 9", -0.8)), E.PHONE, ""),
        (heard(("555-123-0000", -0.7)), E.PHONE, TEN),
        (heard(("6, 6, 6, 6, 6, 6, 6", -0.7)), E.PHONE, ""),
        (heard(("[BLANK_AUDIO]", -0.2)), E.CODE, ""),
        (heard(), E.ANYTHING, ""),
    ],
)
def test_what_whisper_stands_for(hypotheses: Hypotheses, asked: Expecting, words: str) -> None:
    assert words_of(own_words(hypotheses, asked, shape(asked))) == words


@pytest.mark.parametrize(
    ("written", "beside", "kept"),
    [
        ("Thank you.", "ed bennett", False),
        ("Thank you.", "thank you", True),
        ("Thank you so much.", "", False),
        ("Thank you, goodbye.", "", True),
        ("Okay.", "", True),
    ],
)
def test_thanks_are_believed_when_both_hear_them(written: str, beside: str, *, kept: bool) -> None:
    assert (own_words(heard((written, -0.3)), E.ANYTHING, AnyShape(), beside) is not None) == kept


@pytest.mark.parametrize(
    ("score", "no_speech", "asked", "brief", "long"),
    [
        (-0.3, 0.9, E.YES_NO, True, True),
        (-0.7, 0.9, E.YES_NO, False, True),
        (-0.8, 0.0, E.YES_NO, False, True),
        (-1.1, 0.0, E.YES_NO, False, False),
        (-0.95, 0.9, E.ANYTHING, False, False),
    ],
)
def test_a_brief_sound_has_to_be_heard_better(
    score: float, no_speech: float, asked: Expecting, *, brief: bool, long: bool
) -> None:
    found = heard(("Yes.", score), no_speech=no_speech)
    assert (own_words(found, asked, shape(asked), "", BRIEF_S - 0.1) is not None) == brief
    assert (own_words(found, asked, shape(asked), "", BRIEF_S + 0.1) is not None) == long


def test_a_number_of_no_legal_length_is_unsure() -> None:
    found = between(NINE, f"nine {NINE[5:]}", 9.0)
    verdict = decide(Own(NINE, -0.01, 0.0), "nine", found, shape(E.PHONE))
    assert verdict.text == NINE
    assert verdict.confidence is not None
    assert verdict.confidence <= DOUBTFUL


@pytest.mark.parametrize(
    ("ours", "kept"), [(NINE, True), ("five one two three zero zero zero zero", False)]
)
def test_no_legal_number_is_made_by_leaving_digits_out(ours: str, *, kept: bool) -> None:
    local = "one two three zero zero zero zero"
    found = [Candidate(ours, 0.0, 0.0), Candidate(local, -3.0, 0.0)]
    assert (decide(Own(ours, -0.3, 0.0), local, found, shape(E.PHONE)).text == ours) is kept


@pytest.mark.parametrize("before", [0.97, 0.5, 0.2, None])
def test_words_of_which_some_were_left_out_are_asked_back(before: float | None) -> None:
    after = doubted(HearingVerdict("one two", before, Ear.WHISPER)).confidence
    assert after == (None if before is None else min(before, GUESSED))


OWN = Own("i need an appointment", -0.3, 0.0)


def between(ours: str, theirs: str, *margins: float, likely: str = "") -> list[Candidate]:
    """Texts between two, of which Whisper finds ours likelier by `margins` at each difference.

    The business's callers say `likely`, and everything else a hundred times as seldom.
    """
    both = Comparison.of(ours, theirs)
    heard = [0.0, *(-one for one in margins), -sum(margins)][: len(both.texts)]
    return candidates(both, heard, lambda text: 0.0 if text == likely else -4.6)


@pytest.mark.parametrize(
    ("own", "words", "margins", "asked", "text", "by"),
    [
        (OWN, OWN.words, (), E.ANYTHING, OWN.words, Ear.BOTH),
        (OWN, "", (), E.ANYTHING, OWN.words, Ear.WHISPER),
        (OWN, "i need no appointment", (2.0,), E.NAME, "i need no appointment", Ear.POCKETSPHINX),
        (OWN, "i need no appointment", (9.0,), E.NAME, OWN.words, Ear.WHISPER),
        (OWN, "we need no date", (9.0, 2.0), E.NAME, "i need no date", Ear.MIXED),
        (None, "no olivia pham", (), E.YES_NO, "", Ear.NONE),
        (Own(TEN, -0.3, 0.0), NINE, (-1.0,), E.PHONE, TEN, Ear.WHISPER),
        (Own(NINE, -0.3, 0.0), TEN, (7.0,), E.PHONE, TEN, Ear.POCKETSPHINX),
        (Own(NINE, -0.3, 0.0), TEN, (19.0,), E.PHONE, NINE, Ear.WHISPER),
    ],
)
def test_who_is_right(
    own: Own | None, words: str, margins: Sequence[float], asked: Expecting, text: str, by: Ear
) -> None:
    likely = text if by is not Ear.WHISPER else ""
    found = between(own.words, words, *margins, likely=likely) if own and margins else []
    verdict = decide(own, words, found, shape(asked))
    assert (verdict.text, verdict.by) == (text, by)
    assert HearingVerdict.read(verdict.written()) == verdict


@given(st.floats(-20.0, 20.0), st.floats(-3.0, 0.0))
def test_confidence_is_a_probability_and_most_where_both_agree(margin: float, score: float) -> None:
    own = Own("maple avenue", score, 0.0)
    found = between(own.words, "apple avenue", margin)
    sure = decide(own, "apple avenue", found, AnyShape()).confidence
    agreed = decide(own, own.words, (), AnyShape()).confidence
    assert sure is not None
    assert agreed is not None
    assert 0.0 <= sure <= agreed <= 1.0


WORDS = st.lists(st.sampled_from(("oak", "street", "five", "two", "no")), max_size=8).map(" ".join)


@given(WORDS, WORDS)
def test_all_differences_taken_make_the_other_text(ours: str, theirs: str) -> None:
    both = Comparison.of(ours, theirs)
    assert both.with_theirs(()) == ours
    assert both.with_theirs(both.differences) == theirs
    assert len(both.differences) <= MOST
    assert {ours, theirs} <= set(both.texts)
    assert len(both.texts) == len(set(both.texts)) <= MOST + 2
    assert (not both.differences) == (ours == theirs)


@pytest.mark.parametrize(
    ("words", "asked", "expected"),
    [
        (TEN, E.PHONE, Fit.WHOLE),
        ("my number is triple five one two three double zero double zero", E.PHONE, Fit.WHOLE),
        (NINE, E.PHONE, Fit.PART),
        (f"one {TEN}", E.PHONE, Fit.WHOLE),
        (f"five {TEN}", E.PHONE, Fit.PART),
        ("four seven one nine two six", E.CODE, Fit.WHOLE),
        ("four seven one nine two six", E.PHONE, Fit.PART),
        ("the last four are two two seven nine", E.PHONE, Fit.OTHER),
        ("i don't remember", E.CODE, Fit.OTHER),
        (TEN, E.ANYTHING, Fit.OTHER),
    ],
)
def test_what_answers_look_like(words: str, asked: Expecting, expected: Fit) -> None:
    assert shape(asked).fit(words) is expected


LOOPS = [
    ("operator operator operator", "operator"),
    ("yes that's right yes that's right yes that", "yes that's right"),
    ("hi do you have the operator do you have the operator", "hi do you have the operator"),
    ("no there is no smell of gas there is no smell", "no there is no smell of gas"),
    ("i smell gas gas gas gas", "i smell gas"),
    ("no no gas no smoke", "no no gas no smoke"),
    ("zero zero zero zero", "zero zero zero zero"),
    (f"{NINE} {NINE}", NINE),
    ("five five five five five five", "five five five five five five"),
    ("oh five five", "oh five five"),
    ("okay bye bye", "okay bye bye"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), LOOPS)
def test_what_a_model_repeats_was_said_once(written: str, said: str) -> None:
    assert " ".join(without_loops(written.split())) == said


@given(st.lists(st.sampled_from(("gas", "leak", "five", "the", "unit")), max_size=12))
def test_nothing_is_added_and_the_beginning_stays(words: list[str]) -> None:
    kept = without_loops(words)
    assert words[: len(kept)] == kept
    assert bool(kept) == bool(words)
