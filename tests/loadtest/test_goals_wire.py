"""Lateness from arrival times, and the number of calls that fills a core."""

from __future__ import annotations

import pytest

from loadtest.bench.goals.lateness import Arrival, lateness, margins_s, replies
from loadtest.bench.goals.punctual import busy_calls
from loadtest.bench.goals.runs import KeptPlayout

LEAD, PIECE = 0.2, 0.04


def steady(
    count: int = 40, *, at_s: float = 100.0, late_s: dict[int, float] | None = None
) -> list[Arrival]:
    """A reply that fills the lead at once and then sends a piece whenever one was played."""
    late = late_s or {}
    reply = [(at_s, LEAD)]
    for n in range(count):
        due_s = at_s + (n + 1) * PIECE + late.get(n, 0.0)
        reply.append((max(due_s, reply[-1][0]), PIECE))
    return reply


def test_a_steady_reply_is_never_late() -> None:
    found = lateness(steady())
    assert found is not None
    assert max(found.against_median_ms) == pytest.approx(0.0, abs=1e-6)
    assert max(found.against_punctual_ms) == pytest.approx(0.0, abs=1e-6)
    assert found.underruns == 0
    assert found.least_margin_ms == pytest.approx((LEAD - PIECE) * 1000)


@pytest.mark.parametrize(
    ("late_s", "worst_ms", "underruns"),
    [
        ({20: 0.007}, 7.0, 0),
        ({20: 0.007, 30: 0.012}, 12.0, 0),
        ({20: LEAD - PIECE + 0.001}, 161.0, 1),
        ({2: 0.03}, 0.0, 0),  # the lead is still being filled
        ({20: -0.01}, 0.0, 0),  # early is not late
    ],
)
def test_lateness_is_what_is_missing_from_the_steady_margin(
    late_s: dict[int, float], worst_ms: float, underruns: int
) -> None:
    found = lateness(steady(late_s=late_s))
    assert found is not None
    assert max(found.against_median_ms) == pytest.approx(worst_ms, abs=1e-6)
    assert found.underruns == underruns


def test_a_reply_that_is_often_late_shows_against_its_punctual_messages() -> None:
    found = lateness(steady(late_s={n: 0.01 for n in range(40) if n % 4}))
    assert found is not None
    assert max(found.against_median_ms) == pytest.approx(0.0, abs=1e-6)
    assert max(found.against_punctual_ms) == pytest.approx(10.0, abs=1e-6)


def test_after_an_underrun_the_schedule_begins_anew() -> None:
    margins = margins_s([(0.0, 0.04), (0.05, 0.04), (0.09, 0.04)])
    assert margins == pytest.approx([0.0, -0.01, 0.0])


def test_replies_are_cut_where_the_buffer_had_been_dry() -> None:
    both = [*steady(at_s=100.0), *steady(at_s=105.0)]
    assert [len(reply) for reply in replies(both)] == [41, 41]
    assert len(replies(steady(late_s={20: LEAD + 0.3}))) == 1, "a gap inside a reply is no end"
    assert replies([]) == []


def test_a_short_reply_says_nothing() -> None:
    assert lateness(steady(10)) is None
    assert lateness([]) is None


@pytest.mark.parametrize(
    ("points", "calls"),
    [
        ([(40.0, 0.2), (120.0, 0.6)], 160),
        ([(40.0, 0.24), (120.0, 0.64)], 152),
        ([(40.0, 0.3), (120.0, 0.9)], 106),
        ([(40.0, 0.3), (120.0, 0.3)], 120),
    ],
)
def test_the_calls_that_fill_the_core(points: list[tuple[float, float]], calls: int) -> None:
    assert busy_calls(points) == pytest.approx(calls, abs=1)


def test_a_kept_playout_still_counts() -> None:
    playout = KeptPlayout()
    playout.receive(10.0 * 8000, b"x" * 320)
    playout.receive(10.1 * 8000, b"x" * 320)
    assert playout.arrivals == [(10.0, 0.04), (10.1, 0.04)]
    assert (playout.frames, playout.late_frames) == (4, 1)
