"""A line in simulated time: a carrier that drains its buffer, a listener that keeps notes."""

from __future__ import annotations

import tomllib
import wave
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.audio.samples import FRAME_SAMPLES, Pcm, pcm_to_bytes
from voiceagent.core.clock import ManualClock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.table import TurnState
from voiceagent.core.wire import LineEnd, Played, TurnEnd
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.second_look import SecondLook
from voiceagent.media.silero import Vad
from voiceagent.media.smart_turn import Question, SmartTurn, TurnModel
from voiceagent.media.sound_classifier import SoundClassifier
from voiceagent.media.tape import LineTape

FIXTURES = Path(__file__).parents[2] / "audio_fixtures"
STEP_S = 0.01
T = TypeVar("T")


def load(name: str) -> Pcm:
    """A recording of the repository, 8 kHz mono."""
    with wave.open(str(FIXTURES / name)) as file:
        assert file.getframerate() == 8000
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


def speech_spans(folder: str = "") -> dict[str, tuple[float, float]]:
    """First and last moment of speech of a manifest's recordings, seconds, by their paths."""
    manifest = tomllib.loads((FIXTURES / folder / "manifest.toml").read_text("utf-8"))
    return {
        entry["path"]: (entry["speech_ms"][0][0] / 1000, entry["speech_ms"][-1][1] / 1000)
        for entry in manifest["file"]
        if entry.get("speech_ms")
    }


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * 8000), dtype=np.int16)


def tone(seconds: float) -> bytes:
    """Sound of the agent: PCM bytes."""
    at = np.arange(int(seconds * 8000))
    return pcm_to_bytes((8000 * np.sin(at * 0.3)).astype(np.int16))


class Carrier:
    """Plays what it gets at real time, echoes marks when they would have been played."""

    def __init__(self, clock: ManualClock, *, echoes: bool = True) -> None:
        self.clock = clock
        self.echoes = echoes
        self.line: Line | None = None
        self.log: list[tuple[float, str, int | str | None]] = []
        self.queue: list[int | str] = []
        self.played = 0
        self.gaps = 0
        self.closed = False

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        self.log.append((self.clock.monotonic(), "audio", len(mulaw)))
        self.queue.append(len(mulaw))
        if mark:
            self.send_mark(mark)

    def send_mark(self, name: str) -> None:
        self.log.append((self.clock.monotonic(), "mark", name))
        self.queue.append(name)

    def send_clear(self) -> None:
        self.log.append((self.clock.monotonic(), "clear", None))
        marks = [item for item in self.queue if isinstance(item, str)]
        self.queue.clear()
        for name in marks:
            self._echo(name)

    def close(self) -> None:
        self.closed = True

    def drain(self, samples: int) -> None:
        """Play for as long as `samples` last."""
        while self.queue:
            head = self.queue[0]
            if isinstance(head, str):
                self.queue.pop(0)
                self._echo(head)
            elif samples == 0:
                return
            else:
                part = min(head, samples)
                samples -= part
                self.played += part
                if part == head:
                    self.queue.pop(0)
                else:
                    self.queue[0] = head - part

    def times(self, kind: str) -> list[float]:
        return [at for at, what, _ in self.log if what == kind]

    def sent(self) -> int:
        """Samples of our sound, played or not."""
        return sum(size for _, kind, size in self.log if kind == "audio" and isinstance(size, int))

    def _echo(self, name: str) -> None:
        if self.echoes and self.line is not None:
            self.line.on_mark(name)


@dataclass
class Listener:
    """Everything the control plane was told, with times."""

    clock: ManualClock
    log: list[tuple[float, str, object]] = field(default_factory=list)
    heard: Played | None = None
    """How far the caller had heard us at the end."""

    def _note(self, kind: str, value: object = None) -> None:
        self.log.append((self.clock.monotonic(), kind, value))

    def caller_started(self, at_s: float) -> None:
        self._note("started", at_s)

    def caller_audio(self, pcm_8k: bytes) -> None:
        self._note("audio", pcm_8k)

    def caller_paused(self) -> None:
        self._note("paused")

    def caller_resumed(self) -> None:
        self._note("resumed")

    def caller_nearly_finished(self) -> None:
        self._note("nearly_finished")

    def caller_finished(self, end: TurnEnd) -> None:
        self._note("finished", end)

    def barge_in(self, heard: Played | None) -> None:
        self._note("barge_in", heard)

    def played(self, progress: Played) -> None:
        self._note("played", progress)

    def key(self, digit: str) -> None:
        self._note("key", digit)

    def time_is_up(self) -> None:
        self._note("time_is_up")

    def closed(self, reason: LineEnd, heard: Played | None) -> None:
        self.heard = heard
        self._note("closed", reason)

    def of(self, kind: str) -> list[tuple[float, object]]:
        return [(at, value) for at, what, value in self.log if what == kind]

    def values(self, kind: str, of: type[T]) -> list[T]:
        """What was told in these words, each of the type that they are told with."""
        told = [value for _, value in self.of(kind)]
        found = [value for value in told if isinstance(value, of)]
        assert found == told
        return found

    def kinds(self) -> list[str]:
        return [what for _, what, _ in self.log if what not in ("audio", "played")]

    def heard_audio(self) -> Pcm:
        return np.frombuffer(b"".join(self.values("audio", bytes)), dtype="<i2")


class SimulatedTurnModel:
    """The real model (or a fixed answer), whose answers take `latency_s` of simulated time."""

    def __init__(
        self, clock: ManualClock, model: SmartTurn | float, *, latency_s: float = 0.1
    ) -> None:
        self.clock = clock
        self.model = model
        self.latency_s = latency_s
        self.asked: list[tuple[float, float]] = []

    def ask(self, samples_8k: Pcm) -> Question | None:
        model = self.model
        answer = model if isinstance(model, float) else model.probability(samples_8k)
        self.asked.append((self.clock.monotonic(), answer))
        return _Answer(self.clock, answer, self.clock.monotonic() + self.latency_s)

    def close(self) -> None:
        pass


class _Answer:
    def __init__(self, clock: ManualClock, answer: float, ready_s: float) -> None:
        self.clock, self.answer, self.ready_s = clock, answer, ready_s
        self.withdrawn = False

    def probability(self) -> float | None:
        return self.answer if self.clock.monotonic() >= self.ready_s - 1e-9 else None

    def withdraw(self) -> None:
        self.withdrawn = True


class Rig:
    """One scheduler, one line, one carrier, in steps of a tick."""

    def __init__(
        self,
        vad: Vad,
        turn_model: TurnModel | None = None,
        *,
        clock: ManualClock | None = None,
        tuning: Tuning | None = None,
        echoes: bool = True,
        classifier: SoundClassifier | None = None,
        tape: LineTape | None = None,
        second_look: SecondLook | None = None,
    ) -> None:
        self.clock = clock or ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        self.carrier = Carrier(self.clock, echoes=echoes)
        self.listener = Listener(self.clock)
        self.scheduler = FrameScheduler(
            self.clock, vad, turn_model, tuning, classifier, second_look
        )
        self.line = self.scheduler.add(self.carrier, self.listener, tape)
        self.carrier.line = self.line
        self._pending = np.zeros(0, dtype=np.int16)
        self._chunk = 0
        self._steps = 0

    def state(self) -> TurnState:
        """Of the line's turns, now."""
        return self.line.state

    def hears(self, sound: Pcm) -> float:
        """Queue caller's sound; the time at which its first sample arrives."""
        starts = self.clock.monotonic() + self._pending.size / 8000
        self._pending = np.concatenate((self._pending, sound))
        return starts

    def run(self, seconds: float) -> None:
        """Let time pass: a frame of sound every 20 ms (silence when there is none), a tick."""
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            self._steps += 1
            self.carrier.drain(80)
            if self._steps % 2 == 0:
                self._frame()
            self.scheduler.tick(self.clock.monotonic())

    def _frame(self) -> None:
        frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        part = self._pending[:FRAME_SAMPLES]
        frame[: part.size] = part
        self._pending = self._pending[FRAME_SAMPLES:]
        self._chunk += 1
        stamp = 20 * (self._chunk - 1)
        self.line.on_audio(mulaw_encode(frame), timestamp_ms=stamp, chunk=self._chunk)
