from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.domain.outcomes import (
    PRECEDENCE,
    UNDONE_BY,
    Evidence,
    JobChange,
    decide,
    strongest,
)
from voiceagent.domain.records import JobId, Outcome

MINE, OLD = JobId("mine"), JobId("old")
BOOKED, MOVED, GONE = Outcome.BOOKED, Outcome.RESCHEDULED, Outcome.CANCELLED
DOINGS = (BOOKED, MOVED, GONE)

FACTS = st.one_of(
    st.builds(Evidence.of, st.sampled_from(Outcome)),
    st.builds(
        lambda job, what: Evidence(changes=frozenset({JobChange(job, what)})),
        st.sampled_from((MINE, OLD)),
        st.sampled_from(DOINGS),
    ),
    st.just(Evidence(broken=True)),
)


def joined(facts: list[Evidence]) -> Evidence:
    return Evidence() if not facts else facts[0] | joined(facts[1:])


def rank(outcome: Outcome) -> int:
    return -PRECEDENCE.index(outcome)


def done(*changes: tuple[JobId, Outcome]) -> Evidence:
    return Evidence(changes=frozenset(JobChange(job, what) for job, what in changes))


def test_every_outcome_has_one_place() -> None:
    assert sorted(PRECEDENCE) == sorted(Outcome)


def test_what_undoes_is_not_undone_and_weighs_less() -> None:
    for done_before, undoing in UNDONE_BY.items():
        assert undoing not in UNDONE_BY
        assert rank(undoing) < rank(done_before)


@given(st.lists(FACTS, max_size=8), st.randoms())
def test_the_order_and_the_number_of_witnesses_do_not_matter(
    facts: list[Evidence], random: Random
) -> None:
    shuffled = [*facts, *facts]
    random.shuffle(shuffled)
    assert decide(joined(shuffled)) is decide(joined(facts))


@given(st.lists(FACTS, max_size=8), FACTS)
def test_more_evidence_never_makes_less_of_a_call_unless_it_takes_something_back(
    facts: list[Evidence], more: Evidence
) -> None:
    before, after = joined(facts), joined([*facts, more])
    takes_back = any(change.what in UNDONE_BY.values() for change in more.changes)
    if not takes_back:
        assert rank(decide(after)) >= rank(decide(before))


@given(st.lists(FACTS, max_size=8))
def test_the_outcome_is_something_that_happened_or_how_it_ended(facts: list[Evidence]) -> None:
    evidence = joined(facts)
    happened = {*evidence.noted, *(change.what for change in evidence.changes)}
    assert decide(evidence) in {*happened, Outcome.FAILED, Outcome.ABANDONED}
    if strongest(evidence) is None:
        assert decide(evidence) is (Outcome.FAILED if evidence.broken else Outcome.ABANDONED)


@given(st.lists(FACTS, max_size=8))
def test_a_job_that_was_cancelled_is_not_what_the_call_is_remembered_for(
    facts: list[Evidence],
) -> None:
    evidence = joined(facts) | done((MINE, GONE))
    without = Evidence(
        frozenset(c for c in evidence.changes if c.job_id != MINE or c.what is GONE),
        evidence.noted,
        evidence.broken,
    )
    assert decide(evidence) is decide(without)


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        (done((MINE, BOOKED)), BOOKED),
        (done((MINE, BOOKED), (MINE, GONE)), GONE),
        (done((MINE, BOOKED), (MINE, MOVED)), BOOKED),
        (done((OLD, MOVED), (OLD, GONE)), GONE),
        (done((OLD, GONE), (MINE, BOOKED)), BOOKED),
        (done((MINE, BOOKED), (MINE, GONE), (OLD, MOVED)), MOVED),
        (done((MINE, BOOKED)) | Evidence.of(Outcome.TRANSFERRED), BOOKED),
        (done((MINE, BOOKED), (MINE, GONE)) | Evidence.of(Outcome.QUOTED), GONE),
        (done((MINE, BOOKED)) | Evidence.of(Outcome.EMERGENCY), Outcome.EMERGENCY),
        (Evidence.of(Outcome.QUOTED, Outcome.REFUSED), Outcome.QUOTED),
        (Evidence.of(Outcome.ANSWERED, Outcome.ABANDONED), Outcome.ANSWERED),
        (Evidence.of(Outcome.ANSWERED, broken=True), Outcome.ANSWERED),
        (Evidence.of(Outcome.ABANDONED, broken=True), Outcome.FAILED),
        (Evidence(), Outcome.ABANDONED),
    ],
)
def test_the_cases_that_made_the_rule(evidence: Evidence, outcome: Outcome) -> None:
    assert decide(evidence) is outcome


def test_every_subset_has_exactly_the_outcome_of_its_weightiest() -> None:
    for size in range(len(Outcome) + 1):
        for noted in itertools.combinations(Outcome, size):
            for broken in (False, True):
                end = Outcome.FAILED if broken else Outcome.ABANDONED
                weightiest = max((*noted, end), key=rank)
                assert decide(Evidence.of(*noted, broken=broken)) is weightiest
