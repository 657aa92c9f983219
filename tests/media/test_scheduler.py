from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media.rig import Carrier, Listener, load, tone
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.audio.samples import Pcm
from voiceagent.core.clock import ManualClock, SystemClock
from voiceagent.core.wire import LineEnd
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.media.inbound_audio import REST_AFTER, InboundAudio
from voiceagent.media.line import Line
from voiceagent.media.models import wheel_file
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad, Windows


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
    scheduler: FrameScheduler, clock: ManualClock, sounds: dict[Line, Pcm], seconds: float
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
    vad: BatchedVad,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scheduler = FrameScheduler(clock, vad)
    bad, _, bad_listener = add(scheduler, clock)
    good, _, good_listener = add(scheduler, clock)

    def broken(pcm_8k: bytes) -> None:
        raise RuntimeError("recogniser is gone")

    monkeypatch.setattr(bad_listener, "caller_audio", broken)
    sound = load("reference/slt/01.wav")
    with caplog.at_level(logging.ERROR):
        play(scheduler, clock, {bad: sound, good: sound}, 8.0)
    assert bad_listener.of("closed")[0][1] is LineEnd.FAILED
    assert [record.message for record in caplog.records] == ["line.failed: step"]
    assert good.end is None
    assert len(good_listener.of("finished")) == 1
    assert scheduler.lines == 1
    assert scheduler.figures()["media_line_faults_step"] == 1


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


class Counting:
    """The voice model, counting the windows it is asked about."""

    def __init__(self, vad: BatchedVad) -> None:
        self.slots = vad.slots
        self.reset = vad.reset
        self.rest = vad.rest
        self._vad = vad
        self.asked = 0

    def probabilities(
        self, slots: Sequence[int], windows: Windows, quiet: Sequence[bool]
    ) -> NDArray[np.float32]:
        self.asked += len(slots)
        return self._vad.probabilities(slots, windows, quiet)


def test_a_silent_line_is_not_put_before_the_voice_model(
    vad: BatchedVad, clock: ManualClock
) -> None:
    counting = Counting(vad)
    scheduler = FrameScheduler(clock, counting)
    line, *_ = add(scheduler, clock)
    play(scheduler, clock, {line: np.zeros(0, dtype=np.int16)}, 10.0)
    assert line.inbound.gate.position == 10 * 8000 // 256 * 256
    assert counting.asked == REST_AFTER


@pytest.mark.parametrize(
    "name", ["reference/slt/01.wav", "reference/awb/06.wav", "human_digits/theo/555-123-0000.wav"]
)
@pytest.mark.parametrize("lead_s", [0.3, 1.1, 4.0])
def test_rest_changes_no_decision_by_more_than_a_window(
    vad: BatchedVad, monkeypatch: pytest.MonkeyPatch, name: str, lead_s: float
) -> None:
    sound = np.concatenate((np.zeros(int(lead_s * 8000), dtype=np.int16), load(name)))
    told = []
    for rests in (True, False):
        if not rests:
            monkeypatch.setattr(InboundAudio, "count_rest", lambda *_: False)
        clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        scheduler = FrameScheduler(clock, vad)
        line, _, listener = add(scheduler, clock)
        play(scheduler, clock, {line: sound}, lead_s + 7.0)
        told.append([(at, kind) for at, kind, _ in listener.log if kind not in ("audio", "played")])
    resting, asked = told
    assert [kind for _, kind in resting] == [kind for _, kind in asked]
    for (at, _), (expected, _) in zip(resting, asked, strict=True):
        assert at == pytest.approx(expected, abs=0.045)


def test_sends_that_leave_late_are_counted(vad: BatchedVad, clock: ManualClock) -> None:
    scheduler = FrameScheduler(clock, vad)
    line, _, _ = add(scheduler, clock)
    line.say(1, tone(3.0))
    for _ in range(100):
        clock.advance(0.01)
        scheduler.tick(clock.monotonic())
    punctual = scheduler.measured.pressure()
    assert punctual.sends >= 10
    assert (punctual.late_sends, punctual.underruns) == (0, 0)
    clock.advance(0.1)
    scheduler.tick(clock.monotonic())
    assert scheduler.measured.pressure().late_sends == 1
    clock.advance(0.4)
    scheduler.tick(clock.monotonic())
    line.close()
    scheduler.tick(clock.monotonic())
    assert scheduler.measured.pressure().underruns == 1
    assert scheduler.figures()["media_late_sends"] == 2
    seen = scheduler.media_figures()
    assert (seen.late_sends, seen.totals.underruns) == (2, 1)
    assert seen.send_lateness.count == scheduler.measured.pressure().sends
    assert seen.send_lateness.count - seen.send_lateness.cumulative()[4] == 2  # later than 25 ms


def test_every_lag_of_a_tick_is_sorted_in_once(vad: BatchedVad, clock: ManualClock) -> None:
    scheduler = FrameScheduler(clock, vad)
    add(scheduler, clock)
    for late_ms in [0.5] * 300 + [15.0] * 20:
        scheduler.measured.began(late_ms)
        clock.advance(0.01)
        scheduler.tick(clock.monotonic())
    for _ in range(2):
        lag = scheduler.media_figures().tick_lag
        assert lag.cumulative()[:5] == [300, 300, 300, 300, 320]
        assert lag.total == pytest.approx(0.45)


def test_a_packet_that_comes_before_an_overdue_tick_lets_everybody_send_first(
    vad: BatchedVad, clock: ManualClock
) -> None:
    scheduler = FrameScheduler(clock, vad)
    speaking, carrier, _ = add(scheduler, clock)
    other, _, _ = add(scheduler, clock)
    speaking.say(1, tone(3.0))
    scheduler.tick(clock.monotonic())
    before, due_s = len(carrier.times("audio")), speaking.due_s
    frame = mulaw_encode(np.zeros(160, dtype=np.int16))
    clock.advance(0.009)
    other.on_audio(frame, timestamp_ms=0, chunk=1)
    assert len(carrier.times("audio")) == before
    clock.advance(0.15)
    other.on_audio(frame, timestamp_ms=20, chunk=2)
    after = len(carrier.times("audio"))
    assert after > before
    scheduler.tick(clock.monotonic())
    assert len(carrier.times("audio")) == after
    late_ms = (clock.monotonic() - due_s) * 1000.0
    assert 80.0 < late_ms < 159.0
    assert scheduler.measured.send_lateness_ms(99.0) == pytest.approx(late_ms)


def test_the_earliest_deadline_is_served_first(
    vad: BatchedVad, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = FrameScheduler(clock, vad)
    order: list[str] = []
    hosted = [add(scheduler, clock) for _ in range(3)]
    for name, wait_s, (line, carrier, _) in zip("abc", (0.03, 0.02, 0.01), hosted, strict=True):
        clock.advance(wait_s)
        line.say(1, tone(1.0))
        monkeypatch.setattr(carrier, "send_audio", lambda *_, name=name: order.append(name))
    hosted[0][0].due_s, hosted[2][0].due_s = hosted[2][0].due_s, hosted[0][0].due_s
    clock.advance(0.5)
    scheduler.tick(clock.monotonic())
    assert list(dict.fromkeys(order)) == ["c", "b", "a"]


async def test_the_loop_keeps_its_deadlines_and_sleeps_without_lines(
    vad: BatchedVad, monkeypatch: pytest.MonkeyPatch
) -> None:
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

    monkeypatch.setattr(scheduler, "tick", counted)
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
    assert scheduler.measured.lag().worst_ms >= scheduler.measured.lag().p50_ms >= 0.0
    assert listener.of("closed") == []


def test_a_model_file_that_is_not_there_is_the_owners_to_fix() -> None:
    with pytest.raises(OwnerFixable, match=r"media\.model_missing"):
        wheel_file("audio/vad/data/other.onnx")
