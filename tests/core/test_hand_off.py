"""A warm transfer's table: by rows, and over any order of events that a carrier may think of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.core.hand_off import (
    LEAD_S,
    LEADS_MOST,
    LIMITS_S,
    OF_A_LEG,
    RETURN_TRIES,
    TABLE,
    WAIT_MOST_S,
    WITH_A_LEAD,
    HandOff,
    HandOffAct,
    HandOffEnd,
    HandOffEvent,
    HandOffStage,
    describe,
    feed,
)
from voiceagent.domain.records import CallId

S, E, A, End = HandOffStage, HandOffEvent, HandOffAct, HandOffEnd
ALONE = frozenset({S.PLACING, S.RINGING, S.BRIEFING, S.JOINING, S.RETURNING})
"""Stages in which the caller waits."""

NOW = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)


def new(leads: int = 2) -> HandOff:
    names = tuple(f"lead-{n}" for n in range(leads))
    return HandOff(
        key="room",
        call_id=CallId("call"),
        call_sid="CA1",
        leads=names,
        legs=tuple(f"leg-{n}" for n in range(leads)),
        reason="asked",
        summary="AC is out.",
        call_back="+15551230000",
        due_at=NOW + timedelta(seconds=LIMITS_S[S.PLACING]),
    )


def run(hand_off: HandOff, *events: HandOffEvent) -> tuple[HandOff, list[HandOffAct]]:
    """Events of the attempt under way, each at the moment when the stage would be due."""
    done: list[HandOffAct] = []
    for event in events:
        hand_off, acts = feed(hand_off, event, hand_off.due_at, attempt=hand_off.attempt)
        done += acts
    return hand_off, done


JOINED = (E.HELD, E.ANSWERED, E.PRESSED, E.LEAD_IN)
TAKEN = (A.SEND_CARD, A.JOIN)


@pytest.mark.parametrize(
    ("leads", "events", "stage", "ended", "acts"),
    [
        (2, JOINED, S.JOINED, None, [A.RING, *TAKEN]),
        (2, (*JOINED, E.CALLER_OUT), S.ENDED, End.TRANSFERRED, None),
        (2, (*JOINED, E.CALLER_GONE), S.ENDED, End.TRANSFERRED, None),
        (2, (*JOINED, E.LEG_OVER), S.PARTING, None, [A.RING, *TAKEN]),
        (2, (*JOINED, E.LEG_OVER, E.TIME_UP), S.ENDED, End.TRANSFERRED, None),
        (
            2,
            (E.HELD, E.LEG_OVER, *JOINED[1:]),
            S.JOINED,
            None,
            [A.RING, A.RING, A.SEND_CARD, A.JOIN],
        ),
        (2, (E.HELD, E.UNRUNG), S.RINGING, None, [A.RING, A.RING]),
        (2, (E.HELD, E.ANSWERED, E.MACHINE), S.RINGING, None, [A.RING, A.END_LEG, A.RING]),
        (2, (E.HELD, E.ANSWERED, E.UNPRESSED), S.RINGING, None, [A.RING, A.END_LEG, A.RING]),
        (2, (E.HELD, E.TIME_UP), S.RINGING, None, [A.RING, A.END_LEG, A.RING]),
        (1, (E.HELD, E.ANSWERED, E.LEG_OVER), S.RETURNING, None, [A.RING, A.BRING_BACK]),
        (1, (E.HELD, E.LEG_OVER, E.BACK), S.ENDED, End.RETURNED, None),
        (1, (E.HELD, E.ANSWERED, E.PRESSED, E.LEG_OVER), S.RETURNING, None, None),
        (1, (E.HELD, E.ANSWERED, E.PRESSED, E.TIME_UP), S.RETURNING, None, None),
        (2, (E.HELD, E.CALLER_GONE), S.ENDED, End.CALLER_LEFT, [A.RING, A.END_LEG, A.CLOSE]),
        (2, (E.HELD, E.ANSWERED, E.CALLER_OUT), S.RETURNING, None, [A.RING, A.END_LEG]),
        (2, (E.NOT_HELD,), S.ENDED, End.UNPLACED, [A.CLOSE]),
        (2, (E.TIME_UP,), S.RETURNING, None, [A.BRING_BACK]),
        (
            1,
            (E.TIME_UP, *[E.TIME_UP] * RETURN_TRIES),
            S.ENDED,
            End.LOST,
            [*[A.BRING_BACK] * RETURN_TRIES, A.END_CALLER, A.CLOSE],
        ),
    ],
)
def test_a_way_through_the_table(
    leads: int,
    events: tuple[HandOffEvent, ...],
    stage: HandOffStage,
    ended: HandOffEnd | None,
    acts: list[HandOffAct] | None,
) -> None:
    after, done = run(new(leads), *events)
    assert (after.stage, after.ended) == (stage, ended)
    if acts is not None:
        assert done == acts


def test_the_printed_page_shows_this_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "handoff.md").read_text("utf-8")
    missing = [line for line in describe().splitlines() if line not in page]
    assert not missing, missing


def test_the_limits_of_one_lead_are_the_two_minute_clock() -> None:
    assert LEAD_S == 120
    assert sum(LIMITS_S[stage] for stage in WITH_A_LEAD) == LEAD_S


def test_every_stage_but_the_last_has_a_limit_and_a_way_on_when_it_is_over() -> None:
    assert set(LIMITS_S) == set(S) - {S.ENDED}
    for stage in LIMITS_S:
        assert TABLE[stage, E.TIME_UP] != (stage, (), None), stage
    assert all(TABLE[S.ENDED, event] == (S.ENDED, (), None) for event in E)


def test_a_legs_word_counts_for_its_own_attempt_only_and_no_clock_is_early() -> None:
    ringing, _ = run(new(2), E.HELD, E.LEG_OVER)
    assert ringing.attempt == 1
    for event in OF_A_LEG:
        for attempt in (None, 0):
            assert feed(ringing, event, NOW, attempt=attempt) == (ringing, ())
    assert feed(ringing, E.TIME_UP, ringing.due_at - timedelta(seconds=1)) == (ringing, ())


class World:
    """A carrier that loses, doubles and reorders what it tells, and does what it is asked."""

    def __init__(self, leads: int) -> None:
        self.row = new(leads)
        self.now = NOW
        self.alone_s = 0.0
        self.rung: list[int] = []
        self.in_room: set[int] = set()
        self.sent_for = 0

    def feed(self, event: HandOffEvent, attempt: int | None = None) -> None:
        before = self.row
        self.row, acts = feed(before, event, self.now, attempt=attempt)
        if self.row.stage is S.JOINING and before.stage is not S.JOINING:
            self.in_room.add(self.row.attempt)  # they may be in it from the moment they pressed
        if event is E.LEG_OVER and attempt is not None:
            self.in_room.discard(attempt)
        for act in acts:
            if act is A.END_LEG:
                self.in_room.discard(before.attempt)
            if act is A.RING:
                self.rung.append(self.row.attempt)
            if act is A.BRING_BACK:
                self.sent_for += 1
        assert before.stage is not S.ENDED or not acts
        assert len(self.in_room) <= 1, "two leads in one room"
        if self.row.stage is S.JOINED:
            assert self.in_room <= {self.row.attempt}

    def wait(self, seconds: float) -> None:
        """Time passes; the clock is looked at whenever a stage is due."""
        until = self.now + timedelta(seconds=seconds)
        while self.row.stage is not S.ENDED and self.row.due_at <= until:
            self._pass_to(max(self.row.due_at, self.now))
            self.feed(E.TIME_UP)
        self._pass_to(until)

    def _pass_to(self, moment: datetime) -> None:
        if self.row.stage in ALONE:
            self.alone_s += (moment - self.now).total_seconds()
        self.now = moment


NEWS = st.tuples(
    st.sampled_from([event for event in E if event is not E.TIME_UP]),
    st.one_of(st.none(), st.integers(0, LEADS_MOST - 1)),
    st.sampled_from([0.0, 0.0, 1.0, 11.0, 45.0]),
)


@settings(max_examples=400, deadline=None)
@given(st.integers(1, LEADS_MOST), st.lists(NEWS, max_size=30))
def test_whatever_the_carrier_tells_or_does_not_it_ends_and_nobody_is_left_alone(
    leads: int, news: list[tuple[HandOffEvent, int | None, float]]
) -> None:
    world = World(leads)
    for event, attempt, waited_s in news:
        world.feed(event, attempt)
        world.wait(waited_s)
    assert world.rung == sorted(set(world.rung)), "nobody is rung twice"
    world.wait(WAIT_MOST_S + LIMITS_S[S.JOINED] + LIMITS_S[S.PARTING] + 1)
    assert world.row.stage is S.ENDED
    assert world.row.ended is not None
    assert world.alone_s <= WAIT_MOST_S
    assert world.sent_for <= RETURN_TRIES
    assert len(world.rung) <= leads
