"""The scripted caller and the ear, frame by frame, without sockets or clocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loadtest.simulator import g711, wav
from loadtest.simulator.caller import Caller
from loadtest.simulator.caller_acts import (
    CallerAct,
    GaveUp,
    HungUp,
    KeyPressed,
    RawMessage,
    SpeechEnded,
    SpeechStarted,
    StepTimedOut,
    TurnEnded,
    TurnStarted,
)
from loadtest.simulator.recording import (
    ManifestError,
    Recording,
    SampleSpan,
    read_manifest,
    speech_span,
)
from loadtest.simulator.script import (
    After,
    At,
    CallerScript,
    DuringAgent,
    EndCall,
    PlayWav,
    Press,
    Raw,
    Says,
    ScriptError,
    Silence,
)
from loadtest.simulator.sound_detector import SoundDetector
from tests.loadtest.conftest import agent_audio, spoken, tone


class Room:
    """A caller listening to an agent who sounds in the given spans (ms)."""

    def __init__(self, script: CallerScript, agent_ms: list[tuple[int, int]]) -> None:
        self.caller = Caller(script)
        self.ear = SoundDetector()
        self.agent_ms = agent_ms
        self.now_ms = 0
        self.log: list[tuple[int, CallerAct]] = []
        self.sent = bytearray()

    def run(self, until_ms: int) -> list[tuple[int, CallerAct]]:
        """Returns the acts with the start of their frame, ms."""
        while self.now_ms < until_ms:
            frame = self.caller.frame(self.now_ms * 8, self.ear)
            assert len(frame.audio) == 160
            self.sent += frame.audio
            self.log += [(self.now_ms, act) for act in frame.acts]
            if any(start <= self.now_ms < end for start, end in self.agent_ms):
                self.ear.hear(self.now_ms * 8, agent_audio(20))
            else:
                self.ear.quiet(self.now_ms * 8 + 160)
            self.now_ms += 20
        return self.log


def test_speaks_after_the_agent_has_been_silent_long_enough() -> None:
    recording = spoken(300)  # 40 ms of silence, 300 of speech, 100 of silence
    room = Room(CallerScript([PlayWav(recording)]), [(100, 500), (1000, 2000)])
    assert room.run(3500) == [
        (2700, TurnStarted(0, "tone300")),
        (2740, SpeechStarted(0)),
        (3020, SpeechEnded(0)),
        (3120, TurnEnded(0)),
    ]
    assert room.sent[2700 * 8 : 3140 * 8] == recording.audio
    assert set(room.sent[: 2700 * 8]) == {0xFF}


def test_after_a_word_or_two_the_caller_waits_for_what_it_announces() -> None:
    script = CallerScript([EndCall(Silence(300, 2000))])
    announced = Room(script, [(0, 500), (2000, 3000)])
    assert announced.run(9000)[-1] == (3300, HungUp())
    only_that = Room(script, [(0, 500)])
    assert only_that.run(9000)[-1] == (2500, HungUp())


def test_does_not_speak_before_the_agent_has_spoken_since_its_last_turn() -> None:
    script = CallerScript(
        [PlayWav(spoken(100), Silence(300, 0)), PlayWav(spoken(100), Silence(300, 0))]
    )
    room = Room(script, [(0, 100), (3000, 3100)])
    starts = [at for at, act in room.run(4000) if isinstance(act, TurnStarted)]
    assert starts == [400, 3400]


def test_a_reply_that_comes_before_the_recording_is_over_counts() -> None:
    script = CallerScript([PlayWav(spoken(100, tail_ms=500), At(0)), EndCall(Silence(300, 0))])
    log = Room(script, [(200, 400)]).run(2000)
    assert log[-1] == (700, HungUp())


def test_barge_in_counts_from_the_agents_first_sound_and_over_its_pauses() -> None:
    script = CallerScript([PlayWav(spoken(100), DuringAgent(800))])
    log = Room(script, [(200, 500), (900, 2000)]).run(1500)
    assert log[0] == (1000, TurnStarted(0, "tone100"))


def test_barge_in_waits_while_the_agent_is_silent() -> None:
    script = CallerScript([PlayWav(spoken(100), DuringAgent(500))])
    log = Room(script, [(200, 300), (1500, 2000)]).run(2500)
    assert log[0] == (1520, TurnStarted(0, "tone100"))


def test_keys_raw_messages_and_hanging_up() -> None:
    script = CallerScript(
        [Press("1", At(0.1)), Press("2", After(60)), Raw("x"), EndCall(Silence(200, 0)), Press("3")]
    )
    assert Room(script, [(0, 50), (300, 400)]).run(20_000) == [
        (100, KeyPressed("1")),
        (160, KeyPressed("2")),
        (160, RawMessage("x")),
        (600, HungUp()),
    ]


def test_a_step_times_out_only_after_silence_of_that_length() -> None:
    script = CallerScript([PlayWav(spoken(), Says("hello there"), timeout_s=1)])
    [(at, act)] = Room(script, [(500, 900)]).run(5000)
    assert at == 1900
    assert isinstance(act, StepTimedOut)
    assert "step 1 of 1" in act.why
    assert "hello there" in act.why


def test_an_agent_that_never_stops_cannot_hold_a_step_for_ever() -> None:
    script = CallerScript([PlayWav(spoken(), timeout_s=1)])
    [(at, act)] = Room(script, [(0, 10_000)]).run(6000)
    assert at == 4000
    assert isinstance(act, StepTimedOut)


def test_gives_up_when_the_agent_does_not_hang_up() -> None:
    room = Room(CallerScript([Press("1", At(0))], end_wait_s=1), [(500, 600)])
    assert room.run(3000) == [(0, KeyPressed("1")), (1600, GaveUp())]


def test_a_phrase_counts_once_and_only_since_the_last_turn() -> None:
    script = CallerScript([Press("1", Says("a b", 100)), Press("2", Says("a b", 100))])
    room = Room(script, [(0, 200), (1000, 1200), (2000, 2200)])
    room.run(300)
    room.caller.spotted("a b")
    assert room.run(1900) == [(300, KeyPressed("1"))]
    room.caller.spotted("a b")
    assert room.run(2500)[1:] == [(1900, KeyPressed("2"))]
    assert script.phrases == ("a b",)


def test_comfort_noise_has_the_level_asked_for() -> None:
    room = Room(CallerScript([Press("1")], noise_dbfs=-50.0), [])
    room.run(1000)
    assert g711.rms(bytes(room.sent)) == pytest.approx(32768 * 10 ** (-50 / 20), rel=0.1)


def test_scripts_that_no_caller_could_follow() -> None:
    with pytest.raises(ScriptError, match="12"):
        CallerScript([Press("12")])
    with pytest.raises(FileNotFoundError):
        CallerScript.from_wavs(["missing.wav"])


def test_ear_joins_short_pauses_and_ignores_hiss() -> None:
    ear = SoundDetector()
    hiss = g711.encode(np.full(160, 100, np.int16))
    for start, sound in enumerate([0, 1, 1, 0, 1] + [0] * 12 + [1]):
        ear.hear(start * 160, agent_audio(20) if sound else hiss)
    assert ear.utterances == (SampleSpan(160, 800), SampleSpan(17 * 160, 18 * 160))
    assert ear.sounding
    assert ear.sound_8k(0) == 640 + 160
    assert ear.sound_8k(400, 2000) == 400
    assert ear.first_sound_8k(400) == 400
    assert ear.first_sound_8k(801) == 17 * 160
    assert ear.first_sound_8k(18 * 160) is None


def test_speech_span_by_energy() -> None:
    samples = np.concatenate([np.full(800, 20), tone(250), tone(50) // 40, np.zeros(1600)])
    assert speech_span(samples.astype(np.int16)) == SampleSpan(800, 800 + 300 * 8)
    assert speech_span(np.zeros(800, np.int16)) is None
    assert speech_span(np.zeros(0, np.int16)) is None


def test_spans_from_a_manifest_and_from_a_clean_copy(tmp_path: Path) -> None:
    noisy = np.concatenate([tone(500) // 4, tone(200), tone(300) // 4]).astype(np.int16)
    clean = np.concatenate([np.zeros(4000), tone(200), np.zeros(2400)]).astype(np.int16)
    wav.write_mono(tmp_path / "noisy.wav", noisy)
    wav.write_mono(tmp_path / "clean.wav", clean)
    (tmp_path / "manifest.toml").write_text(
        '[[file]]\npath = "noisy.wav"\nspeech_ms = [[480, 520], [530, 690]]\n'
        '[[file]]\npath = "horn.wav"\nspeech_ms = []\n'
    )
    spans = read_manifest(tmp_path / "manifest.toml")
    assert spans == {(tmp_path / "noisy.wav").resolve(): SampleSpan(480 * 8, 690 * 8)}
    script = CallerScript.from_wavs(
        [tmp_path / "noisy.wav"], manifest=tmp_path / "manifest.toml", silence_ms=100
    )
    [step] = script.steps
    assert isinstance(step, PlayWav)
    assert isinstance(step.source, Recording)
    assert step.source.speech == SampleSpan(480 * 8, 690 * 8)
    recording = Recording.read(tmp_path / "noisy.wav", clean=tmp_path / "clean.wav")
    assert recording.speech == SampleSpan(4000, 5600)
    (tmp_path / "bad.toml").write_text("[[file]]\npath = 3\n")
    with pytest.raises(ManifestError, match=r"bad\.toml"):
        read_manifest(tmp_path / "bad.toml")


def test_a_phrase_is_waited_for_while_the_listener_is_behind() -> None:
    room = Room(CallerScript([Press("1", Says("a b", 100), timeout_s=1)]), [(0, 500)])
    room.caller.unlistened_8k = 16_000
    assert room.run(3000) == []
    room.caller.spotted("a b")
    assert [act for _, act in room.run(3100)] == [KeyPressed("1")]


def test_a_listener_that_has_caught_up_leaves_the_time_out_as_it_is() -> None:
    room = Room(CallerScript([Press("1", Says("a b", 100), timeout_s=1)]), [(0, 500)])
    [(at_ms, act)] = room.run(3000)
    assert at_ms == 1500
    assert isinstance(act, StepTimedOut)
