"""A scheduler whose core is short: what its lines give up, and that they get it back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.media.rig import Carrier, Listener, SimulatedTurnModel, load, tone
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.capacity.load_shedding import LoadShedding
from voiceagent.core.clock import ManualClock
from voiceagent.media.line import MORE_LEAD_MS, Line
from voiceagent.media.line_acts import PIECE_MS
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad

SLOTS = 8


@pytest.fixture(scope="module")
def vad() -> BatchedVad:
    return BatchedVad(SLOTS)


class Worker:
    """A scheduler whose ticks begin as late as the test says."""

    def __init__(self, vad: BatchedVad) -> None:
        self.clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        self.turn_model = SimulatedTurnModel(self.clock, 0.1)
        self.scheduler = FrameScheduler(self.clock, vad, self.turn_model)

    def shedding(self) -> LoadShedding:
        return self.scheduler.ladder.shedding

    def add(self) -> tuple[Line, Carrier, Listener]:
        carrier, listener = Carrier(self.clock), Listener(self.clock)
        line = self.scheduler.add(carrier, listener)
        carrier.line = line
        return line, carrier, listener

    def run(self, seconds: float, *, late_ms: float, speaks: Line | None = None) -> None:
        sound = load("reference/slt/01.wav")
        for step in range(round(seconds * 100)):
            self.clock.advance(0.01)
            if speaks is not None and step % 2 == 0:
                frame = sound[step * 80 : step * 80 + 160]
                speaks.on_audio(mulaw_encode(frame), timestamp_ms=step * 10, chunk=step // 2 + 1)
            self.scheduler.measured.began(late_ms)
            self.scheduler.tick(self.clock.monotonic())


def test_late_ticks_close_the_door_and_calm_ones_open_it(vad: BatchedVad) -> None:
    worker = Worker(vad)
    worker.add()
    assert worker.scheduler.free_slots == SLOTS - 1
    worker.run(4, late_ms=200)
    assert worker.shedding() is LoadShedding.NO_NEW_CALLS
    assert worker.scheduler.free_slots == 0
    assert worker.scheduler.figures()["media_load_shedding"] == LoadShedding.NO_NEW_CALLS
    worker.run(40, late_ms=0)
    assert worker.shedding() is LoadShedding.NONE


def test_what_is_given_up_is_lead_first(vad: BatchedVad) -> None:
    worker = Worker(vad)
    line, carrier, _ = worker.add()
    worker.run(2, late_ms=15)
    assert worker.shedding() is LoadShedding.MORE_LEAD
    line.say(1, tone(3.0))
    worker.run(0.05, late_ms=15)
    ahead = carrier.sent()
    assert MORE_LEAD_MS * 8 <= ahead <= (MORE_LEAD_MS + 100) * 8
    newcomer, _, _ = worker.add()
    assert newcomer.pacer.lead_s == line.pacer.lead_s


@pytest.mark.parametrize(
    ("late_ms", "shedding", "piece_ms", "asks"),
    [
        (0, LoadShedding.NONE, PIECE_MS, True),
        (30, LoadShedding.COARSE_FEED, 2 * PIECE_MS, True),
        (60, LoadShedding.NO_TURN_MODEL, 2 * PIECE_MS, False),
    ],
)
def test_then_recognitions_feed_and_the_turn_model(
    vad: BatchedVad, late_ms: float, shedding: LoadShedding, piece_ms: int, *, asks: bool
) -> None:
    worker = Worker(vad)
    line, _, listener = worker.add()
    worker.run(3, late_ms=late_ms)
    assert worker.shedding() is shedding
    worker.run(6, late_ms=late_ms, speaks=line)
    pieces = [len(sound) // 16 for sound in listener.values("audio", bytes)]
    assert max(pieces) == piece_ms
    assert bool(worker.turn_model.asked) == asks
