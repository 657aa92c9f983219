"""The wall: what a call does, by what it tells; what has changed; what is over goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.ops.wall import OVER_S, WORDS, Wall
from voiceagent.core.wire import LineEnd, TurnDecider
from voiceagent.domain.records import CallId, Outcome, Speaker, Turn, TurnLatency
from voiceagent.ports.live import (
    Activity,
    BargedIn,
    CallerFinished,
    CallerStarted,
    CallOver,
    Glance,
    HeardSoFar,
    KeyUsed,
    LineClosed,
    LineOpened,
    LiveEvent,
    NothingSaid,
    ReplySounds,
    ToolRan,
    TurnSaid,
    TurnSoFar,
    TurnWritten,
)

NOW = datetime(2025, 8, 29, tzinfo=UTC)
OPENED = LineOpened(resumed=False, from_number="+15551230000")
LATENCY = TurnLatency(200, 100, 50, 0, 60, 10)
OVER = CallOver(Outcome.BOOKED)


def turn(speaker: Speaker, words: str = "one two", index: int = 0) -> TurnWritten:
    return TurnWritten(Turn(CallId("c"), index, speaker, words, words, NOW), None)


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def after(*events: LiveEvent) -> Glance:
    wall = Wall(Time())
    for event in (OPENED, *events):
        wall.take("CA1", event)
    (glance,) = wall.changed(0)
    return glance


@pytest.mark.parametrize(
    ("events", "activity"),
    [
        ((), Activity.CONNECTED),
        ((CallerStarted(),), Activity.CALLER),
        ((CallerStarted(), NothingSaid()), Activity.CONNECTED),
        ((CallerStarted(), CallerFinished(TurnDecider.TURN_MODEL)), Activity.THINKING),
        ((ReplySounds(1, LATENCY, ""),), Activity.AGENT),
        ((ReplySounds(1, None, ""), turn(Speaker.AGENT)), Activity.CONNECTED),
        ((ReplySounds(1, None, ""), BargedIn()), Activity.CALLER),
        ((CallerStarted(), turn(Speaker.AGENT)), Activity.CALLER),
        ((LineClosed(LineEnd.MEDIA_GAP),), Activity.AWAY),
        ((LineClosed(LineEnd.MEDIA_GAP), OPENED), Activity.CONNECTED),
        ((LineClosed(LineEnd.CALLER), OVER), Activity.OVER),
        ((OVER, CallerStarted()), Activity.OVER),
    ],
)
def test_what_a_call_does_is_what_it_told_last(
    events: tuple[LiveEvent, ...], activity: Activity
) -> None:
    assert after(*events).activity is activity


def test_a_glance_says_what_matters_of_a_call() -> None:
    glance = after(
        ReplySounds(1, LATENCY, ""),
        BargedIn(),
        ToolRan("get_pricing_quote", 3.0, "quote.unknown"),
        turn(Speaker.CALLER, "x" * 1000, 6),
        OVER,
    )
    assert (glance.from_number, glance.opened_s) == ("+15551230000", 100.0)
    assert (glance.turns, glance.interruptions, glance.answer_ms) == (7, 1, 420)
    assert (glance.tool, glance.failed, glance.outcome) == ("get_pricing_quote", True, "booked")
    assert glance.words == "x" * WORDS
    assert glance.speaker is Speaker.CALLER


def test_words_on_their_way_are_none_of_its_business() -> None:
    wall = Wall(Time())
    wall.take("CA1", OPENED)
    (before,) = wall.changed(0)
    for event in (TurnSoFar("my"), HeardSoFar(1, "One", "One two."), KeyUsed()):
        wall.take("CA1", event)
    assert wall.changed(before.number) == []


def test_a_call_that_never_had_a_line_is_not_on_it() -> None:
    wall = Wall(Time())
    for event in (CallerStarted(), OVER):
        wall.take("CA1", event)
    assert wall.changed(0) == []


def test_what_is_over_goes_and_what_has_come_back_stays() -> None:
    time, wall = Time(), None
    wall = Wall(time)
    for sid in ("CA1", "CA2"):
        wall.take(sid, OPENED)
        wall.take(sid, OVER)
    wall.take("CA2", OPENED)
    time.now_s += OVER_S
    assert [one.call_sid for one in wall.changed(0)] == ["CA2"]
    assert not wall._over_s


EVENTS: tuple[LiveEvent, ...] = (
    OPENED, CallerStarted(), CallerFinished(TurnDecider.TURN_MODEL), NothingSaid(), BargedIn(),
    ReplySounds(1, LATENCY, ""), TurnSaid(1, "two"), turn(Speaker.CALLER), turn(Speaker.AGENT),
    ToolRan("t", 1.0, ""), LineClosed(LineEnd.CALLER), OVER,
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(["CA1", "CA2", "CA3"]), st.sampled_from(EVENTS), st.booleans())
    )
)
def test_who_reads_the_changes_knows_what_there_is(
    moves: list[tuple[str, LiveEvent, bool]],
) -> None:
    wall, known, newest = Wall(Time()), dict[str, Glance](), 0
    for sid, event, reads in moves:
        wall.take(sid, event)
        if reads:
            known |= {one.call_sid: one for one in wall.changed(newest)}
            newest = max((one.number for one in known.values()), default=0)
            assert known == {one.call_sid: one for one in wall.changed(0)}


def test_a_call_that_nobody_follows_is_on_the_wall_of_its_worker() -> None:
    feed = LiveFeed(monotonic=Time())
    call = feed.of("CA1")
    call.tell(OPENED)
    call.tell(CallerStarted())
    assert not call.followed
    (glance,) = feed.wall.changed(0)
    assert replace(glance, number=0) == Glance(
        "CA1", "+15551230000", 100.0, activity=Activity.CALLER
    )
