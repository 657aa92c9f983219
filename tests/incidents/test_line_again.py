"""A line that was recorded decides alike when it is run again, to the last bit of every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.rig import Rig, SimulatedTurnModel, load, silence, tone
from voiceagent.core.clock import ManualClock
from voiceagent.core.turns.endpointing import ENDPOINTING_DELAYS, EndpointingDelays, Tuning
from voiceagent.core.wire import LineEnd, TurnEnding
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.incidents.line_again import run_line
from voiceagent.incidents.shuffle import shuffled
from voiceagent.media.silero import BatchedVad
from voiceagent.media.sound_classifier import SoundClassifier
from voiceagent.media.tape import STEP, LineTape

CLASSIFIER = SoundClassifier()


@pytest.fixture(scope="module")
def vad() -> BatchedVad:
    return BatchedVad(1)


def recorded_rig(vad: BatchedVad, *, limit: int | None = None) -> tuple[Rig, LineTape]:
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    tape = LineTape() if limit is None else LineTape(limit)
    model = SimulatedTurnModel(clock, 0.9)
    return Rig(vad, model, clock=clock, classifier=CLASSIFIER, tape=tape), tape


def a_call(vad: BatchedVad, *, limit: int | None = None) -> LineTape:
    """We greet, the caller answers and cuts in, presses a key, and is said goodbye to."""
    made, tape = recorded_rig(vad, limit=limit)
    line = made.line
    line.say(1, tone(1.0))
    line.end_utterance(1)
    made.run(1.3)
    line.expect(Expecting.ANYTHING)
    made.hears(load("reference/slt/01.wav"))
    made.run(4.0)
    line.say(2, tone(3.0))
    made.run(0.8)
    made.hears(load("reference/slt/04.wav"))
    made.run(2.0)
    line.hint(Completeness.COMPLETE)
    made.run(2.0)
    line.withhold(3)
    line.say(3, tone(0.5))
    line.grant(3)
    line.end_utterance(3)
    line.on_key("5")
    line.stop_speaking(2)
    line.thinking()
    line.ending(TurnEnding.PROBABLE)
    line.say(4, tone(0.4))
    line.end_utterance(4)
    line.close_when_heard(4)
    made.run(1.5)
    return tape


@pytest.fixture(scope="module")
def whole(vad: BatchedVad) -> LineTape:
    return a_call(vad)


def test_it_decides_alike_to_the_last_bit_of_every_time(whole: LineTape) -> None:
    tape = whole
    again = run_line(tape, Tuning())
    assert again.decisions == tape.decisions
    whats = " ".join(one.what for one in tape.decisions)
    for seen in ("turn is over by", "clear is sent", "cut off", "closed, agent", "goodbye_heard"):
        assert seen in whats
    steps = [[step[0] for step in STEP.iter_unpack(one.steps)] for one in (tape, again)]
    assert steps[0] == steps[1]


def test_noise_in_the_caller_s_place_decides_alike(whole: LineTape) -> None:
    tape = whole
    noise = shuffled(tape)
    assert noise.sound != tape.sound
    assert run_line(noise, Tuning()).decisions == tape.decisions


def by_a_tenth(row: EndpointingDelays) -> EndpointingDelays:
    return replace(
        row, complete=row.complete + 100, enough=row.enough + 100, sounds_done=row.sounds_done + 100
    )


def test_another_endpointing_threshold_is_seen(whole: LineTape) -> None:
    tape = whole
    delays = {what: by_a_tenth(row) for what, row in ENDPOINTING_DELAYS.items()}
    again = run_line(tape, Tuning(delays=delays))
    assert again.decisions != tape.decisions
    ends = [[one for one in t.decisions if "turn is over" in one.what] for t in (tape, again)]
    assert float(ends[1][0].at) - float(ends[0][0].at) == pytest.approx(0.1, abs=0.021)


def test_what_is_beyond_the_limit_is_not_compared(vad: BatchedVad) -> None:
    tape = a_call(vad, limit=40_000)
    assert tape.full
    again = run_line(tape, Tuning())
    assert again.decisions == tape.decisions
    assert tape.decisions


def lost(made: Rig) -> None:
    made._chunk += 3


def late(made: Rig) -> None:
    line, chunk = made.line, made._chunk
    line.on_audio(b"\x7f" * 160, timestamp_ms=20 * (chunk + 1), chunk=chunk + 2)
    line.on_audio(b"\x80" * 160, timestamp_ms=20 * chunk, chunk=chunk + 1)
    made._chunk += 2


def stall(made: Rig) -> None:
    made.clock.advance(0.7)


DONE: dict[str, Callable[[Rig], object]] = {
    "voice": lambda made: made.hears(load("reference/slt/06.wav")[:12_000]),
    "noise": lambda made: made.hears(
        np.random.default_rng(7).integers(-9000, 9000, 4000).astype(np.int16)
    ),
    "quiet": lambda made: made.hears(silence(0.4)),
    "lost": lost,
    "late": late,
    "stall": stall,
    "key": lambda made: made.line.on_key("1"),
    "stop": lambda made: made.line.stop_speaking(),
    "think": lambda made: made.line.thinking(),
    "read again": lambda made: made.line.read_again(made.line.inbound.gate.onset),
    "stay": lambda made: made.line.stay(),
    "gone": lambda made: made.line.on_closed(LineEnd.CALLER),
}


@settings(max_examples=5, deadline=None)
@given(st.lists(st.sampled_from(sorted(DONE)), min_size=2, max_size=5))
def test_whatever_happens_on_a_line_decides_alike(done: list[str]) -> None:
    made, tape = recorded_rig(BatchedVad(1))
    for number, what in enumerate(done):
        made.line.say(number + 1, tone(0.6))
        DONE[what](made)
        made.run(0.5)
    assert run_line(tape, Tuning()).decisions == tape.decisions
