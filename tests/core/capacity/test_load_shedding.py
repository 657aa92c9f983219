from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.capacity.load_shedding import (
    OBSERVE_EVERY_S,
    LoadLadder,
    LoadShedding,
    LoadTuning,
    Reading,
)

TUNING = LoadTuning()
CALM = Reading(1.0, 0, 50)
BAD = Reading(200.0, 0, 50)


def run(ladder: LoadLadder, reading: Reading, seconds: float, start_s: float = 0.0) -> float:
    """Show the ladder the same reading for a while; the time afterwards."""
    now_s = start_s
    while now_s < start_s + seconds:
        now_s += OBSERVE_EVERY_S
        ladder.observe(reading, now_s)
    return now_s


def test_a_worker_at_ease_gives_nothing_up() -> None:
    ladder = LoadLadder(100)
    run(ladder, CALM, 600)
    assert (ladder.shedding, ladder.ceiling) == (LoadShedding.NONE, 100)


def test_steps_are_taken_one_at_a_time_in_order() -> None:
    ladder = LoadLadder(100)
    taken = [ladder.observe(BAD, n * OBSERVE_EVERY_S) for n in range(5)]
    assert taken == [
        LoadShedding.MORE_LEAD,
        LoadShedding.COARSE_FEED,
        LoadShedding.NO_TURN_MODEL,
        LoadShedding.NO_NEW_CALLS,
        LoadShedding.NO_NEW_CALLS,
    ]


def test_each_step_has_a_limit_of_its_own() -> None:
    for step, limit in enumerate(TUNING.raise_ms, start=1):
        below, above = LoadLadder(100), LoadLadder(100)
        run(below, Reading(limit - 0.1, 0, 50), 2.0)
        run(above, Reading(limit, 0, 50), 2.0)
        assert (below.shedding, above.shedding) == (step - 1, step)


def test_a_late_frame_is_a_step_whatever_the_lag() -> None:
    ladder = LoadLadder(100)
    assert ladder.observe(Reading(0.0, 1, 50), 0.5) is LoadShedding.MORE_LEAD


def test_late_frames_alone_never_close_the_door() -> None:
    ladder = LoadLadder(100)
    run(ladder, Reading(0.0, 5, 50), 60)
    assert (ladder.shedding, ladder.ceiling) == (LoadShedding.NO_TURN_MODEL, 100)


def test_lateness_that_lasts_closes_the_door_though_no_frame_is_late() -> None:
    """As 300 calls on a core for 150: answers after a second, lag p95 45 ms, no frame late."""
    ladder = LoadLadder(1000)
    now_s = run(ladder, Reading(45.0, 0, 300), 2.0)
    assert (ladder.shedding, ladder.ceiling) == (LoadShedding.NO_TURN_MODEL, 1000)
    run(ladder, Reading(45.0, 0, 300), TUNING.shut_s, now_s)
    assert (ladder.shedding, ladder.ceiling) == (LoadShedding.NO_NEW_CALLS, 270)


def test_lateness_that_comes_and_goes_does_not() -> None:
    ladder = LoadLadder(1000)
    now_s = run(ladder, Reading(45.0, 0, 300), 2.0)
    for _ in range(20):
        now_s = run(ladder, Reading(45.0, 0, 300), TUNING.shut_s - OBSERVE_EVERY_S, now_s)
        now_s = run(ladder, Reading(30.0, 0, 300), OBSERVE_EVERY_S, now_s)
    assert (ladder.shedding, ladder.ceiling) == (LoadShedding.NO_TURN_MODEL, 1000)


def test_a_door_that_lasting_lateness_closed_stays_closed_while_it_lasts() -> None:
    ladder = LoadLadder(1000)
    now_s = run(ladder, Reading(45.0, 0, 300), 10.0)
    for _ in range(120):
        now_s = run(ladder, Reading(45.0, 0, 300), 0.5, now_s)
        assert ladder.shedding is LoadShedding.NO_NEW_CALLS
    run(ladder, Reading(30.0, 0, 300), TUNING.calm_s + 1, now_s)
    assert ladder.shedding is LoadShedding.NO_TURN_MODEL


def test_calls_from_before_do_not_lower_the_ceiling_again() -> None:
    """Until they have left, the core is short whatever the ceiling is."""
    ladder = LoadLadder(1000)
    now_s = 0.0
    for _ in range(10):
        now_s = run(ladder, Reading(160.0, 0, 300), 5.0, now_s)
        now_s = run(ladder, Reading(1.0, 0, 300), TUNING.calm_s + 1, now_s)
    assert ladder.ceiling in range(270, 275)
    now_s = run(ladder, Reading(160.0, 0, ladder.ceiling + 10), 5.0, now_s)
    assert ladder.ceiling in range(270, 275)
    now_s = run(ladder, Reading(1.0, 0, 270), TUNING.calm_s + 1, now_s)
    run(ladder, Reading(160.0, 0, 270), 5.0, now_s)
    assert ladder.ceiling == 243


def test_the_last_step_lowers_the_ceiling_below_what_was_too_much() -> None:
    ladder = LoadLadder(200)
    run(ladder, Reading(160.0, 0, 100), 2.0)
    assert ladder.shedding is LoadShedding.NO_NEW_CALLS
    assert ladder.ceiling <= 90
    assert ladder.ceiling >= 1


def test_calm_gives_back_step_by_step_and_calls_slowly() -> None:
    ladder = LoadLadder(100)
    now_s = run(ladder, BAD, 2.0)
    ceiling = ladder.ceiling
    now_s = run(ladder, CALM, 4 * TUNING.calm_s + 1, now_s)
    assert ladder.shedding is LoadShedding.NONE
    assert ladder.ceiling == ceiling
    run(ladder, CALM, 10 * TUNING.regain_s, now_s)
    assert ladder.ceiling == ceiling + 10


def test_the_first_call_more_is_tried_a_while_after_the_last_step_was_left() -> None:
    ladder = LoadLadder(100)
    now_s = run(ladder, BAD, 2.0)
    ceiling = ladder.ceiling
    now_s = run(ladder, CALM, 4 * TUNING.calm_s + 1, now_s)
    assert ladder.shedding is LoadShedding.NONE
    now_s = run(ladder, CALM, TUNING.regain_s - 3, now_s)
    assert ladder.ceiling == ceiling
    run(ladder, CALM, 4, now_s)
    assert ladder.ceiling == ceiling + 1


def test_between_the_limits_nothing_moves() -> None:
    ladder = LoadLadder(100)
    now_s = 0.0
    for _ in range(2):
        now_s += OBSERVE_EVERY_S
        ladder.observe(Reading(25.0, 0, 50), now_s)
    assert ladder.shedding is LoadShedding.COARSE_FEED
    run(ladder, Reading(15.0, 0, 50), 60, now_s)
    assert ladder.shedding is LoadShedding.COARSE_FEED


@given(st.lists(st.tuples(st.floats(0, 400), st.integers(0, 3), st.integers(0, 100)), max_size=200))
def test_always_a_neighbouring_step_and_a_ceiling_within_bounds(
    readings: list[tuple[float, int, int]],
) -> None:
    ladder = LoadLadder(100)
    before = ladder.shedding
    for n, (lag_ms, late, calls) in enumerate(readings):
        after = ladder.observe(Reading(lag_ms, late, calls), n * OBSERVE_EVERY_S)
        assert abs(after - before) <= 1
        assert 1 <= ladder.ceiling <= 100
        if late:
            assert after >= before
        before = after
