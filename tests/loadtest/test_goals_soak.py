"""The pure parts of long runs: slopes, windows, verdicts, and callers that forget."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loadtest.bench.goals.places import PER_CYCLE, Places, first_leave
from loadtest.bench.goals.soak_record import Idle, Row, SoakRecord, findings
from loadtest.bench.goals.trend import TrendWindows, settled, slope
from loadtest.bench.goals.verdicts import GoalFinding, GoalReport, keep
from loadtest.bench.speech import SpeechCycle
from loadtest.bench.swarm_caller import SpokenTurn, SwarmCaller
from loadtest.simulator.recording import Recording
from tests.support.replaced import replaced

ROW = Row(
    minute=0.5, live=10, begun=1, turns=5, unanswered=0, split=0, dropped=0, frames=1000,
    late_frames=0, late_ticks=0, ticks=1500, v2v_p50=400.0, v2v_p95=410.0, v2v_p99=420.0,
    cores=0.3, taken=0.0, rss_mb=200.0, tasks=230, threads=6, descriptors=27, lag_p50_ms=0.2,
    lag_p99_ms=3.0, lag_worst_ms=9.0, shedding=0, free_slots=990, underruns=0,
)  # fmt: skip
IDLE = Idle(190.0, 4, 6, 17)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], None),
        ([(1.0, 5.0)], None),
        ([(1.0, 5.0), (1.0, 6.0)], None),
        ([(0.0, 1.0), (1.0, 3.0)], 2.0),
        ([(0.0, 7.0), (1.0, 7.0), (5.0, 7.0)], 0.0),
        ([(0.0, 0.0), (1.0, 3.0), (2.0, 0.0)], 0.0),
        ([(20.0, 210.0), (100.0, 250.0), (200.0, 300.0)], 0.5),
    ],
)
def test_slope(points: list[tuple[float, float]], expected: float | None) -> None:
    assert slope(points) == (None if expected is None else pytest.approx(expected))


def test_only_what_came_after_the_warm_part_is_settled() -> None:
    assert settled([(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)], 2.0) == [(2.0, 2.0), (3.0, 3.0)]


def test_windows_keep_percentiles_and_forget_values() -> None:
    windows = TrendWindows(10.0)
    windows.add(0.5, [float(n) for n in range(1, 101)])
    windows.add(9.9, [1.0])
    windows.add(31.0, [7.0])
    assert [(span.began, span.count) for span in windows.done] == [(0.0, 101)]
    assert windows.done[0].percentiles == (50.0, 95.0, 99.0)
    assert windows._values == [7.0]
    windows.close()
    assert [(span.began, span.percentiles) for span in windows.done[1:]] == [
        (30.0, (7.0, 7.0, 7.0))
    ]


@pytest.mark.parametrize(
    ("value", "most", "valid", "verdict"),
    [
        (4.9, 5.0, True, "PASS"),
        (5.0, 5.0, True, "PASS"),
        (5.1, 5.0, True, "MISSED"),
        (None, 5.0, True, "MISSED"),
        (4.9, 5.0, False, "VOID (late)"),
        (4.9, None, True, ""),
    ],
)
def test_verdicts(value: float | None, most: float | None, valid: bool, verdict: str) -> None:
    finding = GoalFinding("G6", "lateness", value, most, valid=valid, why="late")
    assert finding.verdict == verdict
    assert GoalReport("x", (finding,)).missed == (verdict not in {"", "PASS"})


def test_reports_are_kept_in_both_forms(tmp_path: Path) -> None:
    report = GoalReport("wire", (GoalFinding("G6", "lateness p99, ms", 4.25, 5.0),), {"calls": 3})
    keep([report], tmp_path / "new", "goals", "A day.")
    body = json.loads((tmp_path / "new" / "goals.json").read_text())
    assert body["reports"][0]["facts"] == {"calls": 3}
    page = (tmp_path / "new" / "goals.md").read_text()
    assert "| G6 | lateness p99, ms | 4.25 | 5 | PASS |" in page


def test_places_end_their_first_calls_spread_over_a_whole_call() -> None:
    ends = [first_leave(index, 100, 37) for index in range(100)]
    assert (ends[0], ends[-1]) == (0, 36)
    assert max(ends.count(cycle) for cycle in range(37)) == 3


def verdicts(record: SoakRecord, after: Idle = IDLE) -> dict[str, str]:
    return {one.what.split(",")[0]: one.verdict for one in findings(record, IDLE, after)}


def hour(**changed: float) -> SoakRecord:
    rows = [replace(ROW, minute=n * 0.5) for n in range(1, 121)]
    rows[60] = replaced(rows[60], **changed)
    return SoakRecord(rows)


def test_a_flat_hour_passes() -> None:
    assert set(verdicts(hour()).values()) == {"PASS"}


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"dropped": 1}, "calls dropped"),
        ({"unanswered": 1}, "turns unanswered"),
        ({"late_frames": 900}, "late outbound frames"),
        ({"lag_p99_ms": 20.1}, "scheduler lag p99"),
    ],
)
def test_one_bad_sample_is_seen_at_the_end(changed: dict[str, float], what: str) -> None:
    seen = verdicts(hour(**changed))
    assert [name for name, verdict in seen.items() if verdict == "MISSED"] == [what]


def test_growth_is_judged_after_the_warm_part_and_only_when_it_was_long_enough() -> None:
    early = SoakRecord([replace(ROW, minute=n, rss_mb=200.0 + min(n, 10) * 9) for n in range(61)])
    assert verdicts(early)["resident memory after 10 min"] == "PASS"
    late = SoakRecord([replace(ROW, minute=n, rss_mb=200.0 + n / 60 * 5.1) for n in range(61)])
    assert verdicts(late)["resident memory after 10 min"] == "MISSED"
    short = SoakRecord([replace(ROW, minute=n, rss_mb=200.0 + n * 50) for n in range(4)])
    assert verdicts(short)["resident memory after 1 min"] == ""


@pytest.mark.parametrize("name", ["tasks", "threads", "descriptors"])
def test_what_is_left_over_is_missed(name: str) -> None:
    after = replace(IDLE, **{name: getattr(IDLE, name) + 1})
    left = [one for one in findings(hour(), IDLE, after) if one.verdict == "MISSED"]
    assert [one.what.split()[0] for one in left] == [name]


def test_a_place_judges_a_turn_once_and_forgets_what_it_heard() -> None:
    tone = (8000 * np.sin(np.arange(8000) * 0.3)).astype(np.int16)
    line = SpeechCycle.of(Recording.of("tone", tone))
    places = Places(1, [line], media="ws://nowhere", call_s=80.0)
    place, caller = places._places[0], SwarmCaller(1)
    place.caller, place.turn = caller, SpokenTurn(10.0, 11.0)
    caller.heard_s = [9.0, 11.4, 11.44]
    places._judge(place, caller)
    places._judge(place, caller)
    tally = places.take()
    assert tally.v2v_ms == [400.0]
    assert (tally.unanswered, tally.split) == (0, 0)
    assert caller.heard_s == [11.4, 11.44]
    assert places.take().v2v_ms == []
    place.turn = SpokenTurn(20.0, 21.0)
    places._judge(place, caller)
    assert places.take().unanswered == 1


def test_a_call_that_the_server_ends_is_dropped_and_not_judged() -> None:
    tone = (8000 * np.sin(np.arange(8000) * 0.3)).astype(np.int16)
    places = Places(
        1, [SpeechCycle.of(Recording.of("tone", tone))], media="ws://nowhere", call_s=80.0
    )
    place, caller = places._places[0], SwarmCaller(1)
    place.caller, caller.gone = caller, True
    caller.playout.frames = 7
    for tick in range(PER_CYCLE // 2):
        places._step(0, place, tick)
    tally = places.take()
    assert (tally.dropped, tally.frames, tally.unanswered) == (1, 7, 0)
    assert places.live == 0
