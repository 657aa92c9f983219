from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.audio.g711 import mulaw_decode, mulaw_encode
from voiceagent.core.audio.jitter import CONCEAL_MS, HELD_MOST, HOLD_S, RESYNC_AFTER, Jitter

FRAME = 160


def frame(number: int, size: int = FRAME) -> np.ndarray:
    return np.full(size, number, dtype=np.int16)


def taken(jitter: Jitter, now_s: float) -> np.ndarray:
    pieces = [piece.samples for piece in jitter.take(now_s)]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int16)


def push(jitter: Jitter, number: int, now_s: float, **known: int | None) -> None:
    stamps = {"timestamp_ms": 20 * number, "chunk": number + 1, **known}
    jitter.push(frame(number + 1), now_s=now_s, **stamps)


def test_in_order_means_no_delay() -> None:
    jitter = Jitter()
    for number in range(5):
        push(jitter, number, now_s=number * 0.02)
        assert taken(jitter, number * 0.02).tolist() == frame(number + 1).tolist()


def test_a_swapped_pair_is_put_right() -> None:
    jitter = Jitter()
    for number in (0, 2, 1, 3):
        push(jitter, number, now_s=0.1)
    assert taken(jitter, 0.1)[::FRAME].tolist() == [1, 2, 3, 4]
    assert jitter.counts.concealed == 0
    assert jitter.counts.reordered_packets == 1


def test_a_lost_packet_is_waited_for_and_then_filled() -> None:
    jitter = Jitter()
    push(jitter, 0, now_s=0.0)
    push(jitter, 2, now_s=0.04)
    assert taken(jitter, 0.05).size == FRAME
    late = taken(jitter, 0.04 + HOLD_S)
    assert late.size == 2 * FRAME
    assert late[-1] == 3
    assert jitter.counts.concealed == FRAME


def test_a_duplicate_and_a_latecomer_change_nothing() -> None:
    jitter = Jitter()
    for number in (0, 1, 1, 0, 2):
        push(jitter, number, now_s=0.0)
    assert taken(jitter, 0.0)[::FRAME].tolist() == [1, 2, 3]
    assert jitter.counts.late_packets == 2


def test_a_long_hole_is_filled_only_so_far() -> None:
    jitter = Jitter()
    push(jitter, 0, now_s=0.0)
    push(jitter, 1, now_s=60.0, timestamp_ms=60_000, chunk=2)
    assert taken(jitter, 60.0).size == 2 * FRAME + CONCEAL_MS * 8


def test_a_restarted_counter_does_not_silence_the_caller() -> None:
    jitter = Jitter()
    push(jitter, 10_000, now_s=0.0)
    taken(jitter, 0.0)
    for number in range(RESYNC_AFTER + 5):
        push(jitter, number, now_s=1.0)
    assert taken(jitter, 1.0).size == 6 * FRAME
    assert jitter.counts.resyncs == 1


def test_timestamps_alone_and_nothing_at_all_will_do() -> None:
    jitter = Jitter()
    for number in (0, 1, 3, 2):
        push(jitter, number, now_s=0.0, chunk=None)
    assert taken(jitter, 0.0)[::FRAME].tolist() == [1, 2, 3, 4]
    bare = Jitter()
    for number in range(3):
        push(bare, number, now_s=0.0, chunk=None, timestamp_ms=None)
    assert taken(bare, 0.0)[::FRAME].tolist() == [1, 2, 3]


def test_nobody_reading_costs_the_oldest_sound_and_is_counted() -> None:
    jitter = Jitter()
    for number in range(600):
        push(jitter, number, now_s=number * 0.02)
    kept = taken(jitter, 12.0)
    assert kept.size == 80_000
    assert kept[-1] == 600
    assert jitter.counts.dropped == 600 * FRAME - 80_000


@pytest.mark.parametrize(("off_ms", "filled"), [(15, 0), (-15, 0), (16, 16 * 8)])
def test_a_stamp_may_be_rounded_and_no_more(off_ms: int, filled: int) -> None:
    """By a timestamp alone; what is further off is a hole, of the length it says."""
    jitter = Jitter()
    push(jitter, 0, now_s=0.0, chunk=None)
    push(jitter, 1, now_s=0.0, chunk=None, timestamp_ms=20 + off_ms)
    assert taken(jitter, HOLD_S).size == 2 * FRAME + filled
    assert (jitter.counts.concealed, jitter.counts.late_packets) == (filled, 0)


def test_more_than_so_many_packets_are_not_kept_waiting_for_one() -> None:
    jitter = Jitter()
    push(jitter, 0, now_s=0.0)
    taken(jitter, 0.0)
    for number in range(2, HELD_MOST + 2):
        push(jitter, number, now_s=0.0)
    assert taken(jitter, 0.0).size == 0
    push(jitter, HELD_MOST + 2, now_s=0.0)
    assert taken(jitter, 0.0).size == (HELD_MOST + 2) * FRAME
    assert not jitter.waiting


def test_what_waited_when_a_counter_was_restarted_is_counted_as_lost() -> None:
    jitter = Jitter()
    push(jitter, 10_000, now_s=0.0)
    push(jitter, 10_002, now_s=0.0)
    for number in range(RESYNC_AFTER):
        push(jitter, number, now_s=0.0)
    assert jitter.counts.resyncs == 1
    assert jitter.counts.late == RESYNC_AFTER * FRAME


def test_packets_on_the_short_cut_end_a_run_of_late_ones() -> None:
    """Late ones among good ones never are a counter that was restarted."""
    jitter = Jitter()
    push(jitter, 1000, now_s=0.0)
    taken(jitter, 0.0)
    for number in range(1001, 1001 + 2 * RESYNC_AFTER):
        assert jitter.accept_in_order(b"a" * FRAME, timestamp_ms=20 * number, chunk=number + 1)
        push(jitter, 3, now_s=0.0)
    assert jitter.counts.resyncs == 0
    assert jitter.counts.late_packets == 2 * RESYNC_AFTER


def test_a_packet_without_a_stamp_takes_its_time_all_the_same() -> None:
    jitter = Jitter()
    push(jitter, 0, now_s=0.0)
    push(jitter, 1, now_s=0.0, timestamp_ms=None)
    push(jitter, 2, now_s=0.0)
    assert taken(jitter, 0.0).size == 3 * FRAME
    assert jitter.counts.concealed == 0


def test_a_hole_fades_out_of_the_last_sound_into_silence() -> None:
    jitter = Jitter()
    jitter.push(np.full(FRAME, 1000, dtype=np.int16), timestamp_ms=0, chunk=1, now_s=0.0)
    jitter.push(np.full(FRAME, 1000, dtype=np.int16), timestamp_ms=60, chunk=4, now_s=0.0)
    hole = taken(jitter, HOLD_S)[FRAME:-FRAME]
    assert hole.size == 2 * FRAME
    assert hole[0] == 1000
    assert np.all(np.diff(hole[:FRAME].astype(int)) <= 0)
    assert not hole[FRAME - 1 :].any()


@given(
    order=st.permutations(range(12)),
    lost=st.sets(st.integers(1, 11), max_size=4),
    sizes=st.lists(st.integers(1, 60), min_size=12, max_size=12),
    twice=st.booleans(),
)
def test_any_order_and_length_keeps_order_and_time(
    order: list[int], lost: set[int], sizes: list[int], twice: bool
) -> None:
    """Everything that arrives within the hold is in its place; holes keep their length."""
    stamps = np.concatenate(([0], np.cumsum(sizes)))
    jitter = Jitter()
    first = np.full(sizes[0] * 8, 1, dtype=np.int16)
    jitter.push(first, timestamp_ms=0, chunk=1, now_s=0.0)
    for number in order:
        if number == 0 or number in lost:
            continue
        for _ in range(1 + twice):
            jitter.push(
                np.full(sizes[number] * 8, number + 1, dtype=np.int16),
                timestamp_ms=int(stamps[number]),
                chunk=number + 1,
                now_s=0.01,
            )
    stream = taken(jitter, 1.0)
    newest = max(number for number in range(12) if number not in lost)
    for number in range(newest + 1):
        hole = sum(sizes[i] for i in lost if i < newest)
        if number not in lost:
            assert np.count_nonzero(stream == number + 1) >= sizes[number] * 8
    assert stream.size <= stamps[newest + 1] * 8
    short = [i for i in lost if i < newest and sizes[i] <= 15]
    if hole <= CONCEAL_MS and not short:
        assert stream.size == stamps[newest + 1] * 8


@given(
    packets=st.lists(
        st.tuples(st.integers(-3, 3), st.integers(0, 3), st.sampled_from((0, 40, 160, 200))),
        max_size=60,
    ),
    stamped=st.booleans(),
)
def test_the_short_cut_leaves_everything_as_the_long_way_does(
    packets: list[tuple[int, int, int]], *, stamped: bool
) -> None:
    long_way, short_cut = Jitter(), Jitter()
    expected, got = [], []
    chunk, now_s = 0, 0.0
    for number, (skip, wait, size) in enumerate(packets):
        chunk = max(0, chunk + 1 + (skip if skip > 1 or skip < -1 else 0))
        now_s += wait * 0.02
        mulaw = bytes((number * 7 + at) % 256 for at in range(size))
        stamps = {"timestamp_ms": chunk * 20 if stamped else None, "chunk": chunk}
        long_way.push(mulaw_decode(mulaw), now_s=now_s, **stamps)
        expected += taken(long_way, now_s).tolist()
        if short_cut.accept_in_order(mulaw, **stamps):
            got += mulaw_decode(mulaw).tolist()
        else:
            short_cut.push(mulaw_decode(mulaw), now_s=now_s, **stamps)
            got += taken(short_cut, now_s).tolist()
        assert short_cut.counts == long_way.counts
    assert got == expected


def test_a_good_line_takes_the_short_cut() -> None:
    jitter = Jitter()
    push(jitter, 0, now_s=0.0)
    assert not jitter.accept_in_order(b"a" * 160, timestamp_ms=20, chunk=2), (
        "the first is not taken yet"
    )
    taken(jitter, 0.0)
    for number in range(1, 5):
        assert jitter.accept_in_order(b"a" * 160, timestamp_ms=20 * number, chunk=number + 1)
    assert not jitter.accept_in_order(b"a" * 160, timestamp_ms=120, chunk=7)
    assert mulaw_encode(mulaw_decode(b"a")) == b"a"
