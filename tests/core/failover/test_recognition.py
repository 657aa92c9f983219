"""A caller's turn over a chain of recognisers: its words once, in time, whoever has them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.failover.noted import Noted
from voiceagent.core.breaker import BreakerLimits, BreakerState
from voiceagent.core.failover.chain import (
    ChainKind,
    FailoverReason,
    ProviderChain,
    ProviderFailure,
)
from voiceagent.core.failover.recognition import (
    TABLE,
    Act,
    AskRecogniser,
    CallHearing,
    FinishTurn,
    HearingAct,
    HearingDeadlines,
    HearingEvent,
    HearingState,
    TellWords,
)

WORDS = "my air conditioner stopped cooling"
LIMITS = BreakerLimits(failures=1)
DEADLINES = HearingDeadlines()
FAILED = ProviderFailure(FailoverReason.FAILED)


def test_every_event_of_an_owed_turn_has_its_row_and_tells_at_most_once() -> None:
    for event in HearingEvent:
        if event not in {HearingEvent.FINISHED, HearingEvent.QUIET}:
            assert (HearingState.OWED, event) in TABLE
    telling = {HearingAct.TELL, HearingAct.TELL_BEST}
    for (state, _), (then, act) in TABLE.items():
        assert (act in telling) == (state is HearingState.OWED and then is HearingState.RESTING)
    assert {state for state, event in TABLE if event is HearingEvent.STARTED} == set(HearingState)


class How(StrEnum):
    """What a recogniser does with a turn."""

    WELL = "well"
    AFTERWARDS = "fails before the end"
    FAILS = "fails at the end"
    EMPTY = "empty"
    CUT = "cut"
    NEVER = "never"
    LATE = "late"
    TWICE = "tells it twice"


@dataclass(frozen=True)
class Told:
    """What a simulated turn came to."""

    texts: tuple[TellWords, ...]
    after_s: float
    asked: tuple[int, ...]


ANSWERS: dict[How, tuple[tuple[float, str], ...]] = {
    How.WELL: ((0.3, "words"),),
    How.TWICE: ((0.3, "words"), (0.4, "words")),
    How.FAILS: ((0.1, "fail"),),
    How.EMPTY: ((0.3, "empty"),),
    How.CUT: ((0.3, "cut"),),
    How.LATE: ((3.0, "words"),),
}
"""Seconds after the turn, or after being asked when that is later, and what comes then."""


class Simulated:
    """A turn over recognisers that do as they are told."""

    def __init__(self, hearing: CallHearing, hows: tuple[How, ...]) -> None:
        self.hearing, self.hows = hearing, hows
        self.due: list[tuple[float, int, int, str]] = []
        self.asked: list[int] = []
        self.texts: list[TellWords] = []

    def later(self, at_s: float, place: int, what: str) -> None:
        heapq.heappush(self.due, (at_s, len(self.due), place, what))

    def do(self, acts: list[Act], now_s: float) -> None:
        for act in acts:
            match act:
                case AskRecogniser(place):
                    self.asked.append(place)
                    if self.hows[place] is How.AFTERWARDS:
                        self.later(now_s + 0.5, place, "fail")
                    elif self.hearing.state is HearingState.OWED:
                        self.finish(place, now_s)
                case FinishTurn(place):
                    self.finish(place, now_s)
                case TellWords():
                    self.texts.append(act)

    def finish(self, place: int, now_s: float) -> None:
        for wait_s, what in ANSWERS.get(self.hows[place], ()):
            self.later(now_s + wait_s, place, what)

    def next(self) -> float:
        """One thing happens; when."""
        now_s, _, place, what = heapq.heappop(self.due)
        self.do(happens(self.hearing, what, place, now_s), now_s)
        return now_s

    def run(self, began_s: float) -> Told:
        over_s = now_s = began_s + 2.0
        self.do(self.hearing.started(began_s), began_s)
        self.later(over_s, -1, "finished")
        while not self.texts:
            tick_s = self.hearing.due_s
            if self.due and (tick_s is None or self.due[0][0] < tick_s):
                now_s = self.next()
            elif tick_s is not None:
                now_s = tick_s
                self.do(self.hearing.tick(now_s), now_s)
        while self.due:  # what comes too late changes nothing
            self.next()
        return Told(tuple(self.texts), now_s - over_s, tuple(self.asked))


def simulate(hearing: CallHearing, hows: tuple[How, ...], *, began_s: float = 0.0) -> Told:
    return Simulated(hearing, hows).run(began_s)


def happens(hearing: CallHearing, what: str, place: int, now_s: float) -> list[Act]:
    match what:
        case "finished":
            return hearing.finished(now_s)
        case "fail":
            return hearing.failed(place, FAILED, now_s)
        case "words":
            return hearing.told(place, WORDS, now_s)
        case "cut":
            return hearing.told(place, "my air", now_s, cut=True)
        case _:
            return hearing.told(place, "", now_s)


def hearing_of(count: int) -> CallHearing:
    names = tuple(f"p{number}" for number in range(count))
    return CallHearing(ProviderChain(ChainKind.STT, names, Noted(), LIMITS), DEADLINES)


GOOD = {How.WELL, How.TWICE}


@given(st.lists(st.sampled_from(How), min_size=1, max_size=4))
def test_words_are_told_once_and_never_lost_while_somebody_is_well(hows: list[How]) -> None:
    told = simulate(hearing_of(len(hows)), tuple(hows))
    assert len(told.texts) == 1
    assert len(set(told.asked)) == len(told.asked)
    (words,) = told.texts
    if GOOD & set(hows):
        assert words == TellWords(WORDS)
        ahead = next(place for place, how in enumerate(hows) if how in GOOD)
        assert told.after_s <= ahead * DEADLINES.late_s + 0.3 + 1e-9
    elif How.LATE in hows:
        assert words == TellWords(WORDS)
    else:
        assert words.lost == (not words.text and How.EMPTY not in hows)
        assert words.text in {"", "my air"}
    assert told.after_s <= DEADLINES.out_s + 1e-9


@pytest.mark.parametrize(("first", "second"), list(product(How, How)))
def test_who_is_down_is_found_out_once(first: How, second: How) -> None:
    hearing = hearing_of(2)
    simulate(hearing, (first, second))
    told = simulate(hearing, (first, second), began_s=4.0)
    if first not in GOOD and second in GOOD:
        assert told.after_s == pytest.approx(0.3)
        assert told.asked == (1,)
        assert hearing.chain.state(0) is BreakerState.OPEN


def test_an_empty_answer_is_believed_when_nobody_hears_words() -> None:
    hearing = hearing_of(2)
    told = simulate(hearing, (How.EMPTY, How.EMPTY))
    assert told.texts == (TellWords("", lost=False),)
    assert hearing.chain.state(0) is BreakerState.CLOSED


def test_a_trial_costs_no_caller_anything_and_brings_the_first_back() -> None:
    hearing = hearing_of(2)
    simulate(hearing, (How.FAILS, How.WELL))
    failing = simulate(hearing, (How.NEVER, How.WELL), began_s=8.0)
    assert failing.asked == (1, 0)
    assert failing.after_s == pytest.approx(0.3)
    assert simulate(hearing, (How.NEVER, How.WELL), began_s=12.0).asked == (1,)
    assert simulate(hearing, (How.LATE, How.WELL), began_s=40.0).asked == (1, 0)
    assert simulate(hearing, (How.WELL, How.WELL), began_s=50.0).asked == (1,)
    assert simulate(hearing, (How.WELL, How.WELL), began_s=90.0).asked == (1, 0)
    assert simulate(hearing, (How.WELL, How.WELL), began_s=99.0).asked == (0,)


def test_who_tells_nothing_new_within_a_long_turn_is_joined_by_the_next() -> None:
    hearing = hearing_of(2)
    hearing.streams = (0,)
    assert hearing.started(0.0) == [AskRecogniser(0)]
    assert hearing.so_far(0, "my air", 1.0)
    assert hearing.tick(3.4) == []
    assert hearing.tick(3.5) == [AskRecogniser(1)]
    assert hearing.tick(9.9) == []
    assert hearing.finished(10.0) == [FinishTurn(0), FinishTurn(1)]
    assert hearing.told(0, WORDS, 10.1) == [TellWords(WORDS)]
    assert hearing.told(1, WORDS, 10.2) == []


def test_who_begins_again_within_a_turn_is_joined_and_may_still_have_the_words() -> None:
    hearing = hearing_of(2)
    assert hearing.shaken(0, 0.0) == []
    hearing.started(0.0)
    assert hearing.shaken(0, 1.0) == [AskRecogniser(1)]
    assert hearing.shaken(0, 1.5) == []
    assert hearing.shaken(1, 1.6) == []
    assert hearing.finished(2.0) == [FinishTurn(0), FinishTurn(1)]
    assert hearing.told(0, WORDS, 2.1) == [TellWords(WORDS)]
    assert hearing.chain.state(0) is BreakerState.CLOSED


def test_final_words_before_the_end_of_the_turn_are_words_so_far() -> None:
    hearing = hearing_of(1)
    hearing.started(0.0)
    assert hearing.told(0, "my air", 1.0) == []
    assert hearing.finished(2.0) == [FinishTurn(0)]
    assert hearing.told(0, WORDS, 2.3) == [TellWords(WORDS)]


def test_words_of_who_does_not_serve_are_not_told_as_words_so_far() -> None:
    hearing = hearing_of(2)
    hearing.started(0.0)
    hearing.failed(0, FAILED, 0.5)
    assert not hearing.so_far(0, "my", 0.6)
    assert hearing.so_far(1, "my", 0.7)


def test_a_failover_between_turns_or_of_another_call_is_told_when_it_is_noticed() -> None:
    hearing = hearing_of(2)
    watch = Noted()
    hearing.chain = ProviderChain(ChainKind.STT, ("p0", "p1"), watch, LIMITS)
    hearing.failed(0, ProviderFailure(FailoverReason.BUSY, 60.0), 0.0)
    for began_s in (1.0, 10.0):
        simulate(hearing, (How.WELL, How.WELL), began_s=began_s)
    assert [(one.failed, one.to, one.reason) for one in watch.failovers] == [
        ("p0", "p1", FailoverReason.BUSY)
    ]
