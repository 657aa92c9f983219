"""Whatever one line does is that line's end at most: too much sound, pauses, faults of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.media.rig import Carrier, Listener, load, tone
from tests.media.voice_by_level import VoiceByLevel
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.capacity.load_shedding import LoadShedding
from voiceagent.core.clock import ManualClock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.wire import LineEnd
from voiceagent.media.inbound_audio import SOUND, InboundAudio
from voiceagent.media.line import Line
from voiceagent.media.line_end import LineFault
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import Windows

START = datetime(2025, 8, 29, tzinfo=UTC)
SIX_SECONDS = mulaw_encode(np.zeros(6 * RATE_8K, dtype=np.int16))
VOICE = mulaw_encode(load("reference/slt/01.wav"))
FRAME = 160


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@dataclass
class Hosted:
    """A line, both its ends, and how much sound it was sent."""

    line: Line
    carrier: Carrier
    listener: Listener
    sent: int = 0

    @classmethod
    def by(cls, scheduler: FrameScheduler, clock: ManualClock) -> Hosted:
        carrier, listener = Carrier(clock), Listener(clock)
        line = carrier.line = scheduler.add(carrier, listener)
        return cls(line, carrier, listener)

    def hears(self, mulaw: bytes, timestamp_ms: int | None, chunk: int | None) -> None:
        if self.line.end is None:
            self.sent += len(mulaw)
            self.line.on_audio(mulaw, timestamp_ms=timestamp_ms, chunk=chunk)

    def accounted(self) -> int:
        """What was judged, waits or is lost, less what was made up for holes: what was sent."""
        inbound = self.line.inbound
        known = inbound.gate.position - inbound.counts.dropped + inbound.unjudged + inbound.lost
        jitter = inbound.jitter
        waiting = jitter._ready_samples + sum(held.samples.size for held in jitter._held)
        return known + waiting - jitter.counts.concealed


def play(scheduler: FrameScheduler, clock: ManualClock, ticks: int) -> None:
    for _ in range(ticks):
        clock.advance(0.01)
        scheduler.tick(clock.monotonic())


@pytest.mark.parametrize("messages", [2, 3, 7])
@pytest.mark.parametrize("others", [0, 1])
def test_more_sound_than_the_ring_holds_ends_nothing(
    clock: ManualClock, messages: int, others: int
) -> None:
    scheduler = FrameScheduler(clock, VoiceByLevel(2))
    bad, hosted = (
        Hosted.by(scheduler, clock),
        [Hosted.by(scheduler, clock) for _ in range(others)],
    )
    bad.hears(SIX_SECONDS[:FRAME], 0, 1)
    play(scheduler, clock, 2)
    for chunk in range(messages):
        bad.hears(SIX_SECONDS, 20 + 6000 * chunk, chunk + 2)
        for other in hosted:
            other.hears(SIX_SECONDS[:FRAME], 20 * chunk, chunk + 1)
    play(scheduler, clock, 100)
    assert bad.listener.of("closed") == []
    assert bad.line.inbound.unjudged < 256
    assert bad.accounted() == bad.sent
    assert scheduler.figures()["media_dropped_samples"] == bad.line.inbound.counts.dropped > 0


@pytest.mark.parametrize("pause_s", [11.0, 45.0])
def test_two_ordinary_calls_survive_a_pause_of_the_machine(
    clock: ManualClock, pause_s: float
) -> None:
    scheduler = FrameScheduler(clock, VoiceByLevel(2))
    calls = [Hosted.by(scheduler, clock) for _ in range(2)]
    frames = round((1.0 + pause_s + 6.0) * 50)
    line = (bytes(SIX_SECONDS) * 20)[: FRAME * frames - len(VOICE)] + VOICE
    for number in range(frames):
        for call in calls:
            sound = line[number * FRAME : number * FRAME + FRAME]
            call.hears(sound, 20 * number, number + 1)
        paused = 50 <= number < 50 + pause_s * 50
        clock.advance(0.02)
        if not paused:
            scheduler.tick(clock.monotonic())
    play(scheduler, clock, 100)
    for call in calls:
        assert call.listener.of("closed") == []
        assert call.accounted() == call.sent
        assert call.line.inbound.counts.refused == 0
        assert call.line.inbound.counts.dropped >= (pause_s - 10.0) * RATE_8K
        assert len(call.listener.of("started")) >= 1, "what was said after the pause is heard"


def test_the_voice_of_a_turn_goes_on_over_sound_that_was_lost(clock: ManualClock) -> None:
    inbound = InboundAudio(Tuning().voice, preroll_ms=200)
    loud, now_s = bytes([0x10]) * FRAME, 0.0
    for number in range(50):
        now_s += 0.02
        inbound.take(loud, timestamp_ms=20 * number, chunk=number + 1, now_s=now_s)
        inbound.drain(now_s)
        while inbound.window() is not None:
            inbound.judged(1.0, [-5.0] * 4, eager=False)
    assert inbound.gate.active
    silence_ms = inbound.gate.silence_ms
    inbound.take(SIX_SECONDS, timestamp_ms=1000, chunk=51, now_s=now_s + 12)
    inbound.take(SIX_SECONDS, timestamp_ms=7000, chunk=52, now_s=now_s + 12)
    assert inbound.counts.dropped > RATE_8K
    assert inbound.gate.silence_ms == silence_ms
    assert sum(piece.size for piece in inbound.untold(100)) <= 10 * RATE_8K


def test_a_hundred_times_real_time_is_refused_and_the_rest_is_heard(clock: ManualClock) -> None:
    scheduler = FrameScheduler(clock, VoiceByLevel(1))
    bad = Hosted.by(scheduler, clock)
    seconds, number = 20, 0
    for _ in range(seconds * 100):
        for _ in range(50):
            bad.hears(SIX_SECONDS[:FRAME], 20 * number, number + 1)
            number += 1
        play(scheduler, clock, 1)
    taken = bad.sent - bad.line.inbound.counts.refused
    assert bad.line.end is None
    assert taken <= SOUND.burst + SOUND.per_s * seconds
    assert taken >= SOUND.per_s * seconds
    assert bad.accounted() == bad.sent


# Any behaviour of one line, beside one that behaves.

SIZES = st.sampled_from([0, 1, 7, 159, FRAME, FRAME, 320, 4000, 48_000, 200_000])
NUMBERS = st.one_of(st.none(), st.integers(0, 2**40), st.sampled_from([0, 20, 10**12]))


@dataclass(frozen=True)
class Message:
    """`step` follows on from the message before; otherwise the numbers are as they are."""

    size: int
    times: int
    step: bool
    timestamp_ms: int | None
    chunk: int | None


MESSAGES = st.builds(
    Message,
    size=SIZES,
    times=st.sampled_from([1, 1, 2, 30, 200]),
    step=st.booleans(),
    timestamp_ms=NUMBERS,
    chunk=NUMBERS,
)
DEEDS = st.one_of(
    MESSAGES,
    st.sampled_from(["key", "mark", "say", "stop", "close", "breaks"]),
    st.floats(0.01, 0.4).map(lambda seconds: ("wait", seconds)),
    st.sampled_from([("pause", 0.7), ("pause", 11.0), ("pause", 70.0)]),
)


class Breaks(Exception):
    """A fault in what listens to the bad line."""


def raises(*_: object, **__: object) -> None:
    raise Breaks


def misbehave(bad: Hosted, deed: object, number: int) -> int:
    """One deed of the bad line; the number of its next message."""
    match deed:
        case Message():
            sound = (VOICE * (1 + deed.size // len(VOICE)))[: deed.size]
            for _ in range(deed.times):
                stamp = 20 * number if deed.step else deed.timestamp_ms
                bad.hears(sound, stamp, number + 1 if deed.step else deed.chunk)
                number += 1
        case "key":
            bad.line.on_key("5")
        case "mark":
            bad.line.on_mark("7.3")
        case "say":
            bad.line.say(number, tone(0.5))
        case "stop":
            bad.line.stop_speaking()
        case "close":
            bad.line.close()
        case "breaks":
            for told in ("caller_audio", "caller_started"):
                setattr(bad.listener, told, raises)
        case _:
            pass
    return number


@dataclass(frozen=True)
class Heard:
    """All that the good line's ends saw."""

    windows: list[bytes]
    frames: list[tuple[float, str, int | str | None]]
    told: list[tuple[float, str, object]]


def beside(deeds: list[object], *, bad_line: bool) -> Heard:
    """A call that speaks and is spoken to for a few seconds, perhaps beside a bad one."""
    clock, vad = ManualClock(START), VoiceByLevel(2)
    scheduler = FrameScheduler(clock, vad)
    # What a pause of the machine makes late is counted over all lines, and changes the lead of all.
    scheduler.ladder.observe = lambda *_: LoadShedding.NONE  # type: ignore[method-assign]
    good = Hosted.by(scheduler, clock)
    bad = Hosted.by(scheduler, clock) if bad_line else None
    good.line.say(1, tone(2.0))
    ticks = number = bad_number = 0

    def wait(seconds: float) -> None:
        """Time passes, with a frame for the good line every other tick."""
        nonlocal ticks, number
        for _ in range(round(seconds * 100)):
            clock.advance(0.01)
            ticks += 1
            good.carrier.drain(80)
            if ticks % 2 == 0:
                at = number * FRAME % len(VOICE) // FRAME * FRAME
                good.hears(VOICE[at : at + FRAME].ljust(FRAME, b"\xff"), 20 * number, number + 1)
                number += 1
            scheduler.tick(clock.monotonic())
            assert good.line.inbound.gate.position >= good.line.inbound._ring.start
            if bad is not None and bad.line.end is None:
                assert bad.line.inbound.gate.position >= bad.line.inbound._ring.start
                assert bad.accounted() == bad.sent

    for deed in deeds:
        if isinstance(deed, tuple):
            kind, seconds = deed
            if kind == "pause":
                clock.advance(seconds)
                scheduler.tick(clock.monotonic())  # or the bad line's packet lets us send sooner
            else:
                wait(seconds)
        elif bad is not None:
            bad_number = misbehave(bad, deed, bad_number)
    wait(0.5)
    assert good.line.end is None
    assert good.accounted() == good.sent
    assert scheduler.figures()["media_tick_faults"] == 0
    return Heard(vad.asked[good.line.slot], good.carrier.log, good.listener.log)


@settings(max_examples=60, deadline=None)
@given(deeds=st.lists(DEEDS, max_size=12))
def test_whatever_one_line_does_the_other_is_as_without_it(deeds: list[object]) -> None:
    assert beside(deeds, bad_line=True) == beside(deeds, bad_line=False)


# Faults of ours, wherever they are.


class ModelFails(VoiceByLevel):
    """A voice model that cannot be asked about one slot."""

    def __init__(self, slots: int, bad: int) -> None:
        super().__init__(slots)
        self.bad = bad

    def probabilities(
        self, slots: Sequence[int], windows: Windows, quiet: Sequence[bool]
    ) -> NDArray[np.float32]:
        if self.bad in slots:
            raise Breaks
        return super().probabilities(slots, windows, quiet)


Breaking = Callable[[Line, pytest.MonkeyPatch], None]


def break_inbound(step: str) -> Breaking:
    def breaks(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(line.inbound, step, raises)

    return breaks


def short_window(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line.inbound, "window", lambda: b"\xff" * 100)


def break_pump(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line.pacer, "pump", raises)


def break_model(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    del line, monkeypatch


FAULTS: list[tuple[Breaking, LineFault]] = [
    (break_inbound("window"), LineFault.WINDOW),
    (short_window, LineFault.WINDOW),
    (break_inbound("count_rest"), LineFault.WINDOW),
    (break_inbound("judged"), LineFault.STEP),
    (break_inbound("take"), LineFault.INBOUND),
    (break_pump, LineFault.STEP),
    (break_model, LineFault.MODEL),
]


@pytest.mark.parametrize(("breaks", "fault"), FAULTS)
@pytest.mark.parametrize("bad_at", [0, 1, 2])
def test_a_fault_is_one_lines_end_counted_and_logged_once(
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    breaks: Breaking,
    fault: LineFault,
    bad_at: int,
) -> None:
    vad = ModelFails(3, bad_at) if breaks is break_model else VoiceByLevel(3)
    scheduler = FrameScheduler(clock, vad)
    calls = [Hosted.by(scheduler, clock) for _ in range(3)]
    bad = calls[bad_at]
    breaks(bad.line, monkeypatch)
    with caplog.at_level(logging.ERROR):
        for number in range(250):
            at = number * FRAME % (len(VOICE) - FRAME)
            for call in calls:
                call.hears(VOICE[at : at + FRAME], 20 * number, number + 1)
            play(scheduler, clock, 2)
    assert [value for _, value in bad.listener.of("closed")] == [LineEnd.FAILED]
    assert [record.message for record in caplog.records] == [f"line.failed: {fault}"]
    others = [call for call in calls if call is not bad]
    assert all(call.listener.of("closed") == [] for call in others)
    windows = [vad.asked[call.line.slot] for call in others]
    assert len(windows[0]) > 50
    assert windows[0] == windows[1]
    figures = scheduler.figures()
    assert figures[f"media_line_faults_{fault}"] == 1
    assert figures["media_tick_faults"] == 0


def test_a_tick_that_fails_is_counted_and_the_next_one_comes(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler = FrameScheduler(clock, VoiceByLevel(1))
    call = Hosted.by(scheduler, clock)
    monkeypatch.setattr(scheduler.ladder, "observe", raises)
    play(scheduler, clock, 300)
    assert call.line.end is None
    failed = scheduler.figures()["media_tick_faults"]
    assert failed >= 4
    assert len(caplog.records) <= 1 + np.log2(failed)
