"""The engine's own line under a folder of sounds, in simulated time.

Everything of the media plane is real: jitter buffer, voice model, gate, judge, sound classifier,
turn table, pacer. Only the clock is not, nor are the carrier and the control plane: the carrier
plays what it gets and echoes marks, and nobody answers the caller. Many lines share one scheduler,
as in a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from loadtest.panel.line_ends import NobodyAnswers, sent_sound
from loadtest.panel.scoring import (
    MS_8K,
    OVERLAP_8K,
    silent_tick,
)
from loadtest.panel.script import During
from loadtest.panel.sounds import LEVEL_DBFS, LabelledSound, SoundOutcome
from loadtest.simulator.recording import SampleSpan
from pipelines.offline.short_sound_reader import ShortSoundReader
from pipelines.offline.short_sounds import ShortReading
from pipelines.offline.whisper.model import Whisper, installed_folder
from voiceagent.core.audio.samples import FRAME_SAMPLES, Pcm, pcm_to_bytes
from voiceagent.core.clock import Clock, ManualClock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.second_look import SoundMeaning
from voiceagent.media.silero import BatchedVad
from voiceagent.media.sound_classifier import WEIGHTS, SoundClassifier

AT_ONCE: Final = 64
"""Lines under one scheduler."""

STEP_8K: Final = 80

LOOK_S: Final = 0.2
"""What a second look takes: about a tenth of a second of a processor that others use as well."""

LEAD_IN_8K: Final = 1500 * MS_8K
"""Before the sound: the voice model has heard the line, we have been speaking."""

WATCH_8K: Final = 1500 * MS_8K
"""After the sound."""

_PHASES: Final = 37 * MS_8K
_TICK_8K: Final = 200 * MS_8K


class SimulatedLook:
    """The recogniser that reads short sounds, whose answers take `LOOK_S` of simulated time.

    Args:
        clock: simulated.
        read: reads a sound (`ShortSoundReader.reading`).
    """

    def __init__(self, clock: Clock, read: Callable[[Pcm], ShortReading]) -> None:
        self._clock = clock
        self._read = read
        self._answers: list[tuple[float, Callable[[SoundMeaning], None], SoundMeaning]] = []

    def ask(self, pcm_8k: bytes, tell: Callable[[SoundMeaning], None]) -> None:
        """See `SecondLook`."""
        meaning = self._read(np.frombuffer(pcm_8k, np.int16)).meaning
        self._answers.append((self._clock.monotonic() + LOOK_S, tell, meaning))

    def deliver(self) -> None:
        """Tell what is due."""
        now_s = self._clock.monotonic()
        due = [answer for answer in self._answers if answer[0] <= now_s]
        self._answers = [answer for answer in self._answers if answer[0] > now_s]
        for _, tell, meaning in due:
            tell(meaning)


class _Call(NobodyAnswers):
    """One line with one sound: its carrier and its control plane, which keep notes."""

    def __init__(self, sound: LabelledSound, during: During, number: int) -> None:
        self.sound, self.during = sound, during
        self.line: Line | None = None
        self.now_8k = 0
        self.taken_8k: int | None = None
        self.agent: list[SampleSpan] = []
        self._queue: list[int | str] = []
        self.start_8k = LEAD_IN_8K + number * _PHASES % _TICK_8K
        self._sent = sent_sound(
            sound.samples, start_8k=self.start_8k, after_8k=WATCH_8K, seed=number
        )
        self.frames = len(self._sent) // FRAME_SAMPLES

    @property
    def onset_8k(self) -> int:
        return self.start_8k + self.sound.sound.start_8k

    def connect(self, scheduler: FrameScheduler) -> None:
        self.line = scheduler.add(self, self)
        self.line.judge.interruption.learn(LEVEL_DBFS)
        if self.during is During.SPEECH:
            samples = np.arange(self.frames * FRAME_SAMPLES + 8000)
            self.line.say(1, pcm_to_bytes((8000 * np.sin(samples * 0.3)).astype(np.int16)))

    def step(self, index: int) -> None:
        """Ten milliseconds: play what we said, and every other time send what the caller said."""
        self.now_8k = index * STEP_8K
        self._play(STEP_8K)
        frame, odd = divmod(index, 2)
        if odd or frame >= self.frames or self.line is None:
            return
        sent = self._sent[frame * FRAME_SAMPLES : (frame + 1) * FRAME_SAMPLES]
        self.line.on_audio(sent, timestamp_ms=20 * frame, chunk=frame + 1)

    def outcome(self) -> SoundOutcome:
        taken = self.taken_8k is not None
        after_ms = None if self.taken_8k is None else (self.taken_8k - self.onset_8k) / MS_8K
        group = self.sound.group
        if self.during is During.QUIET:
            right = taken is group.answers
        elif group.takes_floor:
            right = taken
        else:
            right = not taken and silent_tick(self.agent, self.onset_8k, OVERLAP_8K) is None
        return SoundOutcome(self.sound, self.during, taken, right, after_ms)

    def _play(self, samples: int) -> None:
        """The carrier plays for as long as `samples` last."""
        while self._queue and samples:
            head = self._queue.pop(0)
            if isinstance(head, str):
                self._echo(head)
                continue
            part = min(head, samples)
            samples -= part
            if part < head:
                self._queue.insert(0, head - part)
            begin = self.now_8k
            if self.agent and self.agent[-1].end_8k >= begin:
                begin = self.agent.pop().start_8k
            self.agent.append(SampleSpan(begin, self.now_8k + part))

    def _echo(self, name: str) -> None:
        if self.line is not None:
            self.line.on_mark(name)

    # The carrier (`CarrierLink`).

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        self._queue.append(len(mulaw))
        if mark:
            self.send_mark(mark)

    def send_mark(self, name: str) -> None:
        self._queue.append(name)

    def send_clear(self) -> None:
        marks = [item for item in self._queue if isinstance(item, str)]
        self._queue.clear()
        for name in marks:
            self._echo(name)

    def close(self) -> None:
        pass

    # The control plane (`LineListener`).

    def caller_started(self, at_s: float) -> None:
        del at_s  # the table's time, not the sound's
        if self.taken_8k is None and self.now_8k >= self.start_8k:
            self.taken_8k = self.now_8k


def simulate(
    sounds: Sequence[LabelledSound],
    *,
    classifier: SoundClassifier | None,
    tuning: Tuning | None = None,
    during: Sequence[During] = (During.SPEECH, During.QUIET),
    read: Callable[[Pcm], ShortReading] | None = None,
) -> Iterator[SoundOutcome]:
    """Plays each sound over our speech and in the quiet, to a caller's line of its own.

    Args:
        sounds: at the level they shall have; the caller's turns so far were at `LEVEL_DBFS`.
        classifier: of the lines.
        tuning: of the lines; by default the shipped numbers.
        during: when.
        read: takes the second look; ``None`` does without.

    Yields:
        An outcome for each, in no order that means anything.
    """
    played = [_Call(sound, when, number) for when in during for number, sound in enumerate(sounds)]
    played.sort(key=lambda call: call.frames)
    for first in range(0, len(played), AT_ONCE):
        batch = played[first : first + AT_ONCE]
        clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        look = None if read is None else SimulatedLook(clock, read)
        scheduler = FrameScheduler(clock, BatchedVad(AT_ONCE), None, tuning, classifier, look)
        for call in batch:
            call.connect(scheduler)
        for index in range(2 * max(call.frames for call in batch)):
            clock.advance(STEP_8K / 8000)
            for call in batch:
                call.step(index)
            if look is not None:
                look.deliver()
            scheduler.tick(clock.monotonic())
        yield from (call.outcome() for call in batch)


def shipped_reader() -> Callable[[Pcm], ShortReading] | None:
    """What reads short sounds in the engine; ``None`` where its model is not installed."""
    folder = installed_folder()
    if folder is None:
        return None
    return ShortSoundReader(Whisper(folder, threads=1), lambda _stream, _reading: None).reading


def with_weights(path: Path | None) -> SoundClassifier:
    """The shipped classifier, or one of other weights."""
    return SoundClassifier(path or WEIGHTS)
