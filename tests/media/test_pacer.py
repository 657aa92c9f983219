from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.rig import Carrier, tone
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.audio.samples import pcm_to_bytes
from voiceagent.core.clock import ManualClock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.wire import Played
from voiceagent.media.pacer import TICK_S, Pacer

LEAD = Tuning().lead_ms * 8
LEAST, MOST = LEAD - 160, LEAD + 560


def setup() -> tuple[ManualClock, Carrier, Pacer]:
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    carrier = Carrier(clock)
    return clock, carrier, Pacer(carrier, Tuning())


def run(clock: ManualClock, carrier: Carrier, pacer: Pacer, seconds: float) -> list[Played]:
    progress: list[Played] = []
    for _ in range(round(seconds * 100)):
        clock.advance(0.01)
        pending = len(carrier.queue)
        carrier.drain(80)
        if pending and not carrier.queue and pacer.waiting:
            carrier.gaps += 1
        pacer.pump(clock.monotonic())
    return progress


def test_the_lead_is_kept_and_no_more() -> None:
    clock, carrier, pacer = setup()
    pacer.say(1, tone(3.0))
    pacer.pump(0.0)
    assert LEAD <= carrier.sent() <= MOST
    levels = []
    for _ in range(200):
        clock.advance(0.01)
        carrier.drain(80)
        levels.append(carrier.sent() - carrier.played)
        assert levels[-1] >= LEAST
        pacer.pump(clock.monotonic())
        levels.append(carrier.sent() - carrier.played)
        assert levels[-1] <= MOST
    assert 170 * 8 <= np.mean(levels) <= 230 * 8
    assert carrier.gaps == 0


@pytest.mark.parametrize("ticks", range(1, 9))
@pytest.mark.parametrize("phase_ms", [0, 3, 7])
def test_a_stall_of_150_ms_is_not_heard_whenever_it_comes(ticks: int, phase_ms: int) -> None:
    clock, carrier, pacer = setup()
    clock.advance(phase_ms / 1000)
    pacer.say(1, tone(3.0))
    pacer.pump(clock.monotonic())
    run(clock, carrier, pacer, 0.5 + ticks / 100)
    clock.advance(0.16)  # the tick that should have come, and 150 ms
    carrier.drain(1280)
    assert carrier.queue
    pacer.pump(clock.monotonic())
    assert pacer.underruns == 0
    assert carrier.sent() - carrier.played >= LEAST


def test_what_falls_due_before_the_next_tick_leaves_in_this_one() -> None:
    clock, carrier, pacer = setup()
    pacer.say(1, tone(6.0))
    pacer.pump(0.0)
    for _ in range(40):
        due_s, before = pacer.due_s, carrier.sent()
        clock.advance(due_s - TICK_S - 0.001 - clock.monotonic())
        pacer.pump(clock.monotonic())
        assert carrier.sent() == before
        clock.advance(0.001)
        pacer.pump(clock.monotonic())
        assert carrier.sent() > before
        assert pacer.due_s > due_s


def test_a_stall_is_caught_up_with_in_one_go() -> None:
    clock, carrier, pacer = setup()
    pacer.say(1, tone(3.0))
    run(clock, carrier, pacer, 0.5)
    clock.advance(0.15)
    carrier.drain(1200)
    assert carrier.queue
    pacer.pump(clock.monotonic())
    assert carrier.sent() - carrier.played >= LEAD
    assert pacer.underruns == 0
    clock.advance(1.0)
    carrier.drain(8000)
    pacer.pump(clock.monotonic())
    assert pacer.underruns == 1


def test_marks_come_at_least_every_200_ms_and_at_the_end() -> None:
    clock, carrier, pacer = setup()
    pacer.say(1, tone(1.03))
    pacer.end(1)
    run(clock, carrier, pacer, 2.0)
    run_length = 0
    for _, kind, size in carrier.log:
        if kind == "mark":
            run_length = 0
        else:
            assert isinstance(size, int)
            run_length += size
        assert run_length <= 1600
    assert carrier.log[-1][1] == "mark"
    assert carrier.sent() == int(1.03 * 8000)


def test_sound_of_a_cut_utterance_never_leaves() -> None:
    clock, carrier, pacer = setup()
    pacer.say(3, tone(2.0))
    run(clock, carrier, pacer, 0.3)
    cut = pacer.clear(clock.monotonic())
    assert cut is not None
    assert 0 < cut.samples <= 2400
    before = carrier.sent()
    pacer.say(3, tone(1.0))
    pacer.end(3)
    run(clock, carrier, pacer, 0.5)
    assert carrier.sent() == before
    assert pacer.dropped == 8000
    pacer.say(4, tone(0.5))
    run(clock, carrier, pacer, 0.1)
    assert carrier.sent() > before


def test_held_sound_waits() -> None:
    clock, carrier, pacer = setup()
    pacer.hold()
    pacer.say(1, tone(0.2))
    run(clock, carrier, pacer, 1.0)
    assert carrier.sent() == 0
    pacer.release()
    run(clock, carrier, pacer, 0.1)
    assert carrier.sent() > 0


def test_an_utterance_without_sound_is_done_at_once() -> None:
    _, carrier, pacer = setup()
    pacer.end(1)
    assert pacer.pump(0.0) == (Played(1, 0, True, None),)
    assert pacer.idle
    assert carrier.log == []


@given(
    sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=6),
    stalls=st.lists(st.integers(1, 60), max_size=30),
)
def test_everything_is_sent_once_in_order_and_never_far_ahead(
    sizes: list[int], stalls: list[int]
) -> None:
    clock, carrier, pacer = setup()
    for number, size in enumerate(sizes):
        pacer.say(number, b"\x01\x02" * size)
        pacer.end(number)
    for stall in [*stalls, *([10] * 500)]:
        clock.advance(stall / 100)
        carrier.drain(stall * 80)
        pacer.pump(clock.monotonic())
        assert carrier.sent() - carrier.played <= MOST
    assert carrier.sent() == sum(sizes)
    assert not pacer.waiting


class Tape:
    """A carrier that keeps every sample it was given, and plays."""

    def __init__(self) -> None:
        self.buffer: list[int | str] = []
        self.sent = bytearray()
        self.clears = 0
        self.echoed: list[str] = []

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        self.sent += mulaw
        self.buffer.extend(mulaw)
        if mark:
            self.send_mark(mark)

    def send_mark(self, name: str) -> None:
        self.buffer.append(name)

    def send_clear(self) -> None:
        self.clears += 1
        self.echoed += [item for item in self.buffer if isinstance(item, str)]
        self.buffer.clear()

    def close(self) -> None:
        pass

    def play(self, samples: int) -> None:
        while self.buffer:
            head = self.buffer[0]
            if isinstance(head, str):
                self.buffer.pop(0)
                self.echoed.append(head)
            elif samples == 0:
                return
            else:
                self.buffer.pop(0)
                samples -= 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["run", "run", "suspend", "proceed"]), st.integers(1, 30)),
    max_size=25,
)


@given(sizes=st.lists(st.integers(1, 4000), min_size=1, max_size=4), steps=STEPS)
def test_whatever_is_suspended_every_sample_is_heard_once_and_in_order(
    sizes: list[int], steps: list[tuple[str, int]]
) -> None:
    """What goes on is exactly the unheard sound; the position never runs back or ahead."""
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    tape = Tape()
    pacer = Pacer(tape, Tuning())
    rng = np.random.default_rng(sum(sizes))
    said = [rng.integers(-3000, 3000, size).astype(np.int16) for size in sizes]
    for number, samples in enumerate(said):
        pacer.say(number, pcm_to_bytes(samples))
        pacer.end(number)
    progress: list[Played] = []
    position = 0

    def pass_time(ticks: int) -> None:
        nonlocal position
        for _ in range(ticks):
            clock.advance(0.01)
            tape.play(80)
            now_s = clock.monotonic()
            while tape.echoed:
                progress.extend(pacer.playout.echo(tape.echoed.pop(0), now_s))
            pacer.pump(now_s)
            pacer.settle(now_s)
            heard = pacer.playout.heard(now_s)
            assert position <= heard <= pacer.playout.sent == len(tape.sent)
            position = heard

    for step, ticks in [*steps, ("proceed", 1), ("run", 3 * sum(sizes) // 80 + 20)]:
        now_s = clock.monotonic()
        if step == "suspend":
            pacer.suspend(now_s)
            assert not tape.buffer or pacer.playout.heard(now_s) == len(tape.sent)
            del tape.sent[pacer.playout.heard(now_s) :]
        elif step == "proceed":
            pacer.resume(now_s)
        pass_time(ticks)
    assert bytes(tape.sent) == mulaw_encode(np.concatenate(said))
    assert [played.utterance for played in progress if played.done] == list(range(len(sizes)))
    for number, size in enumerate(sizes):
        counts = [played.samples for played in progress if played.utterance == number]
        assert counts == sorted(counts)
        assert counts[-1] == size
    assert pacer.idle


def test_suspended_sound_that_is_cleared_never_leaves() -> None:
    clock, carrier, pacer = setup()
    pacer.say(1, tone(2.0))
    run(clock, carrier, pacer, 0.3)
    pacer.suspend(clock.monotonic())
    pacer.say(1, tone(1.0))
    run(clock, carrier, pacer, 0.2)
    cut = pacer.clear(clock.monotonic())
    assert cut is not None
    assert 0 < cut.samples <= carrier.played
    assert [kind for _, kind, _ in carrier.log].count("clear") == 1
    before = carrier.sent()
    pacer.say(1, tone(1.0))
    run(clock, carrier, pacer, 0.5)
    assert carrier.sent() == before


def test_a_suspension_before_anything_was_heard_starts_the_utterance_again() -> None:
    _, carrier, pacer = setup()
    pacer.say(1, tone(0.5))
    pacer.end(1)
    pacer.pump(0.0)
    pacer.suspend(0.0)
    assert pacer.clear(0.0) == Played(1, 0, False, 0.0)
    pacer.suspend(0.0)
    assert [kind for _, kind, _ in carrier.log].count("clear") == 1


class TestWithheld:
    def test_nothing_of_it_leaves_before_it_is_granted_and_then_all_of_it(self) -> None:
        clock, carrier, pacer = setup()
        pacer.withhold(2)
        pacer.say(2, tone(0.5))
        run(clock, carrier, pacer, 0.3)
        assert (carrier.sent(), pacer.waiting, pacer.idle) == (0, False, True)
        pacer.grant(2)
        pacer.say(2, tone(0.5))
        pacer.end(2)
        run(clock, carrier, pacer, 1.5)
        assert carrier.sent() == 8000

    def test_what_is_dropped_is_never_heard_and_its_late_sound_is_stale(self) -> None:
        clock, carrier, pacer = setup()
        pacer.withhold(2)
        pacer.say(2, tone(0.5))
        pacer.drop(2)
        pacer.say(2, tone(0.5))
        run(clock, carrier, pacer, 0.3)
        pacer.say(3, tone(0.1))
        pacer.end(3)
        run(clock, carrier, pacer, 0.5)
        assert (carrier.sent(), pacer.dropped) == (800, 4000)

    def test_what_was_granted_is_not_dropped(self) -> None:
        clock, carrier, pacer = setup()
        pacer.withhold(2)
        pacer.say(2, tone(0.1))
        pacer.grant(2)
        pacer.drop(2)
        run(clock, carrier, pacer, 0.3)
        assert carrier.sent() == 800

    def test_a_clear_takes_it_along(self) -> None:
        clock, carrier, pacer = setup()
        pacer.withhold(2)
        pacer.say(2, tone(0.1))
        assert pacer.clear(clock.monotonic()) is None
        pacer.grant(2)
        run(clock, carrier, pacer, 0.3)
        assert carrier.sent() == 0

    @given(
        steps=st.lists(
            st.sampled_from(["withhold", "say", "grant", "drop", "run", "clear", "suspend"]),
            max_size=40,
        )
    )
    def test_whatever_happens_no_withheld_sample_leaves(self, steps: list[str]) -> None:
        """Each utterance is withheld first; a sample is its number, so a leak shows."""
        clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        tape, number, granted = Tape(), 0, set()
        pacer = Pacer(tape, Tuning())
        for step in steps:
            now_s = clock.monotonic()
            match step:
                case "withhold":
                    pacer.drop(number)
                    number += 1
                    pacer.withhold(number)
                case "say" if number:
                    pacer.say(number, pcm_to_bytes(np.full(400, 40 * number, np.int16)))
                case "grant":
                    pacer.grant(number)
                    granted.add(number)
                case "drop":
                    pacer.drop(number)
                case "clear":
                    pacer.clear(now_s)
                case "suspend":
                    pacer.suspend(now_s)
                    pacer.resume(now_s)
                case _:
                    clock.advance(0.05)
                    tape.play(400)
            pacer.pump(clock.monotonic())
            may = {bytes(mulaw_encode(np.full(1, 40 * n, np.int16)))[0] for n in granted}
            assert set(tape.sent) <= may
