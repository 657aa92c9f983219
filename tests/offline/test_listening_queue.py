"""Who is listened to next, and who would be heard too late."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.listening_queue import (
    AHEAD_MOST,
    BEHIND_S,
    CostOfListening,
    ListeningJob,
    ListeningQueue,
    Purpose,
)

AHEAD, FINAL = Purpose.AHEAD, Purpose.FINAL


def job(stream: int, purpose: Purpose, seconds: float = 2.0) -> ListeningJob:
    return ListeningJob(stream, purpose, int(seconds * 8000), seconds)


def test_turns_that_have_ended_go_before_guesses() -> None:
    queue = ListeningQueue()
    for one in (job(1, AHEAD), job(2, AHEAD), job(3, FINAL)):
        assert queue.put(one)
    order = [queue.next() for _ in range(3)]
    assert [one.stream for one in order if one is not None] == [3, 1, 2]
    assert queue.next() is None


def test_guesses_are_few() -> None:
    queue = ListeningQueue()
    taken = [queue.put(job(stream, AHEAD)) for stream in range(5)]
    assert taken == [stream < AHEAD_MOST for stream in range(5)]


def test_a_new_guess_about_a_turn_takes_the_place_of_the_old_one() -> None:
    queue = ListeningQueue()
    assert queue.put(job(1, AHEAD, 1.0))
    assert queue.put(job(1, AHEAD, 2.0))
    assert [one.seconds for one in queue.waiting] == [2.0]


def test_what_would_be_too_late_is_not_begun() -> None:
    queue = ListeningQueue(CostOfListening(a_piece_s=0.3, a_second=0.0))
    taken = [queue.put(job(stream, FINAL)) for stream in range(6)]
    assert taken == [True, True, True, False, False, False]
    assert queue.wait_s <= BEHIND_S


def test_a_guess_that_runs_becomes_final_when_the_turn_ends() -> None:
    queue = ListeningQueue()
    queue.put(job(1, AHEAD))
    running = queue.next()
    assert running is not None
    assert queue.finish(1)
    assert running.purpose is FINAL
    assert not queue.finish(2)


def test_a_guess_that_waits_goes_before_others_when_its_turn_ends() -> None:
    queue = ListeningQueue()
    queue.put(job(1, AHEAD))
    queue.put(job(2, AHEAD))
    assert queue.finish(2)
    first = queue.next()
    assert first is not None
    assert first.stream == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(Purpose), st.floats(0.1, 12.0)), max_size=40
    ),
    st.floats(0.02, 0.6),
)
def test_whatever_comes_nobody_waits_beyond_the_limit(
    asked: list[tuple[int, Purpose, float]], cost_s: float
) -> None:
    queue = ListeningQueue(CostOfListening(a_piece_s=cost_s))
    for stream, purpose, seconds in asked:
        queue.put(job(stream, purpose, seconds))
        assert queue.wait_s <= BEHIND_S
        assert len({one.stream for one in queue.waiting}) == len(queue.waiting)


@given(st.lists(st.floats(0.01, 3.0), min_size=30, max_size=60), st.floats(0.05, 0.8))
def test_cost_is_learned(noise: list[float], true_s: float) -> None:
    cost = CostOfListening()
    for _ in noise:
        cost.took(job(1, FINAL), true_s)
    assert abs(cost.of(job(1, FINAL)) - true_s) < 0.2 * true_s
