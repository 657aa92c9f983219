from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.media.rig import Carrier, Listener, load, tone
from voiceagent.core.audio import mulaw_encode
from voiceagent.core.clock import ManualClock, SystemClock
from voiceagent.core.wire import LineEnd
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.media.line import Line
from voiceagent.media.models import wheel_file
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad


@pytest.fixture(scope="module")
def vad() -> BatchedVad:
    return BatchedVad(8)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2025, 8, 29, tzinfo=UTC))


def add(scheduler: FrameScheduler, clock: ManualClock) -> tuple[Line, Carrier, Listener]:
    carrier, listener = Carrier(clock), Listener(clock)
    line = scheduler.add(carrier, listener)
    carrier.line = line
    return line, carrier, listener


def play(
    scheduler: FrameScheduler, clock: ManualClock, sounds: dict[Line, np.ndarray], seconds: float
) -> None:
    for step in range(round(seconds * 50)):
        clock.advance(0.02)
        for line, sound in sounds.items():
            frame = np.zeros(160, dtype=np.int16)
            part = sound[step * 160 : step * 160 + 160]
            frame[: part.size] = part
            line.on_audio(mulaw_encode(frame), timestamp_ms=step * 20, chunk=step + 1)
        scheduler.tick(clock.monotonic())


def test_lines_together_hear_what_each_would_alone(vad: BatchedVad, clock: ManualClock) -> None:
    names = ["reference/slt/01.wav", "reference_hard/rms/04.wav", "reference/awb/06.wav"]
    together = FrameScheduler(clock, vad)
    hosted = [add(together, clock) for _ in names]
    started = clock.monotonic()
    play(together, clock, {h[0]: load(n) for h, n in zip(hosted, names, strict=True)}, 8.0)
    for (_, _, listener), name in zip(hosted, names, strict=True):
        alone_clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        alone = FrameScheduler(alone_clock, BatchedVad(1))
        line, _, alone_listener = add(alone, alone_clock)
        play(alone, alone_clock, {line: load(name)}, 8.0)
        expected = [(round(at, 3), kind) for at, kind, _ in alone_listener.log]
        assert [(round(at - started, 3), kind) for at, kind, _ in listener.log] == expected


def test_a_line_that_fails_is_closed_and_the_others_never_notice(
    vad: BatchedVad, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler = FrameScheduler(clock, vad)
    bad, _, bad_listener = add(scheduler, clock)
    good, _, good_listener = add(scheduler, clock)

    def broken(pcm_8k: bytes) -> None:
        raise RuntimeError("recogniser is gone")

    bad_listener.caller_audio = broken
    sound = load("reference/slt/01.wav")
    with caplog.at_level(logging.ERROR):
        play(scheduler, clock, {bad: sound, good: sound}, 8.0)
    assert bad_listener.of("closed")[0][1] is LineEnd.FAILED
    assert [record.message for record in caplog.records] == ["line.failed"]
    assert good.end is None
    assert len(good_listener.of("finished")) == 1
    assert scheduler.lines == 1


def test_slots_are_counted_and_given_back(clock: ManualClock) -> None:
    scheduler = FrameScheduler(clock, BatchedVad(2))
    first, *_ = add(scheduler, clock)
    add(scheduler, clock)
    with pytest.raises(Unavailable, match=r"media\.full"):
        add(scheduler, clock)
    first.close()
    scheduler.tick(clock.monotonic())
    again, *_ = add(scheduler, clock)
    assert again.slot == first.slot
    scheduler.remove(first)
    assert scheduler.lines == 2


async def test_the_loop_keeps_its_deadlines_and_sleeps_without_lines(vad: BatchedVad) -> None:
    clock = SystemClock()
    scheduler = FrameScheduler(clock, vad)
    ticks: list[float] = []
    tick = scheduler.tick
    enough = asyncio.Event()

    def counted(now_s: float) -> None:
        ticks.append(now_s)
        tick(now_s)
        if len(ticks) == 30:
            enough.set()

    scheduler.tick = counted
    task = asyncio.create_task(scheduler.run())
    for _ in range(5):
        await asyncio.sleep(0)
    assert ticks == []
    manual = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    line, carrier, listener = add(scheduler, manual)
    line.say(1, tone(0.3))
    await enough.wait()
    task.cancel()
    assert carrier.times("audio")
    assert 0.25 <= ticks[29] - ticks[0] <= 0.6
    assert scheduler.lag().worst_ms >= scheduler.lag().p50_ms >= 0.0
    assert listener.of("closed") == []


def test_a_model_file_that_is_not_there_is_the_owners_to_fix() -> None:
    with pytest.raises(OwnerFixable, match=r"media\.model_missing"):
        wheel_file("audio/vad/data/other.onnx")
