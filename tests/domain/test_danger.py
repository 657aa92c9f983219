"""What callers say about danger: a labelled table, and what no denial may survive.

The 58 sentences that are marked as held out were written after the rule. Before anything was mended
for them: 0 of 22 dangers dismissed (3 asked again), 2 of 36 harmless ones warned about, 10 of 12
denials understood at once.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rooms import coolcare, hotel
from voiceagent.domain.safety import Judgement, hear_danger

CASES = tomllib.loads(Path(__file__).with_name("danger.toml").read_text("utf-8"))["case"]
SENTENCES = [
    (case.get("business", "coolcare"), case["when"], case["want"], said)
    for case in CASES
    for said in case["say"]
]
BUSINESSES = {"coolcare": coolcare, "hotel": hotel}
FALSE_ALARMS = 0.03
"""Share of the harmless sentences that may be warned about."""


def _judge(business: str, when: str, said: str) -> Judgement:
    return hear_danger(said, BUSINESSES[business](), asked=when == "answer").judgement


def test_there_are_enough_sentences() -> None:
    said = [sentence for *_, sentence in SENTENCES]
    assert len(said) >= 250
    assert not [s for s, n in Counter(SENTENCES).items() if n > 1]


@pytest.mark.parametrize(
    ("business", "when", "said"), [(b, w, s) for b, w, want, s in SENTENCES if want == "danger"]
)
def test_no_danger_is_dismissed(business: str, when: str, said: str) -> None:
    judged = _judge(business, when, said)
    assert judged is not Judgement.CLEAR_DENIAL
    assert judged is Judgement.DANGER or when == "answer"


@pytest.mark.parametrize(
    ("business", "when", "said"),
    [(b, w, s) for b, w, want, s in SENTENCES if want in {"unclear", "none"}],
)
def test_nothing_is_dismissed_on_a_guess(business: str, when: str, said: str) -> None:
    assert _judge(business, when, said) is not Judgement.CLEAR_DENIAL


def test_false_alarms_are_few() -> None:
    harmless = [(b, w, s) for b, w, want, s in SENTENCES if want != "danger"]
    alarms = [s for b, w, s in harmless if _judge(b, w, s) is Judgement.DANGER]
    assert len(alarms) <= FALSE_ALARMS * len(harmless), alarms


def test_clear_denials_are_understood_at_once() -> None:
    denials = [(b, w, s) for b, w, want, s in SENTENCES if want == "denial"]
    missed = [s for b, w, s in denials if _judge(b, w, s) is not Judgement.CLEAR_DENIAL]
    assert len(missed) <= 0.1 * len(denials), missed


def test_dangers_in_answers_are_mostly_warned_about_at_once() -> None:
    dangers = [(b, w, s) for b, w, want, s in SENTENCES if want == "danger" and w == "answer"]
    missed = [s for b, w, s in dangers if _judge(b, w, s) is not Judgement.DANGER]
    assert len(missed) <= 0.1 * len(dangers), missed


DENIALS = [s for b, w, want, s in SENTENCES if want == "denial" and w == "answer"]
DANGERS = [s for b, w, want, s in SENTENCES if want == "danger" and b == "coolcare"]
HEDGES = (
    "maybe", "probably", "i guess", "not sure", "i'm not sure", "i think", "sort of", "kind of",
    "hopefully", "as far as i know", "for now", "not anymore", "at least not yet", "i don't know",
    "but i can't tell", "but my wife does", "except downstairs", "though it's odd", "or is there",
    "don't hang up", "can you not hear me", "what do you mean", "why do you ask", "mostly",
    "barely", "hardly", "usually", "unless you count the basement",
)  # fmt: skip


SENTENCE_ENDS = (". ", ", but ", " but ")
GLUES = (*SENTENCE_ENDS, ", ", " and ", " ")
MERELY_YES = {"yes", "yeah", "I think so", "yes but only when it kicks on", "yes there is"}
"""Against a denial in the same turn: asked again."""


@pytest.mark.thorough
def test_no_danger_after_any_denial_is_dismissed() -> None:
    known = {d: hear_danger(d, coolcare(), asked=True).is_danger for d in DANGERS}
    dismissed, missed = [], []
    business = coolcare()
    for denial, glue, danger in itertools.product(DENIALS, GLUES, DANGERS):
        said = f"{denial}{glue}{danger}"
        judged = hear_danger(said, business, asked=True).judgement
        if judged is Judgement.CLEAR_DENIAL:
            dismissed.append(said)
        elif judged is Judgement.UNCLEAR and glue in SENTENCE_ENDS and known[danger]:
            missed.append(said) if danger not in MERELY_YES else None
    assert not dismissed
    assert not missed


@pytest.mark.parametrize("denial", DENIALS)
def test_no_denial_is_a_danger(denial: str) -> None:
    assert not hear_danger(denial, coolcare(), asked=True).is_danger


@pytest.mark.parametrize(
    "denial", ["no", "no nothing", "no, nothing", "nothing", "none of that, nothing"]
)
@pytest.mark.parametrize("report", ["like gas", "like rotten eggs", "of smoke", "funny", "bad"])
def test_nothing_and_a_report_without_a_subject_are_two_sentences(denial: str, report: str) -> None:
    judged = hear_danger(f"{denial} smells {report}", coolcare(), asked=True).judgement
    assert judged is not Judgement.CLEAR_DENIAL


@pytest.mark.parametrize(
    "said",
    [
        "no i need the gas leak fixed",
        "no we need the gas leak fixed",
        "no it's leaking gas again, i had it fixed",
        "no ma'am, the detector reads 70",
        "i am at the detector and it says 70",
        "i'm looking at the monitor, it shows 120",
    ],
)
def test_a_no_before_a_statement_does_not_reach_into_it(said: str) -> None:
    assert hear_danger(said, coolcare(), asked=True).is_danger


@pytest.mark.parametrize(
    "said",
    [
        "no gas no smoke, kind of a rotten egg smell",
        "no smoke and no gas, not gas, smoke",
        "no weird smells. not gas, smoke",
        "no, my name is Tom Baker yes",
    ],
)
def test_a_danger_named_at_the_end_of_a_denial_is_not_part_of_it(said: str) -> None:
    assert hear_danger(said, coolcare(), asked=True).judgement is not Judgement.CLEAR_DENIAL


@given(
    st.sampled_from(DENIALS), st.sampled_from(HEDGES), st.booleans(), st.sampled_from([", ", " "])
)
def test_a_hedge_makes_a_denial_unclear(denial: str, hedge: str, first: bool, glue: str) -> None:
    said = f"{hedge}{glue}{denial}" if first else f"{denial}{glue}{hedge}"
    assert hear_danger(said, coolcare(), asked=True).judgement is not Judgement.CLEAR_DENIAL


WHOLE = (
    "no smells", "no smell", "no odors", "no weird smells", "no strange or funny smells", "nothing",
    "none", "not a thing", "not a single thing", "i don't smell anything",
    "we don't notice a thing", "there's nothing", "there is no smell", "not a sign",
    "not a single whiff", "i smell nothing",
)  # fmt: skip
WHOLLY = (
    "at all", "whatsoever", "of any kind", "of any sort", "at all of any kind", "in the least",
)  # fmt: skip
QUANTIFIED = (
    "nothing of the sort", "nothing of the kind", "nothing of that nature", "no such thing",
    "none of the above", "none of it", "none of those things", "no to all of those",
    "no to all three", "no to that", "not in the least", "not in the slightest", "not one of those",
    "not a single one", "not one bit", "not the slightest whiff", "nothing along those lines",
    "absolutely none", "nothing out of the ordinary", "no sign of anything", "no smell of anything",
    "no trace of anything of the sort", "not a hint of anything", "no evidence of any of that",
    "no smells or anything of the sort", "no gas or anything of the kind", "not by any means",
)  # fmt: skip
ONE_THING = (
    "no gas", "no smoke", "no alarm", "no smell of gas", "i don't smell gas", "i don't see smoke",
    "i don't see anything", "not a whiff of gas", "no sign of smoke", "not one sign of smoke",
    "not a single smell of gas", "no fumes", "i don't hear anything", "not a hint of propane",
)  # fmt: skip


def test_a_denial_of_the_whole_is_a_no_in_any_quantifiers() -> None:
    quantified = (*QUANTIFIED, *(f"{w} {h}" for w, h in itertools.product(WHOLE, WHOLLY)))
    said = [first + one for first in ("", "no, ", "um, ") for one in quantified]
    business = coolcare()
    denied = Judgement.CLEAR_DENIAL
    assert not [s for s in said if hear_danger(s, business, asked=True).judgement is not denied]


@pytest.mark.parametrize("named", ONE_THING)
def test_a_quantifier_denies_no_more_than_it_stands_with(named: str) -> None:
    for said in (named, *(f"{named} {wholly}" for wholly in WHOLLY)):
        assert hear_danger(said, coolcare(), asked=True).judgement is Judgement.UNCLEAR, said


@pytest.mark.thorough
@given(
    st.sampled_from([*QUANTIFIED, *(f"{w} of any kind" for w in WHOLE)]),
    st.sampled_from(GLUES), st.sampled_from([*DANGERS, *HEDGES]),
)  # fmt: skip
@settings(max_examples=1000)
def test_a_quantifier_covers_nothing_that_is_said_after_it(
    denial: str, glue: str, said: str
) -> None:
    judged = hear_danger(f"{denial}{glue}{said}", coolcare(), asked=True).judgement
    assert judged is not Judgement.CLEAR_DENIAL


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    hear_danger(text, coolcare(), asked=True)
